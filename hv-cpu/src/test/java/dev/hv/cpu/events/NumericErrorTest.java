package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.NumericErrorPins;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** x87 errors with CR0.NE clear: FERR#, IGNNE# and an interrupt instead of #MF (SDM vol. 1, 8.7.2). */
class NumericErrorTest {

    private static final int HANDLER = 0x120000;
    private static final int HLT = 0xF4;
    private static final int DATA = 0x180000;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;
    private final Interpreter engine = new Interpreter(c);
    private final List<String> pins = new ArrayList<>();
    private boolean ignore;

    NumericErrorTest() {
        c.apic = new PendingVector();
        c.cr0 &= ~Control.CR0_NE;
        c.numericErrors = new NumericErrorPins() {
            @Override
            public boolean raise() {
                pins.add("raise");
                return ignore;
            }

            @Override
            public void lower() {
                pins.add("lower");
            }
        };
        code(HANDLER, HLT);
        g.gate64(0x75, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.gate64(16, Guest.KERNEL_CODE, HANDLER + 0x100, 14, 0, 0);
        code(HANDLER + 0x100, HLT);
        // division by zero unmasked
        g.put16(DATA, 0x37B);
        Modes.update(c);
    }

    private void code(int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            g.put8(at + i, bytes[i]);
        }
    }

    /** fninit; fldcw [DATA]; fld1; fldz; fdivp; nop: 17 bytes. */
    private void divide(int... then) {
        code(Guest.CODE, 0xDB, 0xE3, 0xD9, 0x2C, 0x25, 0, 0, 0x18, 0, 0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x90);
        code(Guest.CODE + 16, then);
        c.rip = Guest.CODE;
    }

    @Test
    void the_waiting_instruction_stands_until_an_interrupt() {
        // fwait; hlt
        divide(0x9B, HLT);
        assertThat(engine.run(100)).isEqualTo(RunResult.HALT);
        assertThat(c.rip).isEqualTo(Guest.CODE + 16);
        assertThat(c.instructions).as("FWAIT has not retired").isEqualTo(6);
        assertThat(pins).containsExactly("raise");
        ((PendingVector) c.apic).vector = 0x75;
        c.raise(Cpu.EVENT_INTERRUPT);
        engine.run(100);
        assertThat(c.rip).isEqualTo(HANDLER + 1);
        assertThat(g.get64(c.gpr(Cpu.RSP))).isEqualTo(Guest.CODE + 16);
    }

    @Test
    void an_ignored_error_lets_the_instruction_run() {
        ignore = true;
        // fld1; fnclex; hlt
        divide(0xD9, 0xE8, 0xDB, 0xE2, HLT);
        engine.run(100);
        assertThat(c.rip).isEqualTo(Guest.CODE + 21);
        assertThat(pins).as("FNCLEX takes FERR# back").containsExactly("raise", "lower");
    }

    @Test
    void instructions_that_do_not_wait_report_nothing() {
        // fnstsw ax; fninit; hlt
        divide(0xDF, 0xE0, 0xDB, 0xE3, HLT);
        engine.run(100);
        assertThat(c.rip).isEqualTo(Guest.CODE + 21);
        assertThat(c.gpr(Cpu.RAX) & 0x80).isEqualTo(0x80);
        assertThat(pins).isEmpty();
    }

    @Test
    void mmx_waits_too() {
        // movd mm0, eax; hlt
        divide(0x0F, 0x6E, 0xC0, HLT);
        assertThat(engine.run(100)).isEqualTo(RunResult.HALT);
        assertThat(c.rip).isEqualTo(Guest.CODE + 16);
        assertThat(pins).containsExactly("raise");
    }

    @Test
    void a_saved_processor_takes_the_error_back_where_it_goes_on() {
        ignore = true;
        divide(0xD9, 0xE8, HLT);
        engine.run(100);
        NumericErrorTest other = new NumericErrorTest();
        RecordedState.copy(c, other.c);
        assertThat(other.c.mcgStatus).isEqualTo(c.mcgStatus);
        // fnclex; hlt
        other.code(Guest.CODE, 0xDB, 0xE2, HLT);
        other.c.rip = Guest.CODE;
        other.c.activity = Cpu.ACTIVE;
        other.engine.run(100);
        assertThat(other.pins).containsExactly("lower");
    }

    @Test
    void with_ne_set_it_is_an_exception() {
        c.cr0 |= Control.CR0_NE;
        divide(0x9B, HLT);
        engine.run(100);
        assertThat(c.rip).isEqualTo(HANDLER + 0x101);
        assertThat(pins).isEmpty();
    }
}
