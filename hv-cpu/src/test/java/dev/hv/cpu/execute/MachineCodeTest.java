package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a system does all the time stays in machine code: an instruction that is left to the interpreter costs as much as fifty that are not. */
class MachineCodeTest {

    private static final int ROUNDS = 1000;
    private static final int SECOND = Guest.CODE + 0x1000;
    private static final int CROSSING = SECOND - 2;

    /** Shifts by more than one leave OF undefined, and the makes of processors differ in it. */
    @Test
    void shiftsWhoseFlagsAreAskedFor() {
        // SHR rax, 12; SHL r12d, 3; ROR bx, 5; SAR r9, cl; SHR dl, cl; ADD [200000h], eax, which asks for their flags if it faults; JMP back
        assertStays(0x48, 0xC1, 0xE8, 12, 0x41, 0xC1, 0xE4, 3, 0x66, 0xC1, 0xCB, 5, 0x49, 0xD3, 0xF9, 0xD2, 0xEA, 0x01, 0x04, 0x25, 0, 0, 0x20, 0);
    }

    /** Where nothing waits for it, and what follows cannot fault. */
    @Test
    void interruptsThatAreEnabled() {
        // CLI; STI; NOP; CLI; STI; XOR eax, eax
        assertStays(0xFA, 0xFB, 0x0F, 0x1F, 0x44, 0, 0, 0xFA, 0xFB, 0x31, 0xC0);
    }

    /** Two pages 16 MiB apart have one place in the translation cache: each has a way of it. */
    @Test
    void twoPagesOfOnePlace() {
        Guest g = Guest.long64();
        int page = 0x200000;
        int apart = 16 << 20;
        int table = 0x20000;
        g.put64(Guest.PAGES + 0x2000 + (page + apart >> 21) * 8, table | 7);
        g.put64(table, page + 0x1000 | 7);
        // MOV rax, [rsi]; ADD [rdi], rax; INC qword ptr [rsi]
        g.c.gpr(Cpu.RSI, page);
        g.c.gpr(Cpu.RDI, page + apart);
        Interpreter engine = run(g, 0x48, 0x8B, 0x06, 0x48, 0x01, 0x07, 0x48, 0xFF, 0x06);
        long rounds = ROUNDS / 4;
        assertThat(g.get64(page)).isEqualTo(rounds);
        assertThat(g.get64(page + 0x1000)).isEqualTo(rounds * (rounds - 1) / 2);
        assertThat(engine.statistics().fills()).isLessThan(10);
    }

    /** An instruction that crosses the end of its page, in a loop: MOV eax, 101h; ADD rbx, rax; MOV [rdx], cl; JMP back. */
    @Test
    void anInstructionAcrossPages() {
        Guest g = crossing(0x01);
        put(g, CROSSING + 5, 0x48, 0x01, 0xC3, 0x88, 0x0A, 0xE9, -(5 + 3 + 2 + 5), -1, -1, -1);
        g.c.rip = CROSSING;
        g.c.gpr(Cpu.RDX, 0x300000);
        Interpreter engine = start(g, ROUNDS);
        assertThat(g.c.gpr(Cpu.RBX)).isEqualTo(ROUNDS / 4 * 0x101L);
        assertThat(engine.statistics().entries()).isLessThan(10);
        // its part in the next page is written over, once: from the round behind that on it is another instruction
        g.c.gpr(Cpu.RDX, SECOND);
        g.c.gpr(Cpu.RCX, 2);
        engine.run(4);
        g.c.gpr(Cpu.RDX, 0x300000);
        g.c.gpr(Cpu.RBX, 0);
        engine.run(ROUNDS);
        assertThat(g.c.gpr(Cpu.RBX)).isEqualTo(ROUNDS / 4 * 0x201L);
    }

