package dev.hv.cpu.translate;

import dev.hv.cpu.decode.Decoder;
import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.decode.Table;
import dev.hv.cpu.memory.Page;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.Modes;

/**
 * Translates one block: decodes it again, finds out which flags somebody may ask for, and has every instruction written by those who know
 * its kind. What nobody knows is left to the operation of the interpreter, one instruction at a time.
 */
final class Translator {

    /** Most instructions of a block. */
    static final int MOST = 64;
    private static final int XCHG_R8 = 8;

    private final Cpu c;
    private final HostFeatures host;
    private final Emission x;
    private final IntegerCode integers;
    private final RegisterCode moves;
    private final ArithmeticCode arithmetic;
    private final ControlCode control;
    private final SimdCode simd;
    private final VexCode vex;
    private final X87Code x87;
    private final BitCode bits;
    private final SystemCode system;
    private final FixedRegisterCode fixed;
    private final Insn[] decoded = new Insn[MOST];
    private final Decoder[] decoders = new Decoder[MOST];
    private final Effect[] effects = new Effect[MOST];

    Translator(Cpu c, HostFeatures host, Emission x) {
        this.c = c;
        this.host = host;
        this.x = x;
        var memory = new MemoryAccess(x, !c.model.intel());
        integers = new IntegerCode(x, memory, c);
        moves = new RegisterCode(x, memory);
        arithmetic = new ArithmeticCode(x, memory, integers);
        control = new ControlCode(x, memory);
        simd = new SimdCode(x, memory);
        vex = new VexCode(x, memory);
        x87 = new X87Code(x, memory);
        bits = new BitCode(x, memory);
        system = new SystemCode(x, memory, c);
        fixed = new FixedRegisterCode(x, memory, c);
        for (int i = 0; i < MOST; i++) {
            decoded[i] = new Insn();
            decoders[i] = new Decoder(decoded[i], !c.model.intel());
        }
    }

    /** Whether the block is worth it. Decodes it. */
    boolean worth(Translatable b) {
        long page = c.bus.pageAddress(b.physical);
        long second = b.secondPage < 0 ? 0 : c.bus.pageAddress(b.secondPage);
        if (page == 0 || b.secondPage >= 0 && second == 0) {
            return false;
        }
        int unknown = 0;
        for (int i = 0; i < b.count; i++) {
            decode(b, page, second, i);
            effects[i] = effect(decoded[i]);
            unknown += effects[i].kind == Effect.Kind.UNKNOWN ? 1 : 0;
        }
        return unknown * 3 <= b.count;
    }

    private void decode(Translatable b, long page, long second, int i) {
        int length = b.offsets[i + 1] - b.offsets[i];
        int within = (int) (b.physical & 0xFFF) + b.offsets[i];
        long low = 0;
        long high = 0;
        for (int k = 0; k < length; k++) {
            int place = within + k;
            long v = Raw.get8(place < Page.SIZE ? page + place : second + place - Page.SIZE) & 0xFFL;
            if (k < 8) {
                low |= v << 8 * k;
            } else {
                high |= v << 8 * (k - 8);
            }
        }
        if (decoders[i].decode(low, high, length, b.rip + b.offsets[i], b.mode) != length) {
            // too long, which only raises #GP; or the bytes have changed under our hands, and the block is about to be dropped
            decoded[i].id = -1;
        }
    }

    private Effect effect(Insn d) {
        if (d.id < 0) {
            return Effect.of(-1);
        }
        Effect e = Effect.of(d.id);
        if (e.kind == Effect.Kind.VECTOR) {
            Feature needs = e.twin == null ? Feature.SSSE3 : e.twin.feature;
            return (d.mode & (Modes.AVX_UD | Modes.SIMD_NM)) == 0 && Table.available(d.id, d.wide, c.model) && host.has(needs) ? e : Effect.of(-1);
        }
        Feature feature = Table.feature(d.id);
        // these are not the host's instructions, but changes of the state
        boolean ours = e.kind == Effect.Kind.ALIGNMENT_CHECK || e.kind == Effect.Kind.READ_KEYS;
        if (feature != null && !(c.model.has(feature) && (ours || host.has(feature)))) {
            return Effect.of(-1);
        }
        int attributes = Table.attributes(d.id);
        if ((attributes & Table.PROT) != 0 && (d.mode & Modes.PROTECTED) == 0
                || (attributes & Table.SSE) != 0 && (d.mode & (Modes.SSE_UD | Modes.SIMD_NM)) != 0) {
            return Effect.of(-1);
        }
        if (e.kind == Effect.Kind.COUNT && !e.mnemonic.equals("POPCNT")) {
            Feature needs = e.mnemonic.equals("TZCNT") ? Feature.BMI1 : Feature.LZCNT;
            return c.model.has(needs) && host.has(needs) ? e : Effect.of(-1);
        }
        // 90 with REX.B is XCHG
        return e.kind == Effect.Kind.NOTHING && d.opcodeRegister() == XCHG_R8 && e.map == 0 ? Effect.of(-1) : e;
    }

