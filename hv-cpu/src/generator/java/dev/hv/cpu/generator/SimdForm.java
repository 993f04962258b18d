package dev.hv.cpu.generator;

/** The bodies of the SIMD actions ({@link Generate} says what each does). */
final class SimdForm {

    private final Form form;
    private final Row r;
    private final Operand dst;

    SimdForm(Form form, Row r) {
        this.form = form;
        this.r = r;
        dst = r.operands.getFirst();
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
                form.declare(dst, 0);
                form.line(form.call(dst.simd() ? "x0" : "r0", 1) + ";");
                touch();
            }
            case "p" -> {
                form.declare(dst, 0);
                form.line("Mmx.write(c, x0, " + form.call(null, 1) + ");");
            }
            case "vld" -> load();
            case "vst" -> store();
            case "lane", "map", "shift", "fold" -> {
                form.declare(dst, 0);
                if (dst.kind() == 'P' || dst.kind() == 'N') {
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
        form.declare(dst, 0);
        String[] src = form.read(r.operands.get(1), 1, false).split(", ");
        form.line("long lo = " + src[0] + ";");
        form.line("c.xmm[2 * x0 + 1] = " + (src.length > 1 ? src[1] : "0") + ";");
        form.line("c.xmm[2 * x0] = lo;");
        touch();
    }

    private void store() {
        Operand src = r.operands.get(1);
        int bits = dst.bits(form.size);
        form.declare(src, 1);
        form.ea(bits, true);
        if (bits == 128) {
            form.align();
            form.line("Mem.write128(c, ea, c.xmm[2 * x1], c.xmm[2 * x1 + 1]);");
        } else {
            String value = r.semantics.equals("-") ? "c.xmm[2 * x1]" : r.semantics + "(c, x1)";
            form.line("Mem.write" + bits + "(c, ea, " + value + ");");
        }
    }

    private void halfMmx() {
        String old = "c.fpSignificand[x0]";
        boolean unary = r.action.equals("map");
        if (r.operands.size() == 1) {
            throw new IllegalArgumentException(r.where + ": source needed");
        }
        form.line("long s = " + form.read(r.operands.get(1), 1, false) + ";");
        String value = r.semantics.equals("-") ? "s" : r.semantics + "(" + (unary ? "" : old + ", ") + "s" + form.tail(2) + ")";
        form.line("Mmx.write(c, x0, " + value + ");");
    }

    private void halves() {
        String low = "c.xmm[2 * x0]";
        String high = "c.xmm[2 * x0 + 1]";
        String f = r.semantics;
        String[] src = form.read(r.operands.get(1), 1, false).split(", ");
        if (src.length == 1 && !r.action.equals("shift")) {
            throw new IllegalArgumentException(r.where + ": source of 128 bits needed");
        }
        String rest = form.tail(2);
        form.line("long lo = " + src[0] + ";");
        if (src.length > 1 && !r.action.equals("shift")) {
            form.line("long hi = " + src[1] + ";");
        }
        switch (r.action) {
            case "lane" -> {
                form.line(low + " = " + f + "(" + low + ", lo" + rest + ");");
                form.line(high + " = " + f + "(" + high + ", hi" + rest + ");");
            }
            case "map" -> {
                form.line(low + " = " + f + "(lo" + rest + ");");
                form.line(high + " = " + f + "(hi" + rest + ");");
            }
            case "shift" -> {
                form.line(low + " = " + f + "(" + low + ", lo);");
                form.line(high + " = " + f + "(" + high + ", lo);");
            }
            default -> {
                form.line(low + " = " + f + "(" + low + ", " + high + ");");
                form.line(high + " = " + f + "(lo, hi);");
            }
        }
    }

    /** Reading an MMX register enters MMX state too; writes do so by themselves. */
    private void touch() {
        boolean register = r.operands.stream().anyMatch(o -> o.kind() == 'P' || o.kind() == 'N' || o.kind() == 'Q' && form.shape.equals("R"));
        if (r.has("mmx") && register) {
            form.line("Mmx.touch(c);");
        } else if (r.has("mmx") && form.generic()) {
            form.line("if (d.isReg) {");
            form.line("    Mmx.touch(c);");
            form.line("}");
        }
    }
}
