package dev.hv.cpu.generator;

import java.util.ArrayList;
import java.util.List;

/**
 * The bodies of the SIMD actions under VEX ({@link Generate} says what each does). An operation is that of the SSE instruction, done in lanes of
 * 128 bits on working registers behind the sixteen, from which the destination is set whole.
 */
final class AvxForm {

    /** Number of the first working register. */
    private static final int WORK = 16;

    private final Form form;
    private final Row r;
    private final Semantics f;
    private final Places places;
    private final int lanes;
    /** Place of the operand that an SSE instruction would have as its destination and first source; 0 for none. */
    private final int first;

    AvxForm(Form form, Row r) {
        this.form = form;
        this.r = r;
        f = form.semantics();
        places = form.places();
        lanes = form.size == 256 ? 2 : 1;
        char second = r.operands.size() > 1 ? r.operands.get(1).kind() : ' ';
        first = second == 'H' || r.operands.getFirst().kind() == 'H' ? 1 : 0;
    }

    void action() {
        switch (r.action) {
            case "v" -> operate();
            case "ymm" -> {
                places.get(0).declare();
                form.line(f.method() + "(c, x0, " + (form.size == 256 || r.length == 1) + ", " + String.join(", ", places.readFrom(1)) + ");");
            }
            case "vld" -> {
                places.get(0).declare();
                set(hold(places.get(1).read(false).parts()));
            }
            case "vst" -> store();
            case "lane" -> halves((i, a, b) -> f.method() + "(" + a.get(i) + ", " + b.get(i) + tail(3) + ")");
            case "map" -> {
                places.get(0).declare();
                List<String> src = hold(places.get(1).read(false).parts());
                set(src.stream().map(s -> f.method() + "(" + s + tail(2) + ")").toList());
            }
            case "shift" -> halves((i, a, b) -> f.method() + "(" + a.get(i) + ", " + b.getFirst() + ")");
            case "fold" -> halves((i, a, b) -> f.method() + "(" + ((i & 1) == 0 ? a.get(i) + ", " + a.get(i + 1) : b.get(i - 1) + ", " + b.get(i)) + ")");
            default -> throw new IllegalArgumentException(r.where + ": action " + r.action);
        }
        form.next();
    }

    /** The result of a part, of all parts of the two sources. */
    @FunctionalInterface
    private interface Part {
        String of(int index, List<String> a, List<String> b);
    }

    private void halves(Part part) {
        places.get(0).declare();
        List<String> b = hold(places.get(2).read(false).parts());
        List<String> a = places.get(1).read(false).parts();
        var result = new ArrayList<String>();
        for (int i = 0; i < a.size(); i++) {
            result.add(part.of(i, a, b));
        }
        set(result);
    }

    /** Runs the SSE semantics in every lane. */
    private void operate() {
        places.get(0).declare();
        var sources = new ArrayList<List<String>>();
        var immediates = new ArrayList<String>();
        for (int i = 1 + first; i < r.operands.size(); i++) {
            List<String> read = places.get(i).read(false).parts();
            if (r.operands.get(i).immediate()) {
                immediates.addAll(read);
            } else {
                sources.add(perLane(r.operands.get(i).bits(form.size), hold(read)));
            }
        }
        if (first > 0) {
            List<String> old = places.get(1).read(false).parts();
            for (int i = 0; i < old.size(); i++) {
                form.line("c.xmm(" + (2 * WORK + i) + ", " + old.get(i) + ");");
            }
        }
        boolean gathers = lanes > 1 && r.semantics.startsWith("SseFp");
        if (gathers) {
            form.line("SseFp.gather(c);");
        }
        for (int lane = 0; lane < lanes; lane++) {
            var arguments = new ArrayList<String>();
            arguments.add("c");
            arguments.add(String.valueOf(WORK + lane));
            for (List<String> s : sources) {
                arguments.add(s.get(lane));
            }
            for (String i : immediates) {
                arguments.add(lane == 0 ? i : upper(i));
            }
            form.line(f.method() + form.suffix() + "(" + String.join(", ", arguments) + ");");
        }
        if (gathers) {
            form.line("SseFp.close(c);");
        }
        if (r.has("narrow")) {
            set(lanes > 1 ? List.of(work(0), work(2)) : List.of(work(0), work(1)));
        } else {
            var result = new ArrayList<String>();
            for (int i = 0; i < 2 * lanes; i++) {
                result.add(work(i));
            }
            set(result);
        }
    }

    private static String work(int part) {
        return "c.xmm(" + (2 * WORK + part) + ")";
    }

    /** An immediate as the upper lane has it. */
    private String upper(String immediate) {
        return r.has("hi2") ? immediate + " >> 2" : r.has("hi3") ? immediate + " >> 3" : r.has("hi4") ? immediate + " >> 4" : immediate;
    }

    /** The arguments that each lane has of a source: as many bits of it for each. */
    private List<String> perLane(int bits, List<String> parts) {
        if (lanes == 1) {
            return List.of(String.join(", ", parts));
        }
        return switch (bits) {
            case 256 -> List.of(parts.get(0) + ", " + parts.get(1), parts.get(2) + ", " + parts.get(3));
            case 128 -> List.of(parts.get(0), parts.get(1));
            default -> List.of(Value.mask(parts.getFirst(), bits / 2), parts.getFirst() + " >>> " + bits / 2);
        };
    }

    /** Puts parts into locals, so that working registers and the destination can be written. */
    private List<String> hold(List<String> parts) {
        var names = new ArrayList<String>();
        for (String p : parts) {
            if (p.matches("[a-z]\\d")) {
                names.add(p);
            } else {
                String name = "v" + held++;
                form.line("long " + name + " = " + p + ";");
                names.add(name);
            }
        }
        return names;
    }

    private int held;

    private void set(List<String> parts) {
        String x = r.operands.getFirst().simd() ? "x0" : "r0";
        String text = String.join(", ", parts);
        form.line("Ymm.set(c, " + x + ", " + text + ");");
    }

    private void store() {
        places.get(1).declare();
        Value value = places.get(1).read(false);
        if (places.get(0) instanceof Place.Memory memory && value.wide() && f.identity() && r.operands.getFirst().bits(form.size) >= 128) {
            memory.write(value);
        } else {
            places.get(0).write(f.identity() ? value.low() : f.method() + "(c, x1)");
        }
    }

    /** What reads the operands from {@code from} on, as further arguments. */
    private String tail(int from) {
        return String.join("", places.readFrom(from).stream().map(a -> ", " + a).toList());
    }
}
