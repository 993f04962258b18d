package dev.hv.cpu.decode;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;

/**
 * Decodes instruction bytes through the tables generated from the instruction table. Knows encodings, not meanings: which
 * row, which registers, which address, which immediate.
 */
public final class Decoder {

    /** The bytes given end before the instruction does. */
    public static final int TRUNCATED = -1;
    /** Longer than 15 bytes: #GP. */
    public static final int TOO_LONG = -2;

    private static final int MAX = 15;
    private static final int VEX3 = 0xC4;
    /** Opcode maps under VEX follow after this number: 0F, 0F38, 0F3A. */
    private static final int VEX = 3;
    /** They are there once for each of VEX.W and VEX.L. */
    private static final int MAPS = 3;
    /** Opcodes of map 0F that are invalid for ever; AMD's processors fetch no ModRM byte for them. */
    private static final int MOVSXD = 0x63;
    private static final int UD0 = 0xFF;
    private static final int UD1 = 0xB9;
    private static final int EXTRQ = 0x78;
    /** POP, or with anything in ModRM.reg the escape of AMD's processors to XOP, whose instructions they no longer have. */
    private static final int XOP = 0x8F;
    /** The map of XOP in which an immediate of four bytes follows. */
    private static final int XOP_IMMEDIATES = 10;
    private static final int REG = 0x38;
    /** MOV from a control register; the one to it follows after two. LOCK makes CR0 CR8. */
    private static final int MOV_CR = 0x20;
    /** VPERMQ and VPERMPD, of which AMD's processors ignore VEX.W. */
    private static final int VPERMPD = 1;
    /** VPEXTRD and VPINSRD, of which they ignore it nowhere. */
    private static final int VPEXTRD = 0x16;
    private static final int VPINSRD = 0x22;

    private final Insn d;
    /** The bytes given, little-endian. */
    private long low;
    private long high;
    private int available;
    private int pos;
    private boolean truncated;

    /**
     * A decoder that fills {@code into}.
     *
     * @param amd decode as AMD's processors do, else as those of Intel
     */
    public Decoder(Insn into, boolean amd) {
        d = into;
        d.amd = amd;
    }

