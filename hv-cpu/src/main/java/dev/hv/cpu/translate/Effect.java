package dev.hv.cpu.translate;

import dev.hv.cpu.decode.Table;
import dev.hv.cpu.state.Feature;

import java.util.Set;

/** What the instruction table says of a row, as the translator asks it: the kind of code it becomes, operands, flags. */
final class Effect {

    /** Kinds of code. */
    enum Kind {
        /** Left to the operation of the interpreter. */
        UNKNOWN,
        /** The guest's instruction with registers and addresses of the host. */
        SAME,
        /** As it stands: implicit registers only. */
        IMPLICIT,
        NOTHING,
        LEA,
        MOVE_IMMEDIATE,
        BSWAP,
        EXCHANGE_ACCUMULATOR,
        STEP,
        MULTIPLY,
        DIVIDE,
        SCAN,
        COUNT,
        /** Bit manipulation under a VEX prefix. */
        BITS,
        COMPARE_EXCHANGE_WIDE,
        CLEAR_INTERRUPTS,
        DIRECTION,
        ALIGNMENT_CHECK,
        SWAP_GS,
        SYSTEM_REGISTER,
        READ_KEYS,
        FENCE,
        SYSTEM_CALL,
        SYSTEM_RETURN,
        SET_INTERRUPTS,
        PUSH_FLAGS,
        PUSH,
        PUSH_IMMEDIATE,
        PUSH_OPERAND,
        POP,
        LEAVE,
        CALL,
        CALL_INDIRECT,
        RETURN,
        JUMP,
        JUMP_INDIRECT,
        BRANCH,
        LOOP,
        BRANCH_IF_ZERO,
        STRING,
        /** An SSE instruction whose destination is an XMM register. */
        SIMD,
        /** An SSE store, or a move to a general register. */
        SIMD_STORE,
        /** Under VEX, with an operation of SSE in each lane. */
        VECTOR,
        /** On the host's x87 registers. */
        X87
    }

    /** Accesses to an operand. */
    static final int READ = 1;
    static final int WRITE = 2;

    /** All six flags, a bit each. */
    static final int ALL = 63;

    private static final Effect[] CACHE = new Effect[Table.rows()];
    private static final Effect NONE = new Effect();

    final Kind kind;
    final String mnemonic;
    final String operands;
    /** The operands, one by one. */
    final String[] places;
    private final Set<Trait> traits;
    /** Access to the operand in ModRM.rm, and to that in ModRM.reg. */
    final int rm;
    final int reg;
    /** Bytes of the operand in ModRM.rm; 0 for the operand size. */
    final int rmBytes;
    /** ModRM.reg names a general register. */
    final boolean general;
    final boolean byteRm;
    final boolean byteReg;
    /** Opcode map, and mandatory prefix byte. */
    final int map;
    final int mandatory;
    final int reads;
    final int writes;
    /** A shift or rotate: a count of 0 leaves all flags. */
    final boolean shift;
    /** Its count is in CL. */
    final boolean byCl;
    /** Memory operands of 16 bytes must be aligned. */
    final boolean aligned;
    /** It may set exception flags in MXCSR. */
    final boolean floating;
    /** Of an instruction under VEX, the row of SSE with the same operation, and what it needs; null for those without. */
    final Effect twin;
    final Feature feature;

    private Effect() {
        kind = Kind.UNKNOWN;
        mnemonic = "";
        operands = "";
        places = new String[0];
        traits = Set.of();
        rm = READ | WRITE;
        reg = READ | WRITE;
        rmBytes = 0;
        general = false;
        byteRm = false;
        byteReg = false;
        map = 0;
        mandatory = 0;
        reads = ALL;
        writes = ALL;
        shift = false;
        byCl = false;
        aligned = false;
        floating = false;
        twin = null;
        feature = null;
    }

    /** The effect of a row; of -1, an invalid instruction. */
    static Effect of(int id) {
        if (id < 0) {
            return NONE;
        }
        Effect e = CACHE[id];
        if (e == null) {
            e = new Effect(id);
            CACHE[id] = e;
        }
        return e;
    }

