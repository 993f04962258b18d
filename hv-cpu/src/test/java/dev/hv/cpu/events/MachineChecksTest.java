package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;

/** Machine checks: what banks log (SDM vol. 3B, 16.3.2.2.1), and #MC (16.3.1.2 and vol. 3A, table 7-2). */
class MachineChecksTest {

    private static final long HANDLER = 0x11_0000;
    private static final int BANK = 4;
    private static final long CORRECTED = MachineChecks.VALID | 0x9F;
    private static final long UNCORRECTED = CORRECTED | MachineChecks.UNCORRECTED;
    /** A corrected error, as it is counted. */
    private static final long ONE = 1L << 38;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;

    MachineChecksTest() {
        g.gate64(Vector.MC, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
        g.gate64(Vector.NMI, Guest.KERNEL_CODE, HANDLER + 0x1000, 14, 0, 0);
        c.cr4 |= Control.CR4_MCE;
        c.machineCheck[4 * BANK] = -1;
    }

    private long status() {
        return c.machineCheck[4 * BANK + 1];
    }

    @Test
    void aBankKeepsItsFirstErrorUnlessTheNextIsWorse() {
        MachineChecks.log(c, BANK, CORRECTED | MachineChecks.ADDRESS, 0x1000, 7);
        assertThat(status()).isEqualTo(CORRECTED | MachineChecks.ADDRESS | MachineChecks.ENABLED | ONE);
        assertThat(c.machineCheck[4 * BANK + 2]).isEqualTo(0x1000);
        assertThat(c.machineCheck[4 * BANK + 3]).as("no MISCV").isZero();
        MachineChecks.log(c, BANK, CORRECTED | 1, 0x2000, 0);
        assertThat(status()).isEqualTo(CORRECTED | MachineChecks.ADDRESS | MachineChecks.ENABLED | MachineChecks.OVERFLOW | 2 * ONE);
        MachineChecks.log(c, BANK, UNCORRECTED, 0, 0);
        assertThat(status()).isEqualTo(UNCORRECTED | MachineChecks.ENABLED | MachineChecks.OVERFLOW);
        MachineChecks.log(c, BANK, UNCORRECTED | 1, 0, 0);
        assertThat(status()).isEqualTo(UNCORRECTED | MachineChecks.ENABLED | MachineChecks.OVERFLOW);
    }

    @Test
    void aBankThatIsOffLogsAndSignalsNothing() {
        c.machineCheck[4 * BANK] = 0;
        MachineChecks.log(c, BANK, UNCORRECTED, 0, 0);
        assertThat(status()).isEqualTo(UNCORRECTED);
        assertThat(MachineChecks.signals(c, BANK, UNCORRECTED)).isFalse();
        c.machineCheck[4 * BANK] = -1;
        assertThat(MachineChecks.signals(c, BANK, UNCORRECTED)).isTrue();
        assertThat(MachineChecks.signals(c, BANK, CORRECTED)).isFalse();
    }

    /** An interrupt comes with the error that makes the count the threshold, and with none before or after (SDM vol. 3B, 16.5.1). */
    @Test
    void correctedErrorsInterruptAtTheirThreshold() {
        var apic = new PendingVector();
        c.apic = apic;
        c.machineCheckControl2[BANK] = MachineChecks.CMCI_ENABLE | 3;
        for (int i = 1; i <= 5; i++) {
            MachineChecks.log(c, BANK, CORRECTED, 0, 0);
            assertThat(apic.correctedErrors).as("after %d", i).isEqualTo(i < 3 ? 0 : 1);
            assertThat(status() >>> 38 & MachineChecks.THRESHOLD).isEqualTo(i);
        }
        c.machineCheck[4 * BANK + 1] = 0;
        c.machineCheckControl2[BANK] = 1;
        MachineChecks.log(c, BANK, CORRECTED, 0, 0);
        assertThat(apic.correctedErrors).as("not enabled").isEqualTo(1);
        c.machineCheck[4 * BANK + 1] = 0;
        c.machineCheckControl2[BANK] |= MachineChecks.CMCI_ENABLE;
        MachineChecks.log(c, BANK, UNCORRECTED, 0, 0);
        assertThat(apic.correctedErrors).as("not corrected").isEqualTo(1);
    }

    @Test
    void aMachineCheckComesBeforeAnNmiAndWakesAHaltedProcessor() {
        c.activity = Cpu.HALTED;
        MachineChecks.log(c, BANK, UNCORRECTED, 0, 0);
        MachineChecks.signal(c);
        c.raise(Cpu.EVENT_NMI);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.rip).isEqualTo(HANDLER);
        assertThat(c.activity).isEqualTo(Cpu.ACTIVE);
        assertThat(c.mcgStatus).isEqualTo(MachineChecks.IN_PROGRESS | MachineChecks.RESTART);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.rip).isEqualTo(HANDLER + 0x1000);
    }

    @Test
    void withACorruptContextThereIsNoWayBack() {
        MachineChecks.log(c, BANK, UNCORRECTED | MachineChecks.CONTEXT_CORRUPT, 0, 0);
        MachineChecks.signal(c);
        assertThat(Events.take(c)).isTrue();
        assertThat(c.mcgStatus).isEqualTo(MachineChecks.IN_PROGRESS);
    }

    @Test
    void aSecondOneShutsTheProcessorDown() {
        MachineChecks.signal(c);
        Events.take(c);
        MachineChecks.signal(c);
        Events.take(c);
        assertThat(c.activity).isEqualTo(Cpu.SHUTDOWN);
    }

    @Test
    void withoutItsEnableTheProcessorShutsDown() {
        c.cr4 &= ~(long) Control.CR4_MCE;
        MachineChecks.signal(c);
        Events.take(c);
        assertThat(c.activity).isEqualTo(Cpu.SHUTDOWN);
        assertThat(c.mcgStatus).isZero();
    }

    @Test
    void aProcessorThatWaitsForItsStartHearsOfNothing() {
        c.activity = Cpu.WAIT_FOR_SIPI;
        MachineChecks.signal(c);
        assertThat(c.events & Cpu.EVENT_MACHINE_CHECK).isZero();
    }
}
