package dev.hv.cpu.generator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes the decode tables. */
final class TableWriter {

    private static final int GROUPS = -2;
    /** Kind of an immediate word. */
    private static final int WORD = 3;
    /** The opcode whose instructions a byte at their end tells apart; no processor of today has any. */
    private static final int THREE_D_NOW = 0x0F;

    private TableWriter() {}

    static String write(List<Row> rows) {
        int[] cells = new int[Row.MAPS * 256 * 4];
        boolean[] generic = new boolean[cells.length];
        Arrays.fill(cells, -1);
        Arrays.fill(generic, true);
        var groups = new ArrayList<int[]>();
        int[] twins = new int[rows.size()];
        Arrays.fill(twins, -1);
        boolean[] modrm = new boolean[Row.MAPS * 256];
        // every opcode behind 0F38 and 0F3A has a ModRM byte, with VEX too, which is fetched before an invalid one is found out
        Arrays.fill(modrm, 2 * 256, Row.MAPS * 256, true);
        modrm[256 + THREE_D_NOW] = true;
        boolean[] registers = new boolean[Row.MAPS * 256];
        int[] immediates = new int[Row.MAPS * 256];
        // in map 0F3A every opcode ends in an immediate byte
        Arrays.fill(immediates, 3 * 256, 4 * 256, 1);
        immediates[256 + THREE_D_NOW] = 1;
        // rows for every prefix first, so that rows with a prefix of their own can override them
        for (int pass = 0; pass < 2; pass++) {
            for (Row r : rows) {
                if (r.prefix < 0 != (pass == 0)) {
                    continue;
                }
                for (int op : r.opcodes()) {
                    modrm[op] |= r.usesModrm();
                    registers[op] |= r.has("reg");
                    // what follows an opcode of map 0F does so whatever the prefix
                    immediates[op] = r.grouped() || r.map == 1 && immediate(r) != 0 && immediate(r) != WORD ? immediate(r) : immediates[op];
                    for (int pp = 0; pp < 4; pp++) {
                        if (r.prefix >= 0 && r.prefix != pp) {
                            continue;
                        }
                        int cell = op * 4 + pp;
                        if (!r.grouped()) {
                            Row other = cells[cell] >= 0 ? rows.get(cells[cell]) : null;
                            if (other != null && (r.has("i64") && other.has("o64") || r.has("o64") && other.has("i64"))) {
                                // one opcode, two instructions by mode: the cell names the one of 64-bit mode
                                cells[cell] = r.has("o64") ? r.id : other.id;
                                twins[cells[cell]] = r.has("o64") ? other.id : r.id;
                                continue;
                            }
                            if (cells[cell] != -1 && !(pass == 1 && generic[cell])) {
                                throw new IllegalArgumentException(r.where + ": opcode taken by another row");
                            }
                            cells[cell] = r.id;
                            generic[cell] = pass == 0;
                        } else {
                            int[] g;
                            if (cells[cell] == -1 || cells[cell] >= 0) {
                                g = new int[72];
                                Arrays.fill(g, cells[cell]);
                                cells[cell] = GROUPS - groups.size();
                                groups.add(g);
                            } else {
                                g = groups.get(GROUPS - cells[cell]);
                            }
                            fill(g, r);
                        }
                    }
                }
            }
        }
        for (int map = Row.VEX; map < Row.MAPS; map += Row.VEX_MAPS) {
            // under VEX as without it
            System.arraycopy(modrm, 256, modrm, map * 256, 256);
            System.arraycopy(registers, 256, registers, map * 256, 256);
            System.arraycopy(immediates, 256, immediates, map * 256, 3 * 256);
        }
        var out = new StringBuilder();
        out.append("""
                package dev.hv.cpu.decode;

                /** Decode tables, generated from the instruction table; see the generator for the format. */
                public final class Table {

                    /** Cells at or below this number name a group told apart by ModRM. */
                    public static final int GROUPS = -2;
                    /** Invalid in 64-bit mode. */
                    public static final int I64 = 1;
                    /** Valid in 64-bit mode only. */
                    public static final int O64 = 1 << 1;
                    /** Operand size 64 by default in 64-bit mode. */
                    public static final int D64 = 1 << 2;
                    /** Operand size always 64 in 64-bit mode. */
                    public static final int F64 = 1 << 3;
                    /** LOCK is allowed with a memory destination. */
                    public static final int LOCK = 1 << 4;
                    /** Ends the block. */
                    public static final int END = 1 << 5;
                    /** #UD outside protected mode. */
                    public static final int PROT = 1 << 6;
                    public static final int X87 = 1 << 7;
                    public static final int MMX = 1 << 8;
                    public static final int SSE = 1 << 9;
                    /** Near branch: operand size 64 in 64-bit mode, unless AMD's processors see a 66 prefix. */
                    public static final int N64 = 1 << 10;
                    /** VEX-encoded without an operand in VEX.vvvv, which must be 1111b. */
                    public static final int NO_VVVV = 1 << 11;
                    /** Memory operands of 16 bytes must be aligned. */
                    public static final int ALIGN = 1 << 12;
                    /** SSE arithmetic on floating-point numbers: heeds MXCSR and sets its exception flags. */
                    public static final int FLOAT = 1 << 13;
                    /** Vectors under VEX: only where the system has enabled their state. */
                    public static final int AVX = 1 << 14;

                """);
        String[] kinds = {"NONE", "B", "BS", "W", "Z", "V", "JB", "JZ", "O", "P", "WB"};
        for (int i = 0; i < kinds.length; i++) {
            out.append("    static final int IMM_").append(kinds[i]).append(" = ").append(i).append(";\n");
        }
        out.append('\n');
        chars(out, "CELLS", cells);
        int[] flat = new int[Math.max(1, groups.size() * 72)];
        for (int i = 0; i < groups.size(); i++) {
            System.arraycopy(groups.get(i), 0, flat, i * 72, 72);
        }
        chars(out, "GROUP_CELLS", flat);
        int[] mod = new int[modrm.length];
        for (int i = 0; i < mod.length; i++) {
            mod[i] = (modrm[i] ? 1 : 0) | (registers[i] ? 2 : 0) | immediates[i] << 2;
        }
        chars(out, "MODRM", mod);
        chars(out, "ATTRIBUTES", rows.stream().mapToInt(TableWriter::attributes).toArray());
        chars(out, "TWINS", twins);
        chars(out, "IMMEDIATES", rows.stream().mapToInt(TableWriter::immediate).toArray());
        strings(out, "MNEMONICS", rows.stream().map(r -> r.mnemonic).toList());
        strings(out, "OPERANDS", rows.stream().map(r -> String.join(",", r.operands.stream().map(Operand::text).toList())).toList());
        strings(out, "FLAGS", rows.stream().map(r -> r.flags).toList());
        chars(out, "MAPS", rows.stream().mapToInt(r -> r.map << 4 | r.prefix + 1).toArray());
        strings(out, "FEATURES", rows.stream().map(r -> r.feature == null ? "" : r.feature).toList());
        strings(out, "MORE_FEATURES", rows.stream().map(r -> r.avx() && !"AVX".equals(r.feature) ? "AVX" : "").toList());
        strings(out, "WIDE_FEATURES", rows.stream().map(r -> r.wide == null ? "" : r.wide).toList());
        out.append("""
                    private static final dev.hv.cpu.state.Feature[] NEEDS = needs(FEATURES);
                    private static final dev.hv.cpu.state.Feature[] NEEDS_MORE = needs(MORE_FEATURES);
                    private static final dev.hv.cpu.state.Feature[] WIDE_NEEDS = needs(WIDE_FEATURES);

                    private Table() {}

                    private static short[] shorts(String... parts) {
                        int n = 0;
                        for (String p : parts) {
                            n += p.length();
                        }
                        short[] s = new short[n];
                        int k = 0;
                        for (String p : parts) {
                            for (int i = 0; i < p.length(); i++) {
                                s[k++] = (short) (p.charAt(i) - 0x1000);
                            }
                        }
                        return s;
                    }

                    private static dev.hv.cpu.state.Feature[] needs(String[] names) {
                        var f = new dev.hv.cpu.state.Feature[names.length];
                        for (int i = 0; i < f.length; i++) {
                            f[i] = names[i].equals("-") ? null : dev.hv.cpu.state.Feature.valueOf(names[i]);
                        }
                        return f;
                    }

                    /** The row that stands outside 64-bit mode for one that is valid only there; -1 for none. */
                    static int twin(int id) {
                        return TWINS[id];
                    }

                    /** Row or group of an opcode; -1 for none. {@code prefix}: 0 none, 1 66, 2 F3, 3 F2. */
                    static int cell(int map, int opcode, int prefix) {
                        return CELLS[(map << 8 | opcode) << 2 | prefix];
                    }

                    /** Row of a group's member. */
                    static int group(int cell, int modrm) {
                        return GROUP_CELLS[(GROUPS - cell) * 72 + (modrm >= 0xC0 ? 8 + (modrm & 63) : modrm >> 3 & 7)];
                    }

                    static boolean hasModrm(int map, int opcode) {
                        return (MODRM[map << 8 | opcode] & 1) != 0;
                    }

                    /** The immediate that is fetched before an invalid instruction of an opcode is found out. */
                    static int invalidImmediate(int map, int opcode) {
                        return MODRM[map << 8 | opcode] >> 2;
                    }

                    static boolean modrmIsRegister(int map, int opcode) {
                        return (MODRM[map << 8 | opcode] & 2) != 0;
                    }

                    /** Attribute bits of a row. */
                    public static int attributes(int id) {
                        return ATTRIBUTES[id];
                    }

                    static int immediate(int id) {
                        return IMMEDIATES[id];
                    }

                    /** Mnemonic of a row. */
                    public static String mnemonic(int id) {
                        return MNEMONICS[id];
                    }

                    /** Operands of a row as the table writes them. */
                    public static String operands(int id) {
                        return OPERANDS[id];
                    }

                    /**
                     * What a row does to OF SF ZF AF PF CF, a character each in this order: {@code r} reads, {@code w} writes, {@code m} both,
                     * {@code u} leaves undefined, {@code .} leaves alone; {@code "-"} where the table does not say.
                     */
                    public static String flags(int id) {
                        return FLAGS[id];
                    }

                    /** Opcode map of a row: 0 one byte, 1 0F, 2 0F38, 3 0F3A; under VEX 4 0F, 5 0F38, 6 0F3A. */
                    public static int map(int id) {
                        return MAPS[id] >> 4;
                    }

                    /** Prefix that belongs to a row's opcode: -1 any, 0 none, 1 66, 2 F3, 3 F2. */
                    public static int prefix(int id) {
                        return (MAPS[id] & 15) - 1;
                    }

                    /** Feature a row needs, or null. */
                    public static dev.hv.cpu.state.Feature feature(int id) {
                        return NEEDS[id];
                    }

                    /** Whether a model has all that a row needs, with operands of 256 bits or narrower ones. */
                    public static boolean available(int id, boolean wide, dev.hv.cpu.state.CpuModel model) {
                        return (NEEDS[id] == null || model.has(NEEDS[id])) && (NEEDS_MORE[id] == null || model.has(NEEDS_MORE[id]))
                                && (!wide || WIDE_NEEDS[id] == null || model.has(WIDE_NEEDS[id]));
                    }

                    /** Number of rows. */
                    public static int rows() {
                        return MNEMONICS.length;
                    }
                }
                """);
        return out.toString();
    }

