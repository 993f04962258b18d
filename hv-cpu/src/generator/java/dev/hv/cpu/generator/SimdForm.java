package dev.hv.cpu.generator;

/** The bodies of the SIMD actions ({@link Generate} says what each does). */
final class SimdForm {

    private final Form form;
    private final Row r;
    private final Operand dst;
    private final Semantics f;
    private final Places places;

    SimdForm(Form form, Row r) {
        this.form = form;
        this.r = r;
        dst = r.operands.getFirst();
        f = form.semantics();
        places = form.places();
    }

    /** Rows of arithmetic: their memory forms are not worth a shape for flat segments. */
    static boolean arithmetic(Row r) {
        return switch (r.action) {
            case "v", "lane", "map", "shift", "fold" -> true;
            default -> false;
        };
    }

    void action() {
        switch (r.action) {
            case "v" -> {
                places.get(0).declare();
                form.line(form.call(dst.simd() ? "x0" : "r0", 1) + ";");
                touch();
            }
            case "p" -> {
                places.get(0).declare();
                form.line("Mmx.write(c, x0, " + form.call(null, 1) + ");");
            }
            case "vld" -> load();
            case "vst" -> store();
            case "lane", "map", "shift", "fold" -> {
                places.get(0).declare();
                if (places.mmx()) {
                    halfMmx();
                } else {
                    halves();
                }
            }
            default -> throw new IllegalArgumentException(r.where + ": action " + r.action);
        }
        form.next();
    }

    private void load() {
        places.get(0).declare();
        Value src = places.get(1).read(false);
        form.line("long lo = " + src.low() + ";");
        form.line("c.xmm(2 * x0 + 1, " + (src.wide() ? src.high() : "0") + ");");
        form.line("c.xmm(2 * x0, lo);");
        touch();
    }

    private void store() {
        places.get(1).declare();
        if (places.get(0) instanceof Place.Memory memory && dst.bits(form.size) == 128) {
            memory.write(Value.of("c.xmm(2 * x1)", "c.xmm(2 * x1 + 1)"));
        } else {
            places.get(0).write(f.identity() ? "c.xmm(2 * x1)" : f.method() + "(c, x1)");
        }
    }

    private void halfMmx() {
        String old = "c.fpSignificand[x0]";
        boolean unary = r.action.equals("map");
        if (r.operands.size() == 1) {
            throw new IllegalArgumentException(r.where + ": source needed");
        }
        form.line("long s = " + places.get(1).read(false).arguments() + ";");
        String value = f.identity() ? "s" : f.method() + "(" + (unary ? "" : old + ", ") + "s" + tail() + ")";
        form.line("Mmx.write(c, x0, " + value + ");");
    }

    private void halves() {
        String low = "c.xmm(2 * x0)";
        String high = "c.xmm(2 * x0 + 1)";
        String name = f.method();
        Value src = places.get(1).read(false);
        if (!src.wide() && !r.action.equals("shift")) {
            throw new IllegalArgumentException(r.where + ": source of 128 bits needed");
        }
        String rest = tail();
        form.line("long lo = " + src.low() + ";");
        if (src.wide() && !r.action.equals("shift")) {
            form.line("long hi = " + src.high() + ";");
        }
        switch (r.action) {
            case "lane" -> {
                form.line("c.xmm(2 * x0, " + name + "(" + low + ", lo" + rest + "));");
                form.line("c.xmm(2 * x0 + 1, " + name + "(" + high + ", hi" + rest + "));");
            }
            case "map" -> {
                form.line("c.xmm(2 * x0, " + name + "(lo" + rest + "));");
                form.line("c.xmm(2 * x0 + 1, " + name + "(hi" + rest + "));");
            }
            case "shift" -> {
                form.line("c.xmm(2 * x0, " + name + "(" + low + ", lo));");
                form.line("c.xmm(2 * x0 + 1, " + name + "(" + high + ", lo));");
            }
            default -> {
                form.line("c.xmm(2 * x0, " + name + "(" + low + ", " + high + "));");
                form.line("c.xmm(2 * x0 + 1, " + name + "(lo, hi));");
            }
        }
    }

    /** Reading an MMX register enters MMX state too; writes do so by themselves. */
    private void touch() {
        if (r.has("mmx") && places.mmx()) {
            form.line("Mmx.touch(c);");
        } else if (r.has("mmx") && form.shape == Shape.EITHER) {
            form.line("if (d.isReg) {");
            form.line("    Mmx.touch(c);");
            form.line("}");
        }
    }

    /** What reads the operands behind the source, as further arguments. */
    private String tail() {
        return String.join("", places.readFrom(2).stream().map(a -> ", " + a).toList());
    }
}
