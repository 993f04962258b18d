package dev.hv.cpu.generator;

import java.util.ArrayList;
import java.util.List;

/** One form class: fields, constructor, exec. */
final class Form {

    private final Row r;
    final int size;
    final String shape;
    private final List<String> fields = new ArrayList<>();
    private final List<String> init = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private boolean eaDone;

    Form(Row r, int size, String shape) {
        this.r = r;
        this.size = size;
        this.shape = shape;
    }

    String text() {
        String name = FormWriter.className(r, size) + (shape.isEmpty() ? "" : "_" + shape);
        action();
        var out = new StringBuilder();
        out.append("\n    /** ").append(r.mnemonic).append(' ').append(String.join(",", r.operands.stream().map(Operand::text).toList())).append(". */\n");
        out.append("    static final class ").append(name).append(" extends Op {\n");
        for (String f : fields) {
            out.append("        private final ").append(f).append(";\n");
        }
        out.append("\n        ").append(name).append("(Insn d) {\n");
        for (String i : init) {
            out.append("            ").append(i).append(";\n");
        }
        out.append("        }\n\n        @Override\n        public int exec(Cpu c) {\n").append(body).append("        }\n");
        if (memory() && !r.has("stack")) {
            out.append("\n        @Override\n        public int segment() {\n            return ").append(general() ? "d.seg" : "seg").append(";\n        }\n");
        } else if (r.has("stack")) {
            out.append("\n        @Override\n        public int segment() {\n            return Cpu.SS;\n        }\n");
        } else if (r.action.equals("x") || generic()) {
            out.append("\n        @Override\n        public int segment() {\n            return d.seg;\n        }\n");
        }
        return out.append("    }\n").toString();
    }

    boolean memory() {
        return shape.equals("M") || shape.equals("S") || general();
    }

    /** Any address: formed as the instruction says. */
    private boolean general() {
        return shape.equals("G") || locked();
    }

    private boolean locked() {
        return shape.equals(FormWriter.LOCKED);
    }

    /** One class for register and memory operands. */
    boolean generic() {
        return shape.equals(FormWriter.GENERIC);
    }

    void field(String type, String name, String value) {
        fields.add(type + " " + name);
        init.add((name.equals("d") ? "this.d" : name) + " = " + value);
    }

    void line(String s) {
        body.append("            ").append(s).append('\n');
    }

    private void action() {
        if (memory()) {
            addressFields();
        }
        if (r.has("mmx")) {
            line("Mmx.check(c);");
        }
        if (generic()) {
            field("Insn", "d", "d.copy()");
        }
        if (locked()) {
            atomic();
            return;
        }
        switch (r.action) {
            case "x" -> whole();
            case "rw" -> {
                Operand dst = r.operands.get(0);
                String old = read(dst, 0, true);
                line("long v = " + call(old, 1) + ";");
                write(dst, 0, "v");
                next();
            }
            case "rwr" -> {
                Operand dst = r.operands.get(0);
                Operand src = r.operands.get(1);
                String old = read(dst, 0, true);
                line("long v = " + call(old, 1) + ";");
                if (memory()) {
                    write(dst, 0, "v");
                    write(src, 1, "c.scratch");
                } else {
                    // the destination last: it wins where both are one register
                    write(src, 1, "c.scratch");
                    write(dst, 0, "v");
                }
                next();
            }
            case "w" -> {
                Operand dst = r.operands.get(0);
                line("long v = " + call(null, 1) + ";");
                declare(dst, 0);
                write(dst, 0, "v");
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
                Operand dst = r.operands.get(0);
                declare(dst, 0);
                line("long v = " + offset() + ";");
                write(dst, 0, "v");
                next();
            }
            case "jcc" -> {
                field("long", "target", "d.imm");
                line("if (" + conditionText() + ") {");
                go("    ");
                line("}");
                next();
            }
            case "jmp" -> {
                field("long", "target", "d.imm");
                go("");
            }
            case "jmpi" -> line("return Branch.to(c, " + read(r.operands.get(0), 0, false) + ");");
            case "call" -> {
                if (shape.equals(FormWriter.NEAR)) {
                    field("long", "target", "d.imm");
                    field("long", "next", "d.nextRip()");
                    line("Stack.push64(c, next);");
                    go("");
                } else {
                    whole();
                }
            }
            case "ret" -> {
                if (shape.equals(FormWriter.NEAR)) {
                    line("return Branch.ret64(c);");
                } else {
                    whole();
                }
            }
            case "calli" -> {
                field("long", "next", "d.nextRip()");
                line("return Branch.call" + size + "(c, " + read(r.operands.get(0), 0, false) + ", next);");
            }
            default -> new SimdForm(this, r).action();
        }
    }