    /** Writes the block's code. */
    void translate(Translatable b) {
        liveFlags(b);
        x.op = 0;
        x.begin(b);
        boolean open = true;
        for (int i = 0; i < b.count; i++) {
            x.op = i;
            x.d = decoded[i];
            x.e = effects[i];
            if (!x.needed[i]) {
                x.flags.drop();
            }
            if (x.needed[i + 1] && !(x.e.writes == Effect.ALL && x.e.reads == 0 && !x.e.shift)) {
                x.flags.writes(written(x.d, x.e));
            }
            x.start();
            open = one();
            x.done();
        }
        if (open) {
            x.op = b.count - 1;
            long next = b.rip + b.offsets[b.count];
            x.chain((b.mode & Modes.CODE64) != 0 ? next : next & 0xFFFFFFFFL);
        }
        x.finish();
    }

    private boolean one() {
        switch (x.e.kind) {
            case SAME -> integers.same();
            case IMPLICIT -> integers.implicit();
            case NOTHING -> {}
            case LEA -> moves.lea();
            case MOVE_IMMEDIATE -> moves.moveImmediate();
            case BSWAP -> moves.byteSwap();
            case EXCHANGE_ACCUMULATOR -> moves.exchangeAccumulator();
            case STEP -> integers.step();
            case MULTIPLY -> arithmetic.multiply();
            case DIVIDE -> arithmetic.divide();
            case SCAN -> arithmetic.scan();
            case COUNT -> arithmetic.count();
            case SIMD, SIMD_STORE -> simd.write();
            case VECTOR -> vex.write();
            case X87 -> x87.write();
            case BITS -> bits.write();
            case COMPARE_EXCHANGE_WIDE -> fixed.compareExchangeWide();
            case CLEAR_INTERRUPTS -> system.clearInterrupts();
            case SET_INTERRUPTS -> system.setInterrupts(x.op + 1 < x.block.count && stays(x.op + 1));
            case PUSH_FLAGS -> system.pushFlags();
            case DIRECTION -> system.direction(x.e.mnemonic.equals("STD"));
            case ALIGNMENT_CHECK -> system.alignmentCheck(x.e.mnemonic.equals("STAC"));
            case SWAP_GS -> system.swapGs();
            case SYSTEM_REGISTER -> system.moveSystemRegister();
            case READ_KEYS -> system.readKeys();
            case FENCE -> x.code().bytes(0x0F, 0xAE, x.d.modrm);
            case SYSTEM_CALL -> {
                return system.call();
            }
            case SYSTEM_RETURN -> {
                return system.sysret();
            }
            case STRING -> fixed.string();
            case PUSH -> {
                return control.push();
            }
            case PUSH_IMMEDIATE -> {
                return control.pushImmediate();
            }
            case PUSH_OPERAND -> {
                return control.pushOperand();
            }
            case POP -> {
                return control.pop();
            }
            case LEAVE -> {
                return control.leaveFrame();
            }
            case CALL -> {
                return control.call();
            }
            case CALL_INDIRECT -> {
                return control.callIndirect();
            }
            case RETURN -> {
                return control.ret();
            }
            case JUMP -> {
                return control.jump();
            }
            case JUMP_INDIRECT -> {
                return control.jumpIndirect();
            }
            case BRANCH -> {
                return control.branch();
            }
            case LOOP -> {
                return control.loop(true);
            }
            case BRANCH_IF_ZERO -> {
                return control.loop(false);
            }
            default -> x.slow();
        }
        return true;
    }