    private static void fill(int[] g, Row r) {
        if (r.wholeModrm >= 0) {
            g[8 + (r.wholeModrm & 63)] = r.id;
            return;
        }
        for (int reg = 0; reg < 8; reg++) {
            if (r.digit >= 0 && r.digit != reg) {
                continue;
            }
            if (!r.registerOnly) {
                g[reg] = r.id;
            }
            if (!r.memoryOnly) {
                for (int rm = 0; rm < 8; rm++) {
                    g[8 + reg * 8 + rm] = r.id;
                }
            }
        }
    }

    private static int attributes(Row r) {
        String[] order = {"i64", "o64", "d64", "f64", "lock", "end", "prot", "x87", "mmx", "sse", "n64"};
        int bits = 0;
        for (int i = 0; i < order.length; i++) {
            bits |= r.has(order[i]) ? 1 << i : 0;
        }
        bits |= r.vex() && r.operands.stream().noneMatch(o -> o.kind() == 'B' || o.kind() == 'H') ? 1 << order.length : 0;
        bits |= r.has("align") ? 1 << order.length + 1 : 0;
        bits |= r.has("sse") && r.semantics.startsWith("SseFp") ? 1 << order.length + 2 : 0;
        bits |= r.avx() ? 1 << order.length + 3 : 0;
        return bits;
    }