    private Effect(int id) {
        mnemonic = Table.mnemonic(id);
        operands = Table.operands(id);
        int attributes = Table.attributes(id);
        map = Table.map(id);
        mandatory = switch (Table.prefix(id)) {
            case 1 -> 0x66;
            case 2 -> 0xF3;
            case 3 -> 0xF2;
            default -> 0;
        };
        String flags = Table.flags(id);
        int r = 0;
        int w = 0;
        for (int i = 0; i < 6; i++) {
            char f = flags.length() == 6 ? flags.charAt(i) : 'm';
            int bit = 1 << 5 - i;
            r |= f == 'r' || f == 'm' ? bit : 0;
            w |= f == 'w' || f == 'm' || f == 'u' ? bit : 0;
        }
        reads = r;
        writes = w;
        traits = Trait.of(mnemonic);
        shift = is(Trait.SHIFT);
        byCl = operands.endsWith("CLb");
        String[] o = operands.isEmpty() || operands.equals("-") ? new String[0] : operands.split(",");
        places = o;
        String rmOperand = "";
        String regOperand = "";
        int rmAt = -1;
        int regAt = -1;
        for (int i = 0; i < o.length; i++) {
            char k = o[i].charAt(0);
            if ("EMWU".indexOf(k) >= 0) {
                rmOperand = o[i];
                rmAt = i;
            } else if ("GV".indexOf(k) >= 0) {
                regOperand = o[i];
                regAt = i;
            }
        }
        rmBytes = bytes(rmOperand);
        byteRm = rmBytes == 1;
        general = regOperand.startsWith("G");
        byteReg = general && bytes(regOperand) == 1;
        boolean sse = (attributes & Table.SSE) != 0;
        aligned = (attributes & Table.ALIGN) != 0;
        floating = (attributes & Table.FLOAT) != 0;
        feature = Table.feature(id);
        twin = (attributes & Table.AVX) != 0 ? twin() : null;
        kind = kind(attributes, o, sse);
        boolean onlyReads = is(Trait.ONLY_READS) || mnemonic.equals("IMUL") && o.length == 1;
        boolean onlyWrites = is(Trait.ONLY_WRITES) || mnemonic.equals("IMUL") && o.length == 3;
        int first = onlyReads ? READ : onlyWrites ? WRITE : READ | WRITE;
        int second = is(Trait.EXCHANGE) && !mnemonic.equals("CMPXCHG") ? READ | WRITE : READ;
        rm = rmAt < 0 ? 0 : rmAt == 0 ? first : second;
        reg = regAt < 0 ? 0 : regAt == 0 ? first : second;
    }

    boolean is(Trait trait) {
        return traits.contains(trait);
    }

    private static int bytes(String operand) {
        if (operand.length() < 2) {
            return 0;
        }
        return switch (operand.substring(1)) {
            case "b" -> 1;
            case "w" -> 2;
            case "d" -> 4;
            case "q" -> 8;
            case "dq" -> 16;
            default -> 0;
        };
    }