    /**
     * Finds out where flags are asked for: by instructions that read them, at the end of the block, and wherever the interpreter may be
     * asked for an instruction, which must find them as they are.
     */
    private void liveFlags(Translatable b) {
        boolean live = true;
        x.needed[b.count] = true;
        for (int i = b.count - 1; i >= 0; i--) {
            Effect e = effects[i];
            boolean keeps = e.writes != Effect.ALL || e.shift && (e.byCl || (decoded[i].imm & 31) == 0 && !e.operands.endsWith("1"));
            live = e.reads != 0 || leaves(decoded[i], e, live) || keeps && live;
            x.needed[i] = live;
        }
    }

    /** Whether an instruction is carried out by machine code alone, and the one behind it next. */
    private boolean stays(int i) {
        Effect e = effects[i];
        return e.kind == Effect.Kind.NOTHING || !leaves(decoded[i], e, x.needed[i + 1]);
    }

    /** Whether machine code may leave at an instruction, behind which somebody may ask for flags or not. */
    private static boolean leaves(Insn d, Effect e, boolean asked) {
        return switch (e.kind) {
            case NOTHING, LEA, MOVE_IMMEDIATE, BSWAP, EXCHANGE_ACCUMULATOR, STEP, IMPLICIT -> d.opSize == 16 || d.addrSize == 16;
            case SAME, MULTIPLY, SCAN, COUNT -> !d.isReg || asked && IntegerCode.undefinedOverflow(d, e) || e.is(Trait.EXCHANGE) || d.opSize == 16
                    || e.byteReg && d.byteShift(d.reg) != 0 || e.byteRm && d.byteShift(d.rm) != 0;
            case BITS -> !d.isReg;
            default -> true;
        };
    }

    /** Registers that an instruction writes, a bit each. */
    private static int written(Insn d, Effect e) {
        int r = 0;
        switch (e.kind) {
            case SAME, SCAN, COUNT -> {
                if (d.isReg && (e.rm & Effect.WRITE) != 0) {
                    r |= 1 << (e.byteRm ? d.byteRegister(d.rm) : d.rm);
                }
                if (e.general && (e.reg & Effect.WRITE) != 0) {
                    r |= 1 << (e.byteReg ? d.byteRegister(d.reg) : d.reg);
                }
                if (e.mnemonic.equals("CMPXCHG")) {
                    r |= 1 << Cpu.RAX;
                }
            }
            case MULTIPLY -> r = e.general ? 1 << d.reg : 1 << Cpu.RAX | 1 << Cpu.RDX;
            case DIVIDE, IMPLICIT, READ_KEYS -> r = 1 << Cpu.RAX | 1 << Cpu.RDX;
            case LEA -> r = 1 << d.reg;
            case MOVE_IMMEDIATE -> r = 1 << (e.operands.startsWith("Zb") ? d.byteRegister(d.opcodeRegister()) : d.opcodeRegister());
            case BSWAP, STEP -> r = 1 << d.opcodeRegister();
            case EXCHANGE_ACCUMULATOR -> r = 1 << d.opcodeRegister() | 1 << Cpu.RAX;
            case PUSH, PUSH_IMMEDIATE, PUSH_OPERAND, CALL, CALL_INDIRECT, RETURN -> r = 1 << Cpu.RSP;
            case POP -> r = 1 << Cpu.RSP | 1 << d.opcodeRegister();
            case LEAVE -> r = 1 << Cpu.RSP | 1 << Cpu.RBP;
            case LOOP -> r = 1 << Cpu.RCX;
            case SIMD_STORE -> r = (e.general ? 1 << d.reg : 0) | (d.isReg ? 1 << d.rm : 0);
            case BITS -> r = (e.general ? 1 << d.reg : 0) | (e.general && !e.mnemonic.equals("MULX") ? 0 : 1 << d.vvvv);
            case COMPARE_EXCHANGE_WIDE -> r = 1 << Cpu.RAX | 1 << Cpu.RDX;
            case STRING -> r = 1 << Cpu.RSI | 1 << Cpu.RDI | 1 << Cpu.RCX;
            case PUSH_FLAGS -> r = 1 << Cpu.RSP;
            case X87 -> r = e.mnemonic.equals("FNSTSW") ? 1 << Cpu.RAX : 0;
            case CLEAR_INTERRUPTS, SET_INTERRUPTS, NOTHING, FENCE, SIMD, JUMP, JUMP_INDIRECT, BRANCH, BRANCH_IF_ZERO -> r = e.is(Trait.GIVES_INDEX) ? 1 << Cpu.RCX : 0;
            default -> r = -1;
        }
        return r;
    }
}