    /**
     * Decodes one instruction.
     *
     * @param low its first eight bytes, little-endian
     * @param high the bytes after these
     * @param bytes how many of these bytes there are; what the others hold does not matter
     * @param rip its address
     * @param mode mode bits
     * @return its length, or {@link #TRUNCATED} or {@link #TOO_LONG}
     */
    public int decode(long low, long high, int bytes, long rip, int mode) {
        this.low = low;
        this.high = high;
        available = Math.min(bytes, MAX);
        pos = 0;
        truncated = false;
        d.rip = rip;
        d.mode = mode;
        d.rex = 0;
        d.rep = 0;
        d.prefix66 = false;
        d.lock = false;
        d.segOverride = -1;
        d.cet = (mode & Modes.CET) != 0 ? 1 : 0;
        d.modrm = -1;
        d.isReg = false;
        d.sib = -1;
        d.wide = false;
        d.base = Cpu.ZERO;
        d.index = Cpu.ZERO;
        d.scale = 0;
        d.disp = 0;
        d.seg = Cpu.DS;
        d.imm = 0;
        d.imm2 = 0;
        boolean mode64 = (mode & Modes.CODE64) != 0;
        boolean size32 = mode64 || (mode & Modes.CODE32) != 0;
        boolean prefix67 = false;
        int op;
        prefixes:
        while (true) {
            op = u8();
            if (truncated) {
                return short15(bytes);
            }
            switch (op) {
                case 0x26, 0x2E, 0x36, 0x3E -> {
                    d.cet = d.cet == 0 ? 0 : op == 0x3E ? Insn.NO_TRACK : 1;
                    if (!mode64) {
                        d.segOverride = op >> 3 & 3;
                    }
                }
                case 0x64, 0x65 -> {
                    d.segOverride = op == 0x64 ? Cpu.FS : Cpu.GS;
                    d.cet = Math.min(d.cet, 1);
                }
                case 0x66 -> d.prefix66 = true;
                case 0x67 -> prefix67 = true;
                case 0xF0 -> d.lock = true;
                case 0xF2, 0xF3 -> d.rep = op;
                default -> {
                    if (mode64 && (op & 0xF0) == 0x40) {
                        // a REX counts only directly before the opcode
                        int rex = op;
                        int next = peek();
                        if (truncated) {
                            return short15(bytes);
                        }
                        if (!isPrefix(next)) {
                            d.rex = rex;
                            op = u8();
                            break prefixes;
                        }
                        continue;
                    }
                    break prefixes;
                }
            }
        }
        d.addrSize = mode64 ? prefix67 ? 32 : 64 : size32 != prefix67 ? 32 : 16;
        d.opSize = (d.rex & 8) != 0 ? 64 : size32 != d.prefix66 ? 32 : 16;
        int map = 0;
        boolean vex = (op & 0xFE) == 0xC4 && (mode & Modes.PROTECTED) != 0 && (mode64 || (peek() & 0xC0) == 0xC0);
        if (vex && op == VEX3 && !d.amd && (peek() & 3) == 0) {
            // to a map that no instruction can be in, on Intel's processors it is LES with its ModRM byte
            vex = false;
        }
        // an escape to no map with instructions: a ModRM byte is read before that is found out
        boolean nowhere = false;
        boolean immediate = false;
        // legacy prefixes that VEX replaces, and REX, must not stand before it
        boolean valid = !vex || d.rep == 0 && !d.prefix66 && !d.lock && d.rex == 0;
        if (vex && d.rex != 0 && d.amd) {
            // behind REX AMD's processors read what LES and LDS once were
            vex = false;
        } else if (vex) {
            map = vex(op, mode64);
            nowhere = map == 0;
            op = u8();
            if (d.amd && map > VEX && (map - VEX) % MAPS == 0) {
                boolean w = (map - VEX) / MAPS > 2;
                valid &= mode64 || !w || op != VPEXTRD && op != VPINSRD;
                map += !w && op <= VPERMPD ? 2 * MAPS : 0;
            }
        } else if (op == 0x0F) {
            op = u8();
            map = 1;
            if (op == 0x38 || op == 0x3A) {
                map = op == 0x38 ? 2 : 3;
                op = u8();
            } else if (!d.amd && (op & 0xF8) == 0x38) {
                // Intel's processors have six more escapes there, to nothing
                map = IntelLengths.escape(op);
                op = u8();
                valid = false;
            }
        } else if (d.amd && op == XOP && d.rex == 0 && (mode & Modes.PROTECTED) != 0 && (peek() & REG) != 0) {
            nowhere = true;
            immediate = (u8() & 31) == XOP_IMMEDIATES;
            u8();
            op = u8();
        }
        if (truncated) {
            return short15(bytes);
        }
        d.opcode = op;
        int pp = vex ? vexPrefix : d.rep == 0xF3 ? 2 : d.rep == 0xF2 ? 3 : d.prefix66 ? 1 : 0;
        if (map == 0 && op == MOVSXD) {
            // with operands of 16 bits Intel's processors read no more, whatever other prefixes there are; AMD's read 32
            pp = mode64 && !d.amd && d.opSize == 16 ? 1 : 0;
        }
        int cell = Table.cell(map, op, pp);
        boolean behind0F = map == 1 || map > VEX && (map - VEX - 1) % MAPS == 0;
        int form = d.amd || map == 0 && !nowhere ? 0 : nowhere ? vexMap : map > VEX ? (map - VEX - 1) % MAPS + 1 : map;
        if (form != 0 ? IntelLengths.hasModrm(form, op) : nowhere || Table.hasModrm(map, op) && !(d.amd && behind0F && (op == UD0 || op == UD1))) {
            modrm(mode64, form > 0 ? form == 1 && (op & 0xFC) == MOV_CR : !nowhere && Table.modrmIsRegister(map, op));
            if (truncated) {
                return short15(bytes);
            }
        }
        int id = !valid || nowhere ? -1 : cell <= Table.GROUPS ? Table.group(cell, d.modrm) : cell;
        if (id >= 0 && !mode64 && (Table.attributes(id) & Table.O64) != 0) {
            id = Table.twin(id);
        }
        d.id = id;
        if (id < 0 && form != 0) {
            immediates(IntelLengths.immediate(form, op), mode64);
        } else if (nowhere) {
            if (immediate) {
                s32();
            }
        } else if (d.amd && behind0F && op == EXTRQ && (id < 0 || Table.immediate(id) == Table.IMM_NONE)) {
            // AMD's processors fetch the immediate of EXTRQ whatever the prefix makes of the opcode
            immediates(Table.IMM_W, mode64);
        } else if (id < 0) {
            immediates(Table.invalidImmediate(map, op), mode64);
        }
        if (id >= 0) {
            int attributes = Table.attributes(id);
            if (mode64) {
                if ((attributes & Table.F64) != 0 || (attributes & Table.N64) != 0 && !(d.amd && d.opSize == 16)) {
                    d.opSize = 64;
                } else if ((attributes & Table.D64) != 0 && d.opSize == 32) {
                    d.opSize = 64;
                }
            }
            immediates(Table.immediate(id), mode64);
            if ((attributes & Table.I64) != 0 && mode64 || (attributes & Table.O64) != 0 && !mode64) {
                d.id = -1;
            }
            if (vex && (attributes & Table.NO_VVVV) != 0 && vexRegister != 0) {
                d.id = -1;
            }
            if (d.lock && ((attributes & Table.LOCK) == 0 || d.isReg) && !(d.amd && map == 1 && (op & ~2) == MOV_CR)) {
                d.id = -1;
            }
        }
        if (truncated) {
            return short15(bytes);
        }
        d.length = pos;
        if (ripRelative) {
            d.disp += rip + pos;
            if (d.addrSize == 32) {
                d.disp &= 0xFFFFFFFFL;
            }
            ripRelative = false;
        }
        return pos;
    }