    /** Reads, computes, and begins again when somebody else has written meanwhile. */
    private void atomic() {
        int bits = r.operands.getFirst().bits(size);
        ea(bits, true);
        line("long result = c.flagResult;");
        line("long aux = c.flagAux;");
        line("long rax = c.gpr[Cpu.RAX];");
        line("long m = Mem.modify" + bits + "(c, ea);");
        line("long v = " + call("m", 1) + ";");
        line("while (!Atomic.replace(c, ea, " + bits / 8 + ", m, " + mask("v", bits) + ")) {");
        line("    c.flagResult = result;");
        line("    c.flagAux = aux;");
        line("    c.gpr[Cpu.RAX] = rax;");
        line("    m = Mem.modify" + bits + "(c, ea);");
        line("    v = " + call("m", 1) + ";");
        line("}");
        if (r.action.equals("rwr")) {
            write(r.operands.get(1), 1, "c.scratch");
        }
        next();
    }

    /** The semantics decodes its operands itself. */
    private void whole() {
        fields.add("Insn d");
        init.add("this.d = d.copy()");
        line("c.rip = d.rip;");
        line("return " + r.semantics + "(c, d);");
    }

    /** Goes to a direct target. */
    private void go(String indent) {
        if (shape.equals(FormWriter.NEAR)) {
            line(indent + "c.rip = target;");
            line(indent + "return Outcome.BRANCH;");
        } else {
            line(indent + "return Branch.to(c, target);");
        }
    }

    void next() {
        line("return Outcome.NEXT;");
    }

    private String conditionText() {
        int cc = Integer.parseInt(r.semantics.substring(r.semantics.indexOf('%') + 1));
        return condition(cc);
    }

    static String condition(int cc) {
        String s = switch (cc >> 1) {
            case 0 -> "Flags.of(c)";
            case 1 -> "Flags.cf(c)";
            case 2 -> "Flags.zf(c)";
            case 3 -> "(Flags.cf(c) || Flags.zf(c))";
            case 4 -> "Flags.sf(c)";
            case 5 -> "Flags.pf(c)";
            case 6 -> "Flags.less(c)";
            default -> "(Flags.zf(c) || Flags.less(c))";
        };
        return (cc & 1) != 0 ? "!" + s : s;
    }

    /** The call of the semantics with operands from {@code from} on, after {@code first}. */
    String call(String first, int from) {
        String s = r.semantics;
        String extra = "";
        int percent = s.indexOf('%');
        if (percent >= 0) {
            extra = condition(Integer.parseInt(s.substring(percent + 1)));
            s = s.substring(0, percent);
        }
        var args = new ArrayList<String>();
        if (first != null) {
            args.add(first);
        }
        for (int i = from; i < r.operands.size(); i++) {
            args.add(read(r.operands.get(i), i, false));
        }
        if (s.equals("-")) {
            return args.get(0);
        }
        if (!extra.isEmpty()) {
            args.add(extra);
        }
        return s + suffix() + "(c" + (args.isEmpty() ? "" : ", " + String.join(", ", args)) + ")";
    }

    String tail(int from) {
        var s = new StringBuilder();
        for (int i = from; i < r.operands.size(); i++) {
            s.append(", ").append(read(r.operands.get(i), i, false));
        }
        return s.toString();
    }