    /** How an immediate is fetched: one of the kinds that the decode tables name IMM_. */
    static int immediate(Row r) {
        int kind = 0;
        for (Operand o : r.operands) {
            int k = switch (o.text()) {
                case "Ib" -> 1;
                case "Ibs" -> 2;
                case "Iw" -> 3;
                case "Iz" -> 4;
                case "Iv" -> 5;
                case "Jb" -> 6;
                case "Jz" -> 7;
                case "Ob", "Ov" -> 8;
                case "Ip" -> 9;
                case "Iwb" -> 10;
                default -> o.kind() == 'L' ? 1 : 0;
            };
            kind = k != 0 ? k : kind;
        }
        return kind;
    }

    private static void chars(StringBuilder out, String name, int[] values) {
        out.append("    private static final short[] ").append(name).append(" = shorts(\n            \"");
        for (int i = 0; i < values.length; i++) {
            if (i > 0 && i % 4096 == 0) {
                out.append("\",\n            \"");
            }
            // shifted so that no value lands on a surrogate, a quote or a control character
            out.append(String.format("\\u%04x", values[i] + 0x1000));
        }
        out.append("\");\n");
    }

    private static void strings(StringBuilder out, String name, List<String> values) {
        out.append("    private static final String[] ").append(name).append(" = (\"");
        out.append(String.join(" ", values.stream().map(v -> v.isEmpty() ? "-" : v).toList()));
        out.append("\").split(\" \");\n");
    }
}