    private boolean ripRelative;
    /** The two bits of VEX.mmmmm by which Intel's processors go where it names no map: 1 to 3 as 0F, 0F38 and 0F3A. */
    private int vexMap;
    /** Implied prefix of VEX, numbered as the tables do. */
    private int vexPrefix;
    /** VEX.vvvv as it stands there, inverted: outside 64-bit mode too its upper bit must be 1 where it names nothing. */
    private int vexRegister;

    /**
     * The bytes of a VEX prefix after its first (SDM vol. 2A, 2.3.5).
     *
     * @return the opcode map, 0 for one that no row of the table is in
     */
    private int vex(int first, boolean mode64) {
        int p1 = u8();
        vexMap = first == 0xC5 ? 1 : p1 & 3;
        int p2 = first == 0xC5 ? p1 & 0x7F : u8();
        // R X B are stored inverted, at the places of REX; outside 64-bit mode they must not count
        int rxb = first == 0xC5 ? ~p1 >> 5 & 4 : ~p1 >> 5 & 7;
        d.rex = mode64 ? 0x40 | p2 >> 4 & 8 | rxb : 0;
        vexRegister = ~p2 >> 3 & 15;
        d.vvvv = vexRegister & (mode64 ? 15 : 7);
        d.opSize = (d.rex & 8) != 0 ? 64 : 32;
        vexPrefix = p2 & 3;
        int map = first == 0xC5 ? 1 : p1 & 31;
        d.wide = (p2 & 4) != 0;
        boolean w = first == 0xC4 && (p2 & 0x80) != 0;
        return map <= 3 && map != 0 ? VEX + map + MAPS * ((d.wide ? 1 : 0) + (w ? 2 : 0)) : 0;
    }

    private int short15(int bytes) {
        ripRelative = false;
        return bytes >= MAX ? TOO_LONG : TRUNCATED;
    }

    private static boolean isPrefix(int b) {
        return switch (b) {
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3 -> true;
            default -> (b & 0xF0) == 0x40;
        };
    }

    private void modrm(boolean mode64, boolean register) {
        int m = u8();
        d.modrm = m;
        d.reg = m >> 3 & 7 | (d.rex & 4) << 1;
        int mod = m >> 6;
        int rm = m & 7;
        if (mod == 3 || register) {
            d.isReg = true;
            d.rm = rm | (d.rex & 1) << 3;
            return;
        }
        d.rm = rm;
        if (d.addrSize == 16) {
            modrm16(mod, rm);
            return;
        }
        int seg = Cpu.DS;
        if (rm == 4) {
            int sib = u8();
            d.sib = sib;
            int index = sib >> 3 & 7 | (d.rex & 2) << 2;
            if (index != 4) {
                d.index = index;
                d.scale = sib >> 6;
            }
            int base = sib & 7;
            if (base == 5 && mod == 0) {
                d.disp = s32();
            } else {
                d.base = base | (d.rex & 1) << 3;
            }
        } else if (rm == 5 && mod == 0) {
            d.disp = s32();
            ripRelative = mode64;
        } else {
            d.base = rm | (d.rex & 1) << 3;
        }
        if (d.base == Cpu.RSP || d.base == Cpu.RBP) {
            seg = Cpu.SS;
        }
        if (mod == 1) {
            d.disp = (byte) u8();
        } else if (mod == 2) {
            d.disp = s32();
        }
        d.seg = d.segOverride >= 0 ? d.segOverride : seg;
    }

