package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
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
