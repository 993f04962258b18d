package dev.hv.cpu.translate;

import java.util.EnumSet;
import java.util.Set;

/** What the translator knows of single mnemonics beyond the instruction table; looked up once a row ({@link Effect#is}). */
enum Trait {
    /** A shift or rotate: a count of 0 leaves all flags. */
    SHIFT,
    /** Leaves AF alone or undefined, and sets the others. */
    SETS_BUT_ADJUST,
    /** Sets some flags and leaves others. */
    SETS_SOME,
    /** Its bit number, in a register, may select memory beyond the operand. */
    BIT_STRING,
    /** Both operands are written, or the accumulator beside them. */
    EXCHANGE,
    /** Its first operand, in ModRM, is only read. */
    ONLY_READS,
    /** Its first operand is written whole and not read. */
    ONLY_WRITES,
    /** Has an implicit mask in XMM0. */
    MASKED_BY_XMM0,
    /** Compares strings, of which one in explicit form has its length in RAX and RDX: writes flags, and an index to RCX or a mask to XMM0. */
    GIVES_INDEX,
    GIVES_MASK,
    /** Writes the whole of an XMM register and does not read it. */
    LOADS_VECTOR,
    /** Does so when the source is memory. */
    LOADS_FROM_MEMORY,
    /** Moves a whole vector as it is. */
    MOVES_VECTOR,
    /** A comparison whose predicate is the immediate. */
    PREDICATED,
    /** Makes of processors differ in its last bits, or which of its NaNs it keeps. */
    LEFT_ALONE,
    /** Under VEX without a twin in SSE, with code of its own. */
    OWN_VECTOR_CODE,
    /** CF is always clear after it. */
    CLEARS_CARRY;

    /** The traits of a mnemonic of the table. */
    static Set<Trait> of(String mnemonic) {
        Set<Trait> t = EnumSet.noneOf(Trait.class);
        switch (mnemonic) {
            case "SHL", "SHR", "SAR", "SHLD", "SHRD" -> {
                t.add(SHIFT);
                t.add(SETS_BUT_ADJUST);
            }
            case "ROL", "ROR", "RCL", "RCR" -> {
                t.add(SHIFT);
                t.add(SETS_SOME);
            }
            case "AND", "OR", "XOR" -> t.add(SETS_BUT_ADJUST);
            case "TEST" -> {
                t.add(SETS_BUT_ADJUST);
                t.add(ONLY_READS);
            }
            case "BT", "BTS", "BTR", "BTC" -> {
                t.add(BIT_STRING);
                t.add(SETS_SOME);
            }
            case "CMC", "CLC", "STC" -> t.add(SETS_SOME);
            case "XCHG", "XADD", "CMPXCHG" -> t.add(EXCHANGE);
            case "CMP", "PUSH", "JMP", "CALL", "MUL", "DIV", "IDIV", "COMISS", "COMISD", "UCOMISS", "UCOMISD", "PTEST" -> t.add(ONLY_READS);
            case "MOV", "MOVZX", "MOVSX", "MOVSXD", "MOVNTI", "POPCNT", "TZCNT", "LZCNT" -> t.add(ONLY_WRITES);
            case "BLENDVPS", "BLENDVPD", "PBLENDVB" -> t.add(MASKED_BY_XMM0);
            case "MOVAPS", "MOVAPD", "MOVUPS", "MOVUPD", "MOVDQA", "MOVDQU", "LDDQU", "MOVNTDQA" -> {
                t.add(LOADS_VECTOR);
                t.add(MOVES_VECTOR);
            }
            case "MOVD", "MOVQ", "MOVSLDUP", "MOVSHDUP", "MOVDDUP", "PSHUFD", "PSHUFHW", "PSHUFLW", "SQRTPS", "SQRTPD", "PABSB", "PABSW", "PABSD", "ROUNDPS",
                    "ROUNDPD", "CVTDQ2PS", "CVTDQ2PD", "CVTPS2DQ", "CVTPD2DQ", "CVTTPS2DQ", "CVTTPD2DQ", "CVTPS2PD", "CVTPD2PS" -> t.add(LOADS_VECTOR);
            case "MOVSS", "MOVSD" -> t.add(LOADS_FROM_MEMORY);
            case "CMPPS", "CMPPD", "CMPSS", "CMPSD" -> t.add(PREDICATED);
            case "RCPPS", "RCPSS", "RSQRTPS", "RSQRTSS", "DPPS", "DPPD" -> t.add(LEFT_ALONE);
            case "PCMPESTRI", "PCMPISTRI" -> t.add(GIVES_INDEX);
            case "PCMPESTRM", "PCMPISTRM" -> t.add(GIVES_MASK);
            case "VZEROUPPER", "VPMOVMSKB", "VPBROADCASTB" -> t.add(OWN_VECTOR_CODE);
            case "ANDN", "BEXTR" -> t.add(CLEARS_CARRY);
            default -> {
                if (mnemonic.startsWith("SET")) {
                    t.add(ONLY_WRITES);
                } else if (mnemonic.startsWith("PMOVSX") || mnemonic.startsWith("PMOVZX")) {
                    t.add(LOADS_VECTOR);
                }
            }
        }
        // BT alone writes nothing
        if (mnemonic.equals("BT")) {
            t.add(ONLY_READS);
        }
        return t;
    }
}
