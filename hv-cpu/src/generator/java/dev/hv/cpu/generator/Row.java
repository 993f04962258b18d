package dev.hv.cpu.generator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One row of the instruction table, with its opcode patterns spread out ({@code +cc} gives sixteen rows). */
final class Row {

    private static final String[] CONDITIONS = {"O", "NO", "B", "NB", "Z", "NZ", "BE", "NBE", "S", "NS", "P", "NP", "L", "NL", "LE", "NLE"};
    private static final Set<String> ATTRIBUTES = Set.of("lock", "i64", "o64", "d64", "f64", "n64", "end", "stack", "prot", "x87", "mmx", "sse", "align", "ialign",
            "nosuffix", "reg", "modrm", "rare", "avx", "w0", "w1", "narrow", "hi2", "hi3", "hi4");

    /** The maps of legacy encodings, and those under VEX once for each of VEX.W and VEX.L. */
    static final int MAPS = 16;
    /** The first map under VEX, and how many there are. */
    static final int VEX = 4;
    static final int VEX_MAPS = 3;
    /** What an instruction does to OF SF ZF AF PF CF, in this order, where the table does not say. */
    static final String UNKNOWN_FLAGS = "-";
    /** By condition without its lowest bit, the flags it reads. */
    private static final String[] CONDITION_FLAGS = {"r.....", ".....r", "..r...", "..r..r", ".r....", "....r.", "rr....", "rrr..."};

    int id;
    String family;
    String where;
    /** 0 one byte, 1 0F, 2 0F38, 3 0F3A; under VEX 4 0F, 5 0F38, 6 0F3A. */
    int map;
    int opcode;
    /** Opcodes covered: 1, or 8 for +r. */
    int span = 1;
    /** Mandatory prefix: -1 any, 0 none, 1 66, 2 F3, 3 F2. */
    int prefix = -1;
    int digit = -1;
    boolean memoryOnly;
    boolean registerOnly;
    int wholeModrm = -1;
    String mnemonic;
    List<Operand> operands;
    String action;
    String semantics;
    final List<String> attributes = new ArrayList<>();
    String feature;
    /** The feature that the 256-bit form needs besides. */
    String wide;
    /** VEX.L that it has: -1 any. */
    int length;
    /** VEX.L is the operand size. */
    boolean byLength;
    /** For OF SF ZF AF PF CF in this order: r read, w written, m both, u undefined after it, . left alone. */
    String flags = UNKNOWN_FLAGS;

