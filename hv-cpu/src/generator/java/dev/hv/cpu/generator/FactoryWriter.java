package dev.hv.cpu.generator;

import java.util.List;

/** Writes the way from a decoded instruction to its form: a switch over rows in methods small enough for the JVM's compilers. */
final class FactoryWriter {

    private static final int CHUNK = 16;

    private FactoryWriter() {}

    static String write(List<Row> rows) {
        var out = new StringBuilder();
        out.append("""
                package dev.hv.cpu.forms;

                import dev.hv.cpu.decode.Insn;
                import dev.hv.cpu.state.Modes;

                /** From a decoded instruction to its form; generated from the instruction table. */
                public final class Forms {

                    private Forms() {}

                    /** Whether the memory operand can be formed without segment checks. */
                    private static boolean flat(Insn d) {
                        if ((d.mode & Modes.CODE64) != 0) {
                            // AMD's processors look at the offset of FS and GS operands too
                            return !d.amd || d.seg < dev.hv.cpu.state.Cpu.FS;
                        }
                        return (d.mode & Modes.FLAT) != 0 && d.addrSize == 32 && d.seg < dev.hv.cpu.state.Cpu.FS && d.seg != dev.hv.cpu.state.Cpu.CS;
                    }

                    /** Whether a near transfer needs no check of its target and no shadow stack; RET checks what it finds. */
                    private static boolean near(Insn d) {
                        return (d.mode & Modes.CET) == 0 && d.mode64() && d.opSize == 64 && dev.hv.cpu.state.Canonical.always(d.imm);
                    }

                    /** Whether it is a plain 64-bit address. */
                    private static boolean plain(Insn d) {
                        return d.addrSize == 64 && d.seg < dev.hv.cpu.state.Cpu.FS;
                    }

                    /** The operation for an instruction with a valid row. */
                    public static Op make(Insn d) {
                        return switch (d.id >> 4) {
                """);
        int chunks = (rows.size() + CHUNK - 1) / CHUNK;
        for (int i = 0; i < chunks; i++) {
            out.append("            case ").append(i).append(" -> make").append(i).append("(d);\n");
        }
        out.append("            default -> throw new IllegalArgumentException(\"row \" + d.id);\n        };\n    }\n");
        for (int i = 0; i < chunks; i++) {
            out.append("\n    private static Op make").append(i).append("(Insn d) {\n        return switch (d.id) {\n");
            for (int k = i * CHUNK; k < Math.min(rows.size(), (i + 1) * CHUNK); k++) {
                Row r = rows.get(k);
                out.append("            case ").append(k).append(" -> ").append(expression(r)).append(";\n");
            }
            out.append("            default -> throw new IllegalArgumentException(\"row \" + d.id);\n        };\n    }\n");
        }
        return out.append("}\n").toString();
    }

    private static String expression(Row r) {
        var sizes = FormWriter.sizes(r);
        if (sizes.length == 1) {
            return shape(r, sizes[0]);
        }
        String last = shape(r, sizes[sizes.length - 1]);
        if (r.byLength) {
            return "d.wide ? " + shape(r, 256) + " : " + shape(r, 128);
        }
        var e = new StringBuilder();
        for (int i = 0; i < sizes.length - 1; i++) {
            e.append("d.opSize == ").append(sizes[i]).append(" ? ").append(shape(r, sizes[i])).append(" : ");
        }
        if (sizes.length == 2 && sizes[0] == 32) {
            // y operands: 16 counts as 32
            return "d.opSize == 64 ? " + shape(r, 64) + " : " + shape(r, 32);
        }
        return e.append(last).toString();
    }

    private static String shape(Row r, int size) {
        var shapes = FormWriter.shapes(r);
        if (shapes.size() == 1) {
            return make(r, size, shapes.getFirst());
        }
        if (r.nearTransfer()) {
            return "near(d) ? " + make(r, size, Shape.NEAR) + " : " + make(r, size, Shape.CHECKED);
        }
        boolean register = shapes.contains(Shape.REGISTER);
        boolean memory = shapes.contains(Shape.PLAIN);
        String mem = "plain(d) ? " + make(r, size, Shape.PLAIN) + " : " + (shapes.contains(Shape.FLAT) ? "flat(d) ? " + make(r, size, Shape.FLAT) + " : " : "")
                + make(r, size, Shape.GENERAL);
        if (r.lockable() && memory) {
            mem = r.locked() + " ? " + make(r, size, Shape.LOCKED) + " : " + mem;
        }
        if (register && memory) {
            return "(d.isReg ? " + make(r, size, Shape.REGISTER) + " : " + mem + ")";
        }
        return register ? make(r, size, Shape.REGISTER) : "(" + mem + ")";
    }

    private static String make(Row r, int size, Shape shape) {
        return "new " + r.family + "Ops." + FormWriter.className(r, size) + shape.suffix() + "(d)";
    }
}