    /** Two address spaces that share an instruction's first page and have different second ones, with numbers (no flush) and without. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInstructionAcrossPagesInTwoAddressSpaces(boolean numbered) {
        Guest g = crossing(0x01);
        int other = 0x180000;
        int tables = 0x20000;
        g.put64(tables, tables + 0x1000 | 7);
        g.put64(tables + 0x1000, tables + 0x2000 | 7);
        g.put64(tables + 0x2000, tables + 0x3000 | 7);
        for (int page = 0; page < 2 << 20; page += 0x1000) {
            g.put64(tables + 0x3000 + (page >> 12) * 8, (page == SECOND ? other : page) | 7);
        }
        // ADD rbx, rax; JMP to the first instruction
        put(g, SECOND + 3, 0x48, 0x01, 0xC3, 0xE9, -0xB, 0xEF, -1, -1);
        put(g, other, 2, 0, 0, 0x48, 0x01, 0xC3, 0xE9, -0xB, 0xEF, -1, -1);
        // MOV cr3, rsi; XCHG rsi, rdi; JMP to the crossing instruction
        put(g, Guest.CODE, 0x0F, 0x22, 0xDE, 0x48, 0x87, 0xFE, 0xE9, CROSSING - Guest.CODE - 11, CROSSING - Guest.CODE - 11 >> 8, 0, 0);
        g.c.gpr(Cpu.RSI, tables | (numbered ? 1L << 63 | 1 : 0));
        g.c.gpr(Cpu.RDI, Guest.PAGES | (numbered ? 1L << 63 | 2 : 0));
        if (numbered) {
            g.c.cr4 |= Control.CR4_PCIDE;
            Modes.update(g.c);
        }
        start(g, 6 * ROUNDS);
        assertThat(g.c.gpr(Cpu.RBX)).isEqualTo(ROUNDS / 2 * (0x101L + 0x201L));
    }

    /** MOV eax, whose first two bytes are in another page than the last three, which are a number. */
    private static Guest crossing(int number) {
        Guest g = Guest.long64();
        put(g, CROSSING, 0xB8, 1, number, 0, 0);
        return g;
    }