    /** Reads a table file. */
    static void parse(Path file, List<Row> into) throws IOException {
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            int comment = line.indexOf('#');
            String text = (comment >= 0 ? line.substring(0, comment) : line).trim();
            if (text.isEmpty()) {
                continue;
            }
            String[] f = text.split("\\s+");
            String where = file.getFileName() + ":" + number;
            if (f.length < 5) {
                throw new IllegalArgumentException(where + ": five fields needed: " + text);
            }
            if (f[0].endsWith("+cc")) {
                int first = Integer.parseInt(f[0].substring(f[0].length() - 5, f[0].length() - 3), 16);
                for (int cc = 0; cc < 16; cc++) {
                    String[] g = f.clone();
                    g[0] = f[0].substring(0, f[0].length() - 5) + String.format("%02X", first + cc);
                    g[1] = f[1].replace("cc", CONDITIONS[cc]);
                    g[4] = f[4].replace("%", "%" + cc);
                    for (int i = 5; i < g.length; i++) {
                        g[i] = g[i].replace("flags=cc", "flags=" + CONDITION_FLAGS[cc >> 1]);
                    }
                    into.add(new Row(file, where, g));
                }
            } else {
                into.add(new Row(file, where, f));
            }
        }
    }

    private Row(Path file, String where, String[] f) {
        this.where = where;
        family = Generate.family(file);
        opcode(f[0]);
        mnemonic = f[1];
        operands = f[2].equals("-") ? List.of() : List.of(f[2].split(",")).stream().map(o -> new Operand(o, where)).toList();
        action = f[3];
        semantics = f[4];
        for (int i = 5; i < f.length; i++) {
            if (f[i].startsWith("feature=")) {
                feature = f[i].substring(8);
            } else if (f[i].startsWith("wide=")) {
                wide = f[i].substring(5);
            } else if (f[i].matches("flags=[rwmu.]{6}")) {
                flags = f[i].substring(6);
            } else if (ATTRIBUTES.contains(f[i])) {
                attributes.add(f[i]);
            } else {
                throw new IllegalArgumentException(where + ": unknown attribute " + f[i]);
            }
        }
    }

    private void opcode(String spec) {
        boolean vex = spec.startsWith("VEX.");
        String s = vex ? spec.substring(4) : spec;
        if (s.matches("L[1XI]\\..*")) {
            length = s.charAt(1) == '1' ? 1 : -1;
            byLength = s.charAt(1) == 'X';
            s = s.substring(3);
        }
        int dot = s.indexOf('.');
        if (dot >= 0) {
            prefix = switch (s.substring(0, dot)) {
                case "NP" -> 0;
                case "66" -> 1;
                case "F3" -> 2;
                case "F2" -> 3;
                default -> throw new IllegalArgumentException(where + ": prefix in " + spec);
            };
            s = s.substring(dot + 1);
        }
        int eq = s.indexOf('=');
        if (eq >= 0) {
            wholeModrm = Integer.parseInt(s.substring(eq + 1), 16);
            s = s.substring(0, eq);
        }
        int slash = s.indexOf('/');
        if (slash >= 0) {
            String what = s.substring(slash + 1);
            memoryOnly = what.endsWith("m");
            registerOnly = what.endsWith("r");
            what = what.replaceAll("[mr]", "");
            if (!what.isEmpty()) {
                digit = Integer.parseInt(what);
            }
            s = s.substring(0, slash);
        }
        if (s.endsWith("+r")) {
            span = 8;
            s = s.substring(0, s.length() - 2);
        }
        if (s.length() > 2 && s.startsWith("0F")) {
            s = s.substring(2);
            map = 1;
            if (s.length() == 4) {
                map = s.startsWith("38") ? 2 : s.startsWith("3A") ? 3 : 9;
                s = s.substring(2);
            }
        }
        if (map == 9 || s.length() != 2) {
            throw new IllegalArgumentException(where + ": opcode " + spec);
        }
        opcode = Integer.parseInt(s, 16);
        map += vex ? 3 : 0;
    }

    /** Where the decode tables have it: under VEX once for each VEX.L and VEX.W that it may have. */
    List<Integer> maps() {
        if (!vex()) {
            return List.of(map);
        }
        var all = new ArrayList<Integer>();
        for (int l = 0; l < 2; l++) {
            for (int w = 0; w < 2; w++) {
                if ((length < 0 || length == l) && !has(w == 0 ? "w1" : "w0")) {
                    all.add(map + VEX_MAPS * (l + 2 * w));
                }
            }
        }
        return all;
    }

    /** Its opcodes, counted through all maps. */
    List<Integer> opcodes() {
        var all = new ArrayList<Integer>();
        for (int m : maps()) {
            for (int k = 0; k < span; k++) {
                all.add(m * 256 + opcode + k);
            }
        }
        return all;
    }

    /** Encoded with a VEX prefix. */
    boolean vex() {
        return map > 3;
    }

    /** The check of a wide memory operand's alignment: a method of the class of its registers, null for none. */
    String alignment() {
        boolean moves = vex() || action.equals("vld") || action.equals("vst");
        return has("align") ? moves ? "checkAligned" : "checkOperandAligned" : has("ialign") ? "checkAlignedByVendor" : null;
    }

    /** Works on vectors under VEX. */
    boolean avx() {
        return has("avx");
    }

    boolean has(String attribute) {
        return attributes.contains(attribute);
    }

    boolean usesModrm() {
        return digit >= 0 || wholeModrm >= 0 || memoryOnly || registerOnly || has("modrm") || has("reg") || operands.stream().anyMatch(Operand::inModrm);
    }

    /** Whether rows are told apart by the ModRM byte. */
    boolean grouped() {
        return digit >= 0 || wholeModrm >= 0 || memoryOnly || registerOnly;
    }

    /** Reads memory and writes it back as one step when locked; XCHG always is. */
    boolean lockable() {
        return has("lock") && !action.equals("x");
    }

    /** When an instruction of a lockable row is locked. */
    String locked() {
        return semantics.equals("Mov.xchg") ? "d.parallel" : "d.parallel && d.lock";
    }

    /** A jump or call with a direct target, or RET. */
    boolean nearTransfer() {
        return switch (action) {
            case "jcc", "jmp", "call", "ret" -> true;
            default -> false;
        };
    }

    /** The operand in ModRM.rm, or null. */
    Operand rm() {
        return operands.stream().filter(Operand::inRm).findFirst().orElse(null);
    }
}