    private Kind kind(int attributes, String[] o, boolean sse) {
        if ((attributes & Table.X87) != 0 || mnemonic.equals("FWAIT")) {
            return X87Code.known(mnemonic) ? Kind.X87 : Kind.UNKNOWN;
        }
        if ((attributes & Table.MMX) != 0) {
            return Kind.UNKNOWN;
        }
        if ((attributes & Table.AVX) != 0) {
            return twin != null || is(Trait.OWN_VECTOR_CODE) ? Kind.VECTOR : Kind.UNKNOWN;
        }
        if (map > 3) {
            return general && operands.contains("y") || operands.startsWith("By") ? Kind.BITS : Kind.UNKNOWN;
        }
        if (sse) {
            return simd(o);
        }
        String first = o.length == 0 ? "" : o[0];
        return switch (mnemonic) {
            case "ADD", "OR", "AND", "SUB", "XOR", "ADC", "SBB", "CMP", "TEST" -> first.startsWith("A") ? Kind.IMPLICIT : Kind.SAME;
            case "MOV" -> first.startsWith("Z") ? Kind.MOVE_IMMEDIATE : operands.matches("E[bv],[GI].*|G[bv],E[bv]") ? Kind.SAME
                    : map == 1 && operands.equals("X") ? Kind.SYSTEM_REGISTER : Kind.UNKNOWN;
            case "MOVZX", "MOVSX", "MOVSXD", "XADD", "NOT", "NEG", "SHL", "SHR", "SAR", "ROL", "ROR", "RCL", "RCR", "SHLD", "SHRD", "MOVNTI",
                    "CMPXCHG", "BT", "BTS", "BTR", "BTC", "CRC32" -> Kind.SAME;
            case "XCHG" -> first.startsWith("Z") ? Kind.EXCHANGE_ACCUMULATOR : Kind.SAME;
            case "INC", "DEC" -> first.startsWith("Z") ? Kind.STEP : Kind.SAME;
            case "IMUL", "MUL" -> Kind.MULTIPLY;
            case "DIV", "IDIV" -> Kind.DIVIDE;
            case "BSF", "BSR" -> Kind.SCAN;
            case "TZCNT", "LZCNT", "POPCNT" -> Kind.COUNT;
            case "LEA" -> Kind.LEA;
            case "BSWAP" -> Kind.BSWAP;
            case "CBW", "CWD", "CMC", "CLC", "STC" -> Kind.IMPLICIT;
            case "NOP", "PREFETCH" -> Kind.NOTHING;
            // of a register it is invalid on AMD's processors
            case "PREFETCHW" -> operands.equals("X") ? Kind.UNKNOWN : Kind.NOTHING;
            case "PUSH" -> first.startsWith("Z") ? Kind.PUSH : first.startsWith("I") ? Kind.PUSH_IMMEDIATE : first.equals("Ev") ? Kind.PUSH_OPERAND : Kind.UNKNOWN;
            case "POP" -> first.startsWith("Z") ? Kind.POP : Kind.UNKNOWN;
            case "LEAVE" -> Kind.LEAVE;
            case "CALL" -> first.equals("Jz") ? Kind.CALL : first.equals("Ev") ? Kind.CALL_INDIRECT : Kind.UNKNOWN;
            case "RET" -> first.equals("X") && (attributes & Table.N64) != 0 ? Kind.RETURN : Kind.UNKNOWN;
            case "JMP" -> first.startsWith("J") ? Kind.JUMP : first.equals("Ev") ? Kind.JUMP_INDIRECT : Kind.UNKNOWN;
            case "LOOP" -> Kind.LOOP;
            case "JCXZ" -> Kind.BRANCH_IF_ZERO;
            case "MOVS", "STOS" -> Kind.STRING;
            case "CMPXCHG8B" -> Kind.COMPARE_EXCHANGE_WIDE;
            case "CLD", "STD" -> Kind.DIRECTION;
            case "STAC", "CLAC" -> Kind.ALIGNMENT_CHECK;
            case "SWAPGS" -> Kind.SWAP_GS;
            case "RDPKRU" -> Kind.READ_KEYS;
            case "LFENCE", "MFENCE", "SFENCE" -> Kind.FENCE;
            case "SYSCALL" -> Kind.SYSTEM_CALL;
            case "SYSRET" -> Kind.SYSTEM_RETURN;
            case "CLI" -> Kind.CLEAR_INTERRUPTS;
            case "STI" -> Kind.SET_INTERRUPTS;
            case "PUSHF" -> Kind.PUSH_FLAGS;
            default -> {
                if (mnemonic.startsWith("SET") && first.equals("Eb") || mnemonic.startsWith("CMOV")) {
                    yield Kind.SAME;
                }
                yield mnemonic.startsWith("J") && first.startsWith("J") && reads != 0 && writes == 0 ? Kind.BRANCH : Kind.UNKNOWN;
            }
        };
    }

    /** The row of SSE whose operation an instruction under VEX carries out, in all lanes alike; null when there is none. */
    private Effect twin() {
        // both operands of a lane each, or a part of one register; counts of shifts for both lanes
        if (writes != 0 || !operands.matches("(Vx,(Hx,)?W(x|dq)|Vdq,(Hdq,)?[WU](dq|q|d)|Ux,Vx|Udq,(Hdq,)?V[qd])(,Ib)?|Wx,Vx|W[qd],V(q|d|dq)|Vdq,Ey|Ey,Vq")) {
            return null;
        }
        String shape = shape(operands.replaceAll(",H[a-z]+", ""));
        for (int id = 0; id < Table.rows(); id++) {
            if ((Table.attributes(id) & Table.SSE) != 0 && Table.map(id) == map - 3 && mnemonic.equals("V" + Table.mnemonic(id)) && shape.equals(shape(Table.operands(id)))) {
                Effect e = of(id);
                if (e.mandatory == mandatory && (e.kind == Kind.SIMD || e.kind == Kind.SIMD_STORE)) {
                    return e;
                }
            }
        }
        return null;
    }

    /** The kinds of operands alone. */
    private static String shape(String operands) {
        return operands.replaceAll("[a-z,]", "");
    }

    private Kind simd(String[] o) {
        // approximations, and which of several NaNs a dot product keeps, differ from one make of processor to another
        if (o.length < 2 || is(Trait.LEFT_ALONE) || "VWUEG".indexOf(operands.charAt(0)) < 0) {
            return Kind.UNKNOWN;
        }
        return o[0].startsWith("V") || o[0].startsWith("U") ? Kind.SIMD : Kind.SIMD_STORE;
    }
}
