package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.Test;

/** What a system does all the time stays in machine code: an instruction that is left to the interpreter costs as much as fifty that are not. */
class MachineCodeTest {

    private static final int ROUNDS = 1000;

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

    private static void assertStays(int... body) {
        assertThat(run(Guest.long64(), body).statistics().slow()).isLessThan(5);
    }

    private static Interpreter run(Guest g, int... body) {
        int i = 0;
        for (int x : body) {
            g.put8(Guest.CODE + i++, x);
        }
        g.put8(Guest.CODE + i, 0xEB);
        g.put8(Guest.CODE + i + 1, -i - 2);
        Interpreter engine = new Interpreter(g.c);
        engine.use(EngineKind.MACHINE_CODE, 1 << 20);
        engine.warmAfter(2);
        assertThat(engine.run(ROUNDS)).isEqualTo(RunResult.BUDGET);
        return engine;
    }
}
