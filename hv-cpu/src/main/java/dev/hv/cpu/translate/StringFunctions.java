package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.RBP;
import static dev.hv.cpu.translate.Assembler.RBX;
import static dev.hv.cpu.translate.Assembler.RCX;
import static dev.hv.cpu.translate.Assembler.RDI;
import static dev.hv.cpu.translate.Assembler.RSI;
import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.state.StateLayout;
import dev.hv.cpu.state.Tlb;
import java.util.ArrayList;
import java.util.List;

/**
 * Functions that carry out repeated MOVS and STOS over the ends of pages, upwards in 64-bit code: up to a page of elements that are aligned, so
 * that each lies in one page and the interpreter would do them in runs. Nothing is done before all pages, two of each operand at most, are
 * known to be in the first way of the translation cache.
 */
final class StringFunctions {

    /** By log2 of the element's size: STOS, behind them MOVS. */
    private final long[] functions = new long[8];
    private final Assembler a;
    private final List<Integer> failures = new ArrayList<>();

    /** Writes them. */
    StringFunctions(Assembler a) {
        this.a = a;
        for (int i = 0; i < functions.length; i++) {
            functions[i] = a.here();
            write(i >= 4, i & 3);
            a.align(16);
        }
    }

    /** The function for elements of so many bytes; it returns with ZF set when all of them are done, else nothing is. Destroys the scratch registers. */
    long of(boolean moves, int size) {
        return functions[(moves ? 4 : 0) + Integer.numberOfTrailingZeros(size)];
    }

    private void write(boolean moves, int shift) {
        failures.clear();
        // PUSH rbx; PUSH rbp
        a.bytes(0x53, 0x55);
        check(RDI, shift, true);
        if (moves) {
            check(RSI, shift, false);
        }
        long next = a.here();
        room(a, RBX, RDI);
        if (moves) {
            room(a, RBP, RSI);
            least(32, RBX, RBP);
        }
        if (shift != 0) {
            a.shift(32, Assembler.SHR, RBX, shift);
        }
        least(64, RBX, RCX);
        // XCHG: the elements of this page, and what is left behind them
        a.rr(64, 0x87, RBX, RCX);
        a.rr(64, 0x29, RCX, RBX);
        int addend = StateLayout.TLB + 2 * Long.BYTES;
        place(a, RDI);
        a.indexed(64, 0x8B, S0, S1, addend);
        if (moves) {
            place(a, RSI);
            a.indexed(64, 0x8B, S1, S1, addend);
            a.rr(64, 0x01, S1, RSI);
        }
        a.rr(64, 0x01, S0, RDI);
        repeat(a, moves, 1 << shift);
        a.rr(64, 0x29, S0, RDI);
        if (moves) {
            a.rr(64, 0x29, S1, RSI);
        }
        a.move(64, RCX, RBX);
        a.rr(64, 0x85, RCX, RCX);
        a.bind(a.jumpIf(Assembler.NOT_EQUAL), next);
        for (int at : failures) {
            a.bind(at, a.here());
        }
        // POP rbp; POP rbx; RET
        a.bytes(0x5D, 0x5B, 0xC3);
    }

    /** REP MOVS or REP STOS. */
    static void repeat(Assembler a, boolean moves, int size) {
        a.u8(0xF3);
        if (size == 2) {
            a.u8(0x66);
        }
        if (size == 8) {
            a.u8(0x48);
        }
        a.u8((moves ? 0xA4 : 0xAA) | (size == 1 ? 0 : 1));
    }

    /** Fails unless the first and the last page of an operand are known. */
    private void check(int register, int shift, boolean write) {
        a.move(64, S0, register);
        if (shift != 0) {
            a.alu(32, Assembler.AND, S0, (1 << shift) - 1);
            failures.add(a.jumpIf(Assembler.NOT_EQUAL));
            a.move(64, S0, register);
        }
        known(write);
        a.lea(64, S0, register, RCX, shift, -1);
        known(write);
    }

    private void known(boolean write) {
        place(a, S0);
        a.alu(64, Assembler.AND, S0, -0x1000);
        a.state(64, 0x0B, S0, StateLayout.CTX);
        a.indexed(64, 0x3B, S0, S1, StateLayout.TLB + (write ? Long.BYTES : 0));
        failures.add(a.jumpIf(Assembler.NOT_EQUAL));
    }

    /** Offset of the entry for an address, in S1. */
    static void place(Assembler a, int register) {
        a.move(64, S1, register);
        a.shift(64, Assembler.SHR, S1, 7);
        a.alu(32, Assembler.AND, S1, (int) Tlb.INDEX_MASK);
    }

    /** Bytes from an address to the end of its page: 4096 less its low bits. */
    static void room(Assembler a, int to, int address) {
        a.move(32, to, address);
        a.alu(32, Assembler.OR, to, -0x1000);
        // NEG
        a.rr(32, 0xF7, 3, to);
    }

    /** CMP and CMOVA. */
    private void least(int size, int of, int and) {
        a.rr(size, 0x39, and, of);
        a.registers(size, 0, 1, 0x47, of, and, false);
    }
}
