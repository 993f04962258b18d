package dev.hv.cpu.generator;

import java.util.ArrayList;
import java.util.List;

/** One form class: what its exec does with the operands of its row. */
final class Form {

    final int size;
    final Shape shape;
    private final Row r;
    private final Semantics semantics;
    private final ClassText text = new ClassText();
    private final Address address;
    private final Places places;

    Form(Row r, int size, Shape shape) {
        this.r = r;
        this.size = size;
        this.shape = shape;
        semantics = Semantics.parse(r.semantics);
        address = new Address(text, shape);
        places = new Places(text, address, r, size, shape);
    }

    /** The class as text. */
    String text() {
        address.declare();
        if (r.has("mmx")) {
            line("Mmx.check(c);");
        }
        if (shape == Shape.EITHER) {
            text.instruction();
        }
        try {
            if (shape == Shape.LOCKED) {
                atomic();
            } else {
                action();
            }
        } catch (IllegalStateException e) {
            throw new IllegalStateException(r.where + ": " + e.getMessage(), e);
        }
        return text.text(FormWriter.className(r, size) + shape.suffix(),
                r.mnemonic + " " + String.join(",", r.operands.stream().map(Operand::text).toList()), segment());
    }

    /** The segment that faults of its memory operand are of; null when it has none. */
    private String segment() {
        if (r.has("stack")) {
            return "Cpu.SS";
        }
        if (shape.memory()) {
            return shape.general() ? "d.seg" : "seg";
        }
        return r.action.equals("x") || shape == Shape.EITHER ? "d.seg" : null;
    }

    Places places() {
        return places;
    }

    Semantics semantics() {
        return semantics;
    }

    void line(String s) {
        text.line(s);
    }

    void next() {
        line("return Outcome.NEXT;");
    }

    private void action() {
        switch (r.action) {
            case "x" -> whole();
            case "rw" -> {
                Place dst = places.get(0);
                line("long v = " + call(dst.read(true).arguments(), 1) + ";");
                dst.write("v");
                next();
            }
            case "rwr" -> exchange(places.get(0), places.get(1));
            case "w" -> {
                line("long v = " + call(null, 1) + ";");
                if (r.has("mmx") && places.get(0) instanceof Place.Memory) {
                    line("Mmx.beforeStore(c);");
                }
                places.get(0).write("v");
                if (r.has("mmx")) {
                    line("Mmx.touch(c);");
                }
                next();
            }
            case "r" -> {
                line(call(null, 0) + ";");
                next();
            }
            case "n" -> line("return " + call(null, 0) + ";");
            case "lea" -> {
                places.get(0).declare();
                line("long v = " + address.offset() + ";");
                places.get(0).write("v");
                next();
            }
            case "jcc" -> {
                text.field("long", "target", "d.imm");
                line("if (" + semantics.conditionText() + ") {");
                go("    ");
                line("}");
                next();
            }
            case "jmp" -> {
                text.field("long", "target", "d.imm");
                go("");
            }
            case "jmpi" -> {
                text.field("int", "cet", "d.cet");
                line("return Branch.indirect(c, Branch.to(c, " + places.get(0).read(false).arguments() + "), cet);");
            }
            case "call" -> {
                if (shape == Shape.NEAR) {
                    text.field("long", "target", "d.imm");
                    text.field("long", "next", "d.nextRip()");
                    line("Stack.push64(c, next);");
                    go("");
                } else {
                    whole();
                }
            }
            case "ret" -> {
                if (shape == Shape.NEAR) {
                    line("return Branch.ret64(c);");
                } else {
                    whole();
                }
            }
            case "calli" -> {
                text.field("long", "next", "d.nextRip()");
                text.field("int", "cet", "d.cet");
                line("return Branch.indirect(c, Branch.call" + size + "(c, " + places.get(0).read(false).arguments() + ", next), cet);");
            }
            default -> {
                if (r.avx()) {
                    new AvxForm(this, r).action();
                } else {
                    new SimdForm(this, r).action();
                }
            }
        }
    }

    private void exchange(Place dst, Place src) {
        line("long v = " + call(dst.read(true).arguments(), 1) + ";");
        if (shape.memory()) {
            dst.write("v");
            src.write("c.scratch");
        } else {
            // the destination last: it wins where both are one register
            src.write("c.scratch");
            dst.write("v");
        }
        next();
    }

    /** Reads, computes, and begins again when somebody else has written meanwhile. */
    private void atomic() {
        int bits = r.operands.getFirst().bits(size);
        address.form(bits, true);
        line("long result = c.flagResult();");
        line("long aux = c.flagAux();");
        line("long rax = c.gpr(Cpu.RAX);");
        line("long m = Mem.modify" + bits + "(c, ea);");
        line("long v = " + call("m", 1) + ";");
        line("while (!Atomic.replace(c, ea, " + bits / 8 + ", m, " + Value.mask("v", bits) + ")) {");
        line("    c.flagResult(result);");
        line("    c.flagAux(aux);");
        line("    c.gpr(Cpu.RAX, rax);");
        line("    m = Mem.modify" + bits + "(c, ea);");
        line("    v = " + call("m", 1) + ";");
        line("}");
        if (r.action.equals("rwr")) {
            places.get(1).write("c.scratch");
        }
        next();
    }

    /** The semantics decodes its operands itself. */
    private void whole() {
        text.instruction();
        line("c.rip = d.rip;");
        line("return " + r.semantics + "(c, d);");
    }

    /** Goes to a direct target. */
    private void go(String indent) {
        if (shape == Shape.NEAR) {
            line(indent + "c.rip = target;");
            line(indent + "return Outcome.BRANCH;");
        } else {
            line(indent + "return Branch.to(c, target);");
        }
    }

    /** The call of the semantics with operands from {@code from} on, after {@code first}. */
    String call(String first, int from) {
        var args = new ArrayList<String>();
        if (first != null) {
            args.add(first);
        }
        args.addAll(places.readFrom(from));
        if (semantics.identity()) {
            return args.getFirst();
        }
        if (semantics.conditional()) {
            args.add(semantics.conditionText());
        }
        args.addFirst("c");
        return semantics.method() + suffix() + "(" + String.join(", ", args) + ")";
    }

    String suffix() {
        if (r.has("nosuffix") || r.operands.isEmpty()) {
            return "";
        }
        for (String variable : List.of("v", "y")) {
            for (Operand o : r.operands) {
                if (o.integer() && o.size().equals(variable)) {
                    return String.valueOf(o.bits(size));
                }
            }
        }
        boolean bytes = r.operands.stream().anyMatch(o -> o.integer() && o.size().equals("b") && o.kind() != 'C');
        return bytes && !r.operands.getFirst().simd() ? String.valueOf(r.operands.getFirst().bits(size)) : "";
    }
}
