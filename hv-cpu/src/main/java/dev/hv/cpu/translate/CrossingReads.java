package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.RAX;
import static dev.hv.cpu.translate.Assembler.RCX;
import static dev.hv.cpu.translate.Assembler.RDI;
import static dev.hv.cpu.translate.Assembler.RSI;
import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.state.StateLayout;

/**
 * Functions for reads over the end of a page: where both pages are in the first way of the translation cache, the bytes are brought together in the
 * state, and the instruction reads them there by an entry like those of the cache.
 */
final class CrossingReads {

    private static final int ADDEND = 2 * Long.BYTES;

    /** By log2 of the bytes; 0 for none. */
    private final long[] functions = new long[5];

    /** Writes them. */
    CrossingReads(Assembler a) {
        for (int shift = 1; shift < functions.length; shift++) {
            functions[shift] = a.here();
            write(a, 1 << shift);
            a.align(16);
        }
    }

    /**
     * The function for a read of so many bytes, 0 when there is none. It takes the address in S0 and gives the offset of the entry in S1, with ZF
     * set; where it cannot, ZF is clear and S0 as it was.
     */
    long of(int bytes) {
        return bytes > 1 && bytes <= 16 && Integer.bitCount(bytes) == 1 ? functions[Integer.numberOfTrailingZeros(bytes)] : 0;
    }

    private static void write(Assembler a, int bytes) {
        // PUSH rax, rcx, rsi, rdi
        a.bytes(0x50, 0x51, 0x56, 0x57);
        a.move(64, RAX, S0);
        int first = unknown(a);
        a.indexed(64, 0x8B, RSI, S1, StateLayout.TLB + ADDEND);
        a.lea(64, RAX, S0, bytes - 1);
        int second = unknown(a);
        a.indexed(64, 0x8B, S1, S1, StateLayout.TLB + ADDEND);
        // where both parts are, and how much is in the first page
        StringFunctions.room(a, RCX, S0);
        a.rr(64, 0x01, S0, RSI);
        a.rr(64, 0x01, S0, S1);
        a.rr(64, 0x01, RCX, S1);
        a.lea(64, RDI, Assembler.STATE, StateLayout.ACROSS_BYTES - Assembler.BIAS);
        // the addend is the distance from the address to the bytes: SUB; NEG
        a.rr(64, 0x29, RDI, S0);
        a.rr(64, 0xF7, 3, S0);
        a.state(64, 0x89, S0, StateLayout.ACROSS + ADDEND);
        a.move(32, RAX, RCX);
        // REP MOVSB
        a.bytes(0xF3, 0xA4);
        a.move(64, RSI, S1);
        a.constant(RCX, bytes);
        a.rr(32, 0x29, RAX, RCX);
        a.bytes(0xF3, 0xA4);
        a.constant(S1, StateLayout.ACROSS - StateLayout.TLB);
        a.rr(32, 0x31, RAX, RAX);
        a.bind(first, a.here());
        a.bind(second, a.here());
        // POP rdi, rsi, rcx, rax; RET
        a.bytes(0x5F, 0x5E, 0x59, 0x58, 0xC3);
    }

    /** Looks the page of the address in RAX up; the offset of its entry is in S1. @return a jump where it is not known */
    private static int unknown(Assembler a) {
        StringFunctions.place(a, RAX);
        a.alu(64, Assembler.AND, RAX, -0x1000);
        a.state(64, 0x0B, RAX, StateLayout.CTX);
        a.indexed(64, 0x3B, RAX, S1, StateLayout.TLB);
        return a.jumpIf(Assembler.NOT_EQUAL);
    }
}
