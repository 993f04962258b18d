package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.StateLayout;
import dev.hv.cpu.state.Tlb;

/** Instructions whose registers are fixed: MOVS and STOS, repeated ones within a page, CMPXCHG8B and CMPXCHG16B. */
final class FixedRegisterCode {

    private static final int CMPXCHG8B = 0xC7;
    private static final int BYTE_OF_DF = 1;
    private static final int DF_IN_BYTE = 4;

    private final Emission x;
    private final MemoryAccess memory;
    private final Cpu c;

    FixedRegisterCode(Emission x, MemoryAccess memory, Cpu c) {
        this.x = x;
        this.memory = memory;
        this.c = c;
    }

    /** CMPXCHG8B and CMPXCHG16B: all registers are the host's own. */
    void compareExchangeWide() {
        Insn d = x.d;
        if (!memory.simple() || d.isReg || d.opcode != CMPXCHG8B) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        boolean wide = d.opSize == 64;
        if (x.needed[x.op + 1]) {
            x.flags.clobberForUse();
        }
        memory.operand(wide ? 16 : 8, true, wide ? 16 : 0, false);
        if (x.needed[x.op + 1]) {
            x.flags.need();
        }
        if (d.lock && c.parallel) {
            a.u8(0xF0);
        }
        a.memory(wide ? 64 : 32, 0, 1, CMPXCHG8B, 1, memory.found, false);
        x.flags.setSome();
    }

    /**
     * MOVS and STOS upwards in 64-bit code. Repeated ones here when all elements lie in one page, so that the interpreter would do them in one run,
     * too; else by {@link StringFunctions}.
     */
    void string() {
        Insn d = x.d;
        boolean moves = (d.opcode & ~1) == 0xA4;
        if ((d.mode & Modes.CODE64) == 0 || d.addrSize != 64 || d.segOverride >= Cpu.FS || d.rep == 0xF2) {
            x.slow();
            return;
        }
        Assembler a = x.code();
        int size = (d.opcode & 1) == 0 ? 1 : d.opSize / 8;
        int shift = Integer.numberOfTrailingZeros(size);
        x.flags.toMemory();
        a.state(8, 0xF6, 0, StateLayout.RFLAGS + BYTE_OF_DF);
        a.u8(DF_IN_BYTE);
        x.slowIf(Assembler.NOT_EQUAL);
        if (d.rep == 0) {
            single(moves, size);
            return;
        }
        // up to a page
        a.lea(64, S0, Assembler.RCX, -1);
        a.alu(64, Assembler.CMP, S0, (0x1000 >> shift) - 1);
        x.slowIfAny(Assembler.ABOVE);
        long function = x.strings.of(moves, size);
        range(Assembler.RDI, shift, true, function);
        a.store(64, StateLayout.TEMPORARY, S1);
        if (moves) {
            range(Assembler.RSI, shift, false, function);
            a.rr(64, 0x01, S1, Assembler.RSI);
        }
        a.load(64, S0, StateLayout.TEMPORARY);
        a.rr(64, 0x01, S0, Assembler.RDI);
        StringFunctions.repeat(a, moves, size);
        a.rr(64, 0x29, S0, Assembler.RDI);
        if (moves) {
            a.rr(64, 0x29, S1, Assembler.RSI);
        }
    }

    /** Checks that all elements from a register on lie in one page that the translation cache knows; leaves its addend in S1. */
    private void range(int register, int shift, boolean write, long function) {
        Assembler a = x.code();
        a.lea(64, S0, register, Assembler.RCX, shift, -1);
        a.move(64, S1, register);
        a.shift(64, Assembler.SHR, S1, 7);
        a.alu(32, Assembler.AND, S1, (int) Tlb.INDEX_MASK);
        a.alu(64, Assembler.AND, S0, -0x1000);
        a.state(64, 0x0B, S0, StateLayout.CTX);
        a.indexed(64, 0x3B, S0, S1, StateLayout.TLB + (write ? Long.BYTES : 0));
        x.callIf(Assembler.NOT_EQUAL, function);
        a.indexed(64, 0x8B, S1, S1, StateLayout.TLB + 2 * Long.BYTES);
    }

    private void single(boolean moves, int size) {
        Assembler a = x.code();
        if (moves) {
            // both are looked up before anything is read: a fault of the destination finds nothing changed
            memory.at(Assembler.RSI, 0, size, false);
            load(size);
            a.store(64, StateLayout.TEMPORARY, S1);
        }
        memory.at(Assembler.RDI, 0, size, true);
        int from = Assembler.RAX;
        if (moves) {
            a.load(64, S1, StateLayout.TEMPORARY);
            from = S1;
        }
        a.memory(size * 8, 0, 0, size == 1 ? 0x88 : 0x89, from, memory.found, false);
        a.lea(64, Assembler.RDI, Assembler.RDI, size);
        if (moves) {
            a.lea(64, Assembler.RSI, Assembler.RSI, size);
        }
    }

    private void load(int size) {
        Assembler a = x.code();
        if (size == 1) {
            a.memory(32, 0, 1, 0xB6, S1, memory.found, false);
        } else {
            a.memory(size * 8, 0, 0, 0x8B, S1, memory.found, false);
        }
    }
}