    private String suffix() {
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

    private static String register(Operand o) {
        return switch (o.kind()) {
            case 'V', 'G' -> "d.reg";
            case 'P' -> "d.reg & 7";
            case 'N', 'Q' -> "d.rm & 7";
            case 'Z' -> "d.opcodeRegister()";
            case 'B' -> "d.vvvv";
            default -> "d.rm";
        };
    }

    /** Declares the fields of a register operand (once). */
    void declare(Operand o, int i) {
        boolean reg = "GZBVUPN".indexOf(o.kind()) >= 0 || "EWQ".indexOf(o.kind()) >= 0 && (shape.equals("R") || generic());
        if (!reg) {
            return;
        }
        boolean general = "GZBE".indexOf(o.kind()) >= 0;
        String name = (general ? "r" : "x") + i;
        if (fields.contains("int " + name)) {
            return;
        }
        if (general && o.bits(size) == 8) {
            field("int", name, "d.byteRegister(" + register(o) + ")");
            field("int", "s" + i, "d.byteShift(" + register(o) + ")");
        } else {
            field("int", name, register(o));
        }
    }

    /** Text that reads an operand; 128-bit ones give two arguments. */
    String read(Operand o, int i, boolean modify) {
        int bits = o.bits(size);
        declare(o, i);
        boolean mem = memory() && o.inRm();
        switch (o.kind()) {
            case '1':
                return "1L";
            case 'C':
                return "c.gpr[Cpu.RCX] & 0xFF";
            case 'A':
                return mask("c.gpr[Cpu.RAX]", bits);
            case 'I':
                boolean simd = r.operands.stream().anyMatch(Operand::simd);
                String name = "i" + i;
                if (!fields.contains((simd ? "int " : "long ") + name)) {
                    field(simd ? "int" : "long", name, simd ? "(int) d.imm" : immediate(o));
                }
                return name;
            case 'O':
                if (!fields.contains("Insn d")) {
                    fields.add("Insn d");
                    init.add("this.d = d.copy()");
                    line("long ea = Ea.of(c, d, " + bits / 8 + ", " + r.operands.getFirst().text().startsWith("O") + ");");
                }
                return "Mem.read" + bits + "(c, ea)";
            case 'M', 'E':
                if (mem) {
                    if (o.size().isEmpty() || o.size().equals("a")) {
                        ea(8, false);
                        return "ea";
                    }
                    ea(bits, modify);
                    String v = "m" + i;
                    line("long " + v + " = Mem." + (modify ? "modify" : "read") + bits + "(c, ea);");
                    return v;
                }
                return generic() ? either(o, i, bits) : general(i, bits);
            case 'G', 'Z', 'B':
                return general(i, bits);
            default:
                return simdRead(o, i, bits, mem, modify);
        }
    }

    private String simdRead(Operand o, int i, int bits, boolean mem, boolean modify) {
        if (mem) {
            ea(bits, modify);
            if (bits == 128) {
                align();
                line("long m" + i + " = Mem.read64(c, ea);");
                line("long n" + i + " = Mem.read64(c, ea + 8);");
                return "m" + i + ", n" + i;
            }
            line("long m" + i + " = Mem.read" + bits + "(c, ea);");
            return "m" + i;
        }
        if (generic() && "WQ".indexOf(o.kind()) >= 0) {
            return either(o, i, bits);
        }
        return simdRegister(o, i, bits);
    }

    private static String simdRegister(Operand o, int i, int bits) {
        String low = "PQN".indexOf(o.kind()) >= 0 ? "c.fpSignificand[x" + i + "]" : "c.xmm[2 * x" + i + "]";
        return bits == 128 ? low + ", c.xmm[2 * x" + i + " + 1]" : mask(low, bits);
    }

    /** Reads an operand that may be a register or memory, found out when it runs. */
    private String either(Operand o, int i, int bits) {
        String[] register = (o.simd() ? simdRegister(o, i, bits) : general(i, bits)).split(", ");
        boolean wide = register.length > 1;
        line("long m" + i + ";");
        if (wide) {
            line("long n" + i + ";");
        }
        line("if (d.isReg) {");
        line("    m" + i + " = " + register[0] + ";");
        if (wide) {
            line("    n" + i + " = " + register[1] + ";");
        }
        line("} else {");
        line("    long ea = Ea.of(c, d, " + bits / 8 + ", false);");
        if (wide && r.has("align")) {
            line("    Xmm.checkAligned(c, ea);");
        }
        line("    m" + i + " = Mem.read" + (wide ? 64 : bits) + "(c, ea);");
        if (wide) {
            line("    n" + i + " = Mem.read64(c, ea + 8);");
        }
        line("}");
        return wide ? "m" + i + ", n" + i : "m" + i;
    }

    void align() {
        if (r.has("align")) {
            line("Xmm.checkAligned(c, ea);");
        }
    }

    private String general(int i, int bits) {
        return bits == 8 ? "c.gpr[r" + i + "] >>> s" + i + " & 0xFF" : mask("c.gpr[r" + i + "]", bits);
    }

    private static String mask(String v, int bits) {
        return switch (bits) {
            case 8 -> v + " & 0xFF";
            case 16 -> v + " & 0xFFFF";
            case 32 -> v + " & 0xFFFFFFFFL";
            default -> v;
        };
    }

    private String immediate(Operand o) {
        int bits = r.operands.getFirst().integer() ? r.operands.getFirst().bits(size) : 64;
        if (o.size().equals("bs") || o.size().equals("z") || o.size().equals("v")) {
            return mask("d.imm", bits);
        }
        return "d.imm";
    }

    private void write(Operand o, int i, String v) {
        int bits = o.bits(size);
        if (o.kind() == 'O') {
            read(o, i, true);
            line("Mem.write" + bits + "(c, ea, " + v + ");");
        } else if (o.kind() == 'A') {
            line(assign("Cpu.RAX", "0", bits, v));
        } else if (memory() && o.inRm()) {
            ea(bits, true);
            line("Mem.write" + bits + "(c, ea, " + v + ");");
        } else {
            declare(o, i);
            line(assign("r" + i, "s" + i, bits, v));
        }
    }

    private static String assign(String reg, String shift, int bits, String v) {
        String slot = "c.gpr[" + reg + "]";
        return switch (bits) {
            case 8 -> slot + " = " + slot + " & ~(0xFFL << " + shift + ") | (" + v + " & 0xFF) << " + shift + ";";
            case 16 -> slot + " = " + slot + " & ~0xFFFFL | " + v + " & 0xFFFF;";
            case 32 -> slot + " = " + v + " & 0xFFFFFFFFL;";
            default -> slot + " = " + v + ";";
        };
    }

    private void addressFields() {
        if (general()) {
            fields.add("Insn d");
            init.add("this.d = d.copy()");
            return;
        }
        field("int", "base", "d.base");
        field("int", "index", "d.index");
        field("int", "scale", "d.scale");
        field("long", "disp", "d.disp");
        field("int", "seg", "d.seg");
        for (int i = 0; i < init.size(); i++) {
            String n = init.get(i).substring(0, init.get(i).indexOf(' '));
            if (!init.get(i).startsWith("this.")) {
                init.set(i, "this." + n + init.get(i).substring(n.length()));
            }
        }
        if (shape.equals("S")) {
            field("long", "mask", "d.addrSize == 64 ? -1 : 0xFFFFFFFFL");
        }
    }

    private String offset() {
        return switch (shape) {
            case "M" -> "c.gpr[base] + (c.gpr[index] << scale) + disp";
            case "S" -> "c.gpr[base] + (c.gpr[index] << scale) + disp & mask";
            default -> "Ea.offset(c, d)";
        };
    }

    /** Declares the linear address, once. */
    void ea(int bits, boolean write) {
        if (eaDone) {
            return;
        }
        eaDone = true;
        line("long ea = " + switch (shape) {
            case "M" -> offset();
            case "S" -> "c.segBase[seg] + (" + offset() + ")";
            default -> "Ea.of(c, d, " + Math.max(1, bits / 8) + ", " + write + ")";
        } + ";");
    }
}