    private void modrm16(int mod, int rm) {
        int seg = Cpu.DS;
        switch (rm) {
            case 0 -> pair(Cpu.RBX, Cpu.RSI);
            case 1 -> pair(Cpu.RBX, Cpu.RDI);
            case 2 -> {
                pair(Cpu.RBP, Cpu.RSI);
                seg = Cpu.SS;
            }
            case 3 -> {
                pair(Cpu.RBP, Cpu.RDI);
                seg = Cpu.SS;
            }
            case 4 -> d.base = Cpu.RSI;
            case 5 -> d.base = Cpu.RDI;
            case 6 -> {
                if (mod != 0) {
                    d.base = Cpu.RBP;
                    seg = Cpu.SS;
                }
            }
            default -> d.base = Cpu.RBX;
        }
        if (mod == 1) {
            d.disp = (byte) u8();
        } else if (mod == 2 || mod == 0 && rm == 6) {
            d.disp = (short) u16();
        }
        d.seg = d.segOverride >= 0 ? d.segOverride : seg;
    }

    private void pair(int base, int index) {
        d.base = base;
        d.index = index;
    }

    private void immediates(int kind, boolean mode64) {
        switch (kind) {
            case Table.IMM_NONE -> {}
            case Table.IMM_B -> d.imm = u8();
            case Table.IMM_BS -> d.imm = (byte) u8();
            case Table.IMM_W -> d.imm = u16();
            case Table.IMM_Z -> d.imm = d.opSize == 16 ? (short) u16() : s32();
            case Table.IMM_V -> d.imm = d.opSize == 16 ? (short) u16() : d.opSize == 32 ? s32() : s64();
            case Table.IMM_JB -> target((byte) u8(), mode64);
            case Table.IMM_JZ -> target(d.opSize == 16 ? (short) u16() : s32(), mode64);
            case Table.IMM_O -> {
                d.disp = d.addrSize == 16 ? u16() : d.addrSize == 32 ? s32() & 0xFFFFFFFFL : s64();
                d.seg = d.segOverride >= 0 ? d.segOverride : Cpu.DS;
            }
            case Table.IMM_P -> {
                d.imm = d.opSize == 16 ? u16() : s32() & 0xFFFFFFFFL;
                d.imm2 = u16();
            }
            case Table.IMM_WB -> {
                d.imm = u16();
                d.imm2 = u8();
            }
            default -> throw new IllegalStateException("immediate kind " + kind);
        }
    }

    private void target(long displacement, boolean mode64) {
        long t = d.rip + pos + displacement;
        d.imm = d.opSize == 16 ? t & 0xFFFF : mode64 ? t : t & 0xFFFFFFFFL;
    }

    /** Eight bytes from the one at {@code index} on; shift counts are taken modulo 64. */
    private long at(int index) {
        int shift = 8 * index;
        return index < 8 ? low >>> shift | high << 1 << ~shift : high >>> shift;
    }

    private int peek() {
        if (pos >= available) {
            truncated = true;
            return 0;
        }
        return (int) at(pos) & 0xFF;
    }

    private int u8() {
        if (pos >= available) {
            truncated = true;
            return 0;
        }
        return (int) at(pos++) & 0xFF;
    }

    private int u16() {
        if (pos + 2 > available) {
            truncated = true;
            return 0;
        }
        pos += 2;
        return (int) at(pos - 2) & 0xFFFF;
    }

    private int s32() {
        if (pos + 4 > available) {
            truncated = true;
            return 0;
        }
        pos += 4;
        return (int) at(pos - 4);
    }

    private long s64() {
        if (pos + 8 > available) {
            truncated = true;
            return 0;
        }
        pos += 8;
        return at(pos - 8);
    }
}
