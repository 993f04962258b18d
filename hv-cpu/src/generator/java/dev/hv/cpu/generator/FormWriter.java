package dev.hv.cpu.generator;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes the form classes of a family. A row with an r/m operand has up to four shapes: {@code R} register, {@code M} plain
 * 64-bit address, {@code S} address with a size mask and a segment base but no checks, {@code G} the general way. SIMD
 * arithmetic does without {@code S}; a lockable row has {@code L} too, the general way with an atomic write. Rare rows have one class: {@code R} or {@code G} when the r/m operand can be only one
 * of register and memory, else {@code X}. Direct jumps and calls and RET have {@code N} for 64-bit code and {@code C} for the rest.
 * Other rows have one shape without a name.
 */
final class FormWriter {

    /** The shape that serves register and memory operands alike. */
    static final String GENERIC = "X";
    /** The shape of a near transfer in 64-bit code whose direct target needs no check. */
    static final String NEAR = "N";
    /** The shape of any other near transfer. */
    static final String CHECKED = "C";

    /** The shape of a locked instruction while other processors run. */
    static final String LOCKED = "L";

    static int[] sizes(Row r) {
        if (r.action.equals("x")) {
            return new int[] {0};
        }
        boolean v = r.operands.stream().anyMatch(o -> o.size().equals("v") && o.integer());
        boolean y = r.operands.stream().anyMatch(o -> o.size().equals("y"));
        return v ? new int[] {16, 32, 64} : y ? new int[] {32, 64} : new int[] {0};
    }

    static String className(Row r, int size) {
        String name = r.mnemonic.replaceAll("[^A-Za-z0-9]", "_");
        return name + "_" + r.id + (size == 0 ? "" : "_" + size);
    }

    static List<String> shapes(Row r) {
        if (r.action.equals("x")) {
            return List.of("");
        }
        if (r.nearTransfer()) {
            return List.of(NEAR, CHECKED);
        }
        Operand rm = r.rm();
        if (rm == null) {
            return List.of("");
        }
        boolean register = rm.registerAllowed() && !r.memoryOnly;
        boolean memory = rm.memoryAllowed() && !r.registerOnly;
        if (r.has("rare")) {
            return List.of(register && memory ? GENERIC : register ? "R" : "G");
        }
        var all = new ArrayList<String>();
        if (register) {
            all.add("R");
        }
        if (memory) {
            all.add("M");
            if (!SimdForm.arithmetic(r)) {
                all.add("S");
            }
            all.add("G");
            if (r.lockable()) {
                all.add(LOCKED);
            }
        }
        return all;
    }

    String family(String family, List<Row> rows) {
        var out = new StringBuilder();
        out.append("package dev.hv.cpu.forms;\n\nimport dev.hv.cpu.decode.Insn;\nimport dev.hv.cpu.instructions.*;\n");
        out.append("import dev.hv.cpu.state.Atomic;\nimport dev.hv.cpu.state.Cpu;\nimport dev.hv.cpu.state.Flags;\nimport dev.hv.cpu.state.Mem;\nimport dev.hv.cpu.state.Outcome;\n\n");
        out.append("/** Operand forms of the rows in the table of this name; generated. */\n");
        out.append("public final class ").append(family).append("Ops {\n\n    private ").append(family).append("Ops() {}\n");
        for (Row r : rows) {
            for (int size : sizes(r)) {
                for (String shape : shapes(r)) {
                    out.append(new Form(r, size, shape).text());
                }
            }
        }
        return out.append("}\n").toString();
    }
}
