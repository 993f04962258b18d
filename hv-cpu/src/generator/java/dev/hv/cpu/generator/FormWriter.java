package dev.hv.cpu.generator;

import java.util.ArrayList;
import java.util.List;

/**
 * Writes the form classes of a family. A row with an r/m operand has up to four shapes ({@link Shape}): {@code R}, {@code M}, {@code S},
 * {@code G}. SIMD arithmetic does without {@code S}; a lockable row has {@code L} too. Rare rows have one class: {@code R} or {@code G} when
 * the r/m operand can be only one of register and memory, else {@code X}. Direct jumps and calls and RET have {@code N} for 64-bit code
 * and {@code C} for the rest. Other rows have one shape without a name.
 */
final class FormWriter {

    static int[] sizes(Row r) {
        if (r.action.equals("x")) {
            return new int[] {0};
        }
        if (r.byLength) {
            return new int[] {128, 256};
        }
        boolean v = r.operands.stream().anyMatch(o -> o.size().equals("v") && o.integer());
        boolean y = r.operands.stream().anyMatch(o -> o.size().equals("y"));
        return v ? new int[] {16, 32, 64} : y ? new int[] {32, 64} : new int[] {0};
    }

    static String className(Row r, int size) {
        String name = r.mnemonic.replaceAll("[^A-Za-z0-9]", "_");
        return name + "_" + r.id + (size == 0 ? "" : "_" + size);
    }

    static List<Shape> shapes(Row r) {
        if (r.action.equals("x")) {
            return List.of(Shape.ONLY);
        }
        if (r.nearTransfer()) {
            return List.of(Shape.NEAR, Shape.CHECKED);
        }
        Operand rm = r.rm();
        if (rm == null) {
            return List.of(Shape.ONLY);
        }
        boolean register = rm.registerAllowed() && !r.memoryOnly;
        boolean memory = rm.memoryAllowed() && !r.registerOnly;
        if (r.has("rare")) {
            return List.of(register && memory ? Shape.EITHER : register ? Shape.REGISTER : Shape.GENERAL);
        }
        var all = new ArrayList<Shape>();
        if (register) {
            all.add(Shape.REGISTER);
        }
        if (memory) {
            all.add(Shape.PLAIN);
            if (!SimdForm.arithmetic(r)) {
                all.add(Shape.FLAT);
            }
            all.add(Shape.GENERAL);
            if (r.lockable()) {
                all.add(Shape.LOCKED);
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
                for (Shape shape : shapes(r)) {
                    out.append(new Form(r, size, shape).text());
                }
            }
        }
        return out.append("}\n").toString();
    }
}
