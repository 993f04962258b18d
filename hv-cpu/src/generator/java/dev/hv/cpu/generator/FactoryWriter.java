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

                    /** Whether a near transfer needs no check of its target; RET checks what it finds. */
                    private static boolean near(Insn d) {
                        return d.mode64() && d.opSize == 64 && dev.hv.cpu.state.MemSlow.canonical(d.imm);
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
        String name = r.family + "Ops." + FormWriter.className(r, size);
        var shapes = FormWriter.shapes(r);
        if (shapes.size() == 1) {
            return "new " + name + (shapes.getFirst().isEmpty() ? "" : "_" + shapes.getFirst()) + "(d)";
        }
        if (r.nearTransfer()) {
            return "near(d) ? new " + name + "_N(d) : new " + name + "_C(d)";
        }
        boolean register = shapes.contains("R");
        boolean memory = shapes.contains("M");
        String mem = "plain(d) ? new " + name + "_M(d) : " + (shapes.contains("S") ? "flat(d) ? new " + name + "_S(d) : " : "") + "new " + name + "_G(d)";
        if (r.lockable() && memory) {
            mem = r.locked() + " ? new " + name + "_L(d) : " + mem;
        }
        if (register && memory) {
            return "(d.isReg ? new " + name + "_R(d) : " + mem + ")";
        }
        return register ? "new " + name + "_R(d)" : "(" + mem + ")";
    }
}
