package dev.hv.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.Processor;
import dev.hv.cpu.apic.ApicRouter;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.PortBus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Waits of MWAIT, UMWAIT and TPAUSE on a machine: they end by a write, an interrupt or a time, and take no instructions meanwhile. */
class MonitorWaitTest {

    private static final int WAITER = 0x1000;
    private static final int WRITER = 0x2000;
    private static final int WATCHED = 0x3000;
    private static final int DONE = 0x3100;
    private static final int END_NANOS = 10_000_000;
    // monitor [ax]; xor eax, eax; mwait
    private static final String MWAIT = "0F01C8 6631C0 0F01C9";
    // umonitor ax; xor ax, ax; umwait eax
    private static final String UMWAIT = "F30FAEF0 31C0 F20FAEF0";
    // mov byte [DONE], 1; hlt
    private static final String FINISH = "C606003101 F4";
    // cli; mov ax, WATCHED; xor ecx, ecx; xor edx, edx
    private static final String SETUP = "FA B80030 6631C9 6631D2";

    private final SystemMemory memory = new SystemMemory(1 << 20);
    private final VirtualClock clock = VirtualClock.virtual(1_000, 1_000_000_000L, 0);
    private final Machine machine = new Machine(new SystemBus(memory), clock);
    private final List<Processor> processors = new ArrayList<>();

    @AfterEach
    void free() {
        memory.close();
    }

    /** A processor that begins with code at an address, in real mode. */
    private Cpu processor(int start, String... code) {
        int index = processors.size();
        var p = new Processor(index, CpuModels.parse("max"), machine.bus(), PortBus.NONE, clock, new ApicRouter(), () -> 0);
        Cpu c = p.cpu();
        c.activity = Cpu.ACTIVE;
        c.seg[Cpu.CS].set(0, 0, 0xFFFF, 0x9B);
        c.rip = start;
        Modes.update(c);
        int at = start;
        for (String part : code) {
            String bytes = part.replace(" ", "");
            for (int i = 0; i < bytes.length(); i += 2) {
                memory.write(at++, 1, Integer.parseInt(bytes.substring(i, i + 2), 16));
            }
        }
        processors.add(p);
        machine.add(new BareProcessor(p));
        return c;
    }

    /** A processor that writes a byte after 20,000 turns of a loop: mov cx, 20000; loop $; mov byte [address], 5; cli; hlt. */
    private void writer(int address) {
        processor(WRITER, "B9204E E2FE C606%02X%02X05 FA F4".formatted(address & 0xFF, address >> 8));
    }

    private void run() {
        clock.timer("end", machine::powerOff).arm(END_NANOS);
        machine.run(RunLimits.NONE);
    }

    private boolean done() {
        return memory.read(DONE, 1) == 1;
    }

    @Test
    void aWriteToTheLineEndsTheWaitAndNothingRunsBefore() {
        Cpu waiter = processor(WAITER, SETUP, MWAIT, FINISH);
        writer(WATCHED + 63);
        run();
        assertThat(done()).isTrue();
        assertThat(waiter.progress()).isLessThan(12);
    }

    @Test
    void aWriteBesideTheLineDoesNot() {
        Cpu waiter = processor(WAITER, SETUP, MWAIT, FINISH);
        writer(WATCHED + 64);
        run();
        assertThat(done()).isFalse();
        assertThat(waiter.activity).isEqualTo(Cpu.WAITING);
        assertThat(clock.nanos()).isEqualTo(END_NANOS);
    }

    @Test
    void aDeviceThatWritesToTheLineEndsTheWait() {
        processor(WAITER, SETUP, MWAIT, FINISH);
        clock.timer("device", () -> memory.write(WATCHED, 1, 1)).arm(5_000_000);
        run();
        assertThat(done()).isTrue();
    }

    @Test
    void aWriteBetweenMonitorAndMwaitLeavesNoWait() {
        processor(WAITER, SETUP, "0F01C8 6631C0 C606003009 0F01C9", FINISH);
        run();
        assertThat(done()).isTrue();
    }

    @Test
    void withoutMonitorThereIsNoWait() {
        processor(WAITER, SETUP, "0F01C9", FINISH);
        run();
        assertThat(done()).isTrue();
    }

    @Test
    void aMaskedInterruptEndsTheWaitThatSaysSo() {
        for (int ecx = 0; ecx <= 1; ecx++) {
            memory.write(DONE, 1, 0);
            // mov cl, 0 or 1 behind monitor
            Cpu waiter = processor(WAITER, SETUP, "0F01C8 6631C0 B10%d 0F01C9".formatted(ecx), FINISH);
            clock.timer("interrupt", () -> waiter.raise(Cpu.EVENT_INTERRUPT)).arm(clock.nanos() + 1_000_000);
            clock.timer("end", machine::powerOff).arm(clock.nanos() + END_NANOS);
            machine.run(RunLimits.NONE);
            assertThat(done()).as("ECX " + ecx).isEqualTo(ecx == 1);
        }
    }

    @Test
    void userWaitsEndByAWrite() {
        Cpu waiter = processor(WAITER, SETUP, "66BAFFFFFF00", UMWAIT, "0F92060131", FINISH);
        writer(WATCHED);
        run();
        assertThat(done()).isTrue();
        assertThat(memory.read(DONE + 1, 1)).isZero();
        assertThat(waiter.progress()).isLessThan(14);
    }

    @Test
    void aPauseEndsAtItsTime() {
        // mov eax, 2000000 (ticks of a nanosecond); xor cx, cx; tpause ecx; setc [DONE + 1]
        Cpu waiter = processor(WAITER, SETUP, "66B880841E00 31C9 660FAEF1 0F92060131 ", FINISH);
        clock.timer("look", () -> assertThat(done()).isFalse()).arm(1_999_000);
        clock.timer("again", () -> assertThat(done()).isTrue()).arm(2_001_000);
        run();
        assertThat(done()).isTrue();
        assertThat(memory.read(DONE + 1, 1)).isZero();
        assertThat(waiter.progress()).isLessThan(12);
    }

    @Test
    void theSystemsLimitEndsAPauseAndSetsCarry() {
        Cpu waiter = processor(WAITER, SETUP, "66B880841E00 31C9 660FAEF1 0F92060131 ", FINISH);
        waiter.umwaitControl = 500_000;
        clock.timer("look", () -> assertThat(done()).isFalse()).arm(499_000);
        clock.timer("again", () -> assertThat(done()).isTrue()).arm(501_000);
        run();
        assertThat(memory.read(DONE + 1, 1)).isEqualTo(1);
    }

    @Test
    void aWaitIsSavedAndGoesOn() {
        Cpu waiter = processor(WAITER, SETUP, MWAIT, FINISH);
        clock.timer("end", machine::powerOff).arm(END_NANOS);
        machine.run(RunLimits.NONE);
        var out = new SectionWriter();
        processors.getFirst().save(out);
        waiter.monitor.disarm();
        waiter.activity = Cpu.HALTED;
        processors.getFirst().restore(new SectionReader(out.toBytes()));
        assertThat(waiter.activity).isEqualTo(Cpu.WAITING);
        clock.timer("device", () -> memory.write(WATCHED + 1, 1, 1)).arm(END_NANOS + 1000);
        clock.timer("end", machine::powerOff).arm(2 * END_NANOS);
        machine.run(RunLimits.NONE);
        assertThat(done()).isTrue();
    }
}