    private static void put(Guest g, int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            g.put8(at + i, bytes[i]);
        }
    }

    /** Elements in two pages of either operand, none at all, overlaps in both directions; elements that lie over the end of a page themselves are the interpreter's. */
    @ParameterizedTest
    @ValueSource(ints = {0xA4, 0x66A5, 0xA5, 0x48A5, 0xAA, 0x66AB, 0xAB, 0x48AB})
    void repeatedMovesAndStoresOverTheEndsOfPages(int opcode) {
        Guest g = Guest.long64();
        Guest h = Guest.long64();
        Random random = new Random(opcode);
        int prefix = opcode >> 8;
        for (Guest x : new Guest[] {g, h}) {
            // NOP where there is no prefix of size; REP MOVS or STOS; MOV rbx, rcx; JMP back
            int[] head = prefix == 0x66 ? new int[] {0x66, 0xF3} : prefix == 0x48 ? new int[] {0xF3, 0x48} : new int[] {0x90, 0xF3};
            put(x, Guest.CODE, head[0], head[1], opcode, 0x48, 0x89, 0xCB, 0xEB, -8);
            x.c.gpr(Cpu.RAX, 0x123456789ABCDEFL);
            // pages that follow each other lie elsewhere in memory
            x.put64(Guest.pte(0x201000), 0x203000 | 7);
            x.put64(Guest.pte(0x203000), 0x201000 | 7);
            for (int i = 0; i < 0x3000; i += 8) {
                x.put64(0x200000 + i, 0x9E3779B97F4A7C15L * i);
            }
        }
        Interpreter engine = new Interpreter(g.c);
        engine.use(EngineKind.MACHINE_CODE, 1 << 20);
        engine.warmAfter(2);
        Interpreter expected = new Interpreter(h.c);
        expected.use(EngineKind.INTERPRETER, 0);
        int size = prefix == 0x48 ? 8 : prefix == 0x66 ? 2 : (opcode & 1) == 0 ? 1 : 4;
        int instructions = prefix == 0 ? 4 : 3;
        int rounds = 300;
        for (int i = 0; i < rounds; i++) {
            int aligned = i % 8 == 0 ? 1 : size;
            int from = 0x200000 + random.nextInt(0x2000) / aligned * aligned;
            int to = random.nextInt(3) == 0 ? from + random.nextInt(-3, 4) * aligned : 0x200000 + random.nextInt(0x2000) / aligned * aligned;
            int count = random.nextInt(5) == 0 ? 0 : random.nextInt(0x1000 / size + 1);
            for (Guest x : new Guest[] {g, h}) {
                x.c.gpr(Cpu.RSI, from);
                x.c.gpr(Cpu.RDI, Math.max(to, 0x200000));
                x.c.gpr(Cpu.RCX, count);
            }
            assertThat(engine.run(instructions)).isEqualTo(expected.run(instructions));
            assertThat(g.c.steps).isEqualTo(h.c.steps);
            for (int r : new int[] {Cpu.RSI, Cpu.RDI, Cpu.RCX, Cpu.RBX, Cpu.RBP, Cpu.RAX}) {
                assertThat(g.c.gpr(r)).isEqualTo(h.c.gpr(r));
            }
            for (int at = 0; at < 0x4000; at += 8) {
                if (g.get64(0x200000 + at) != h.get64(0x200000 + at)) {
                    assertThat(at).as("round %d: %x to %x, %d elements: another byte at", i, from, to, count).isNegative();
                }
            }
        }
        assertThat(engine.statistics().slow()).isLessThan(rounds / 5);
    }

    /** Reads of two to sixteen bytes whose pages lie apart in memory; what is read behind a flush is what is there then. */
    @Test
    void readsOverTheEndOfAPage() {
        Guest g = Guest.long64();
        // ADD rax, [rsi - 3]; ADD ebx, [rsi - 1]; ADD cx, [rsi - 1]; MOVDQU xmm1, [rsi - 9]; PADDB xmm0, xmm1; PUSH/POP rdx at the same place
        int[] body = {0x48, 0x03, 0x46, -3, 0x03, 0x5E, -1, 0x66, 0x03, 0x4E, -1, 0xF3, 0x0F, 0x6F, 0x4E, -9, 0x66, 0x0F, 0xFC, 0xC1, 0xFF, 0x76, -3, 0x5A};
        int end = 0x201000;
        g.put64(Guest.pte(end), 0x205000 | 7);
        g.put64(0x200FF0, 0x1122334455667788L);
        g.put64(0x200FF8, 0x99AABBCCDDEEFF01L);
        g.put64(end, -1);
        g.put64(0x205000, 0x0807060504030201L);
        g.c.gpr(Cpu.RSI, end);
        g.c.gpr(Cpu.RSP, 0x203800);
        g.c.gpr(Cpu.RAX, 0);
        g.c.gpr(Cpu.RBX, 0);
        g.c.gpr(Cpu.RCX, 0);
        g.c.xmm(0, 0);
        g.c.xmm(1, 0);
        Interpreter engine = run(g, body);
        long rounds = ROUNDS / 8;
        assertThat(engine.statistics().slow()).isLessThan(20);
        assertThat(g.c.gpr(Cpu.RAX)).isEqualTo(rounds * 0x050403020199AABBL);
        assertThat(g.c.gpr(Cpu.RBX)).isEqualTo(rounds * 0x03020199L & 0xFFFFFFFFL);
        assertThat(g.c.gpr(Cpu.RCX)).isEqualTo(rounds * 0x0199L & 0xFFFF);
        assertThat(g.c.gpr(Cpu.RDX)).isEqualTo(0x050403020199AABBL);
        assertThat(g.c.xmm(2)).isEqualTo(0xAABBCCDDEEFF0111L);
        assertThat(g.c.xmm(3)).isEqualTo(0x0706050403020199L);
        g.put64(Guest.pte(end), end | 7);
        g.c.tlb.flushPage(end);
        g.c.gpr(Cpu.RAX, 0);
        engine.run(ROUNDS);
        assertThat(g.c.gpr(Cpu.RAX)).isEqualTo(rounds * 0xFFFFFFFFFF99AABBL);
    }

    private static void assertStays(int... body) {
        assertThat(run(Guest.long64(), body).statistics().slow()).isLessThan(5);
    }

    private static Interpreter run(Guest g, int... body) {
        put(g, Guest.CODE, body);
        put(g, Guest.CODE + body.length, 0xEB, -body.length - 2);
        return start(g, ROUNDS);
    }

    private static Interpreter start(Guest g, int instructions) {
        Interpreter engine = new Interpreter(g.c);
        engine.use(EngineKind.MACHINE_CODE, 1 << 20);
        engine.warmAfter(2);
        assertThat(engine.run(instructions)).isEqualTo(RunResult.BUDGET);
        return engine;
    }
}
