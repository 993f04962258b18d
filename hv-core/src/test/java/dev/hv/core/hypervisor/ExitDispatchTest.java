package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.StopReason;
import dev.hv.core.tlfs.HvInterruptType;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.VpStop;
import org.junit.jupiter.api.Test;

/** What the hypervisor does about exits, on prepared ones. */
class ExitDispatchTest {

    private final FakeBackend backend = new FakeBackend();
    private final Rig rig = new Rig().start(memory -> backend);
    private final Rig.Child child = rig.child(1 << 20).go();
    private final FakeBackend.Context context = backend.contexts.getFirst();

    private void runExits() {
        // after the prepared exits, an OUT that ends the run
        context.exit(VmExit.Kind.IO, e -> io(e, 0xF4, 1, false));
        assertThat(rig.run(100).kind()).isEqualTo(StopReason.Kind.POWER_OFF);
        context.calls.removeLast();
    }

    private static void io(VmExit e, int port, int size, boolean in) {
        e.port = port;
        e.size = size;
        e.in = in;
        e.string = false;
    }

    @Test
    void inputMergesIntoRaxByItsSize() {
        context.gpr[0] = 0x1122_3344_5566_7788L;
        child.inputValue = 0xDEAD_BEEF;
        context.exit(VmExit.Kind.IO, e -> io(e, 0x60, 1, true));
        runExits();
        assertThat(context.gpr[0]).isEqualTo(0x1122_3344_5566_77EFL);
        assertThat(child.log).containsExactly("in 60/1");
        assertThat(context.calls).containsExactly("advance 2");
        child.go();
        context.exit(VmExit.Kind.IO, e -> io(e, 0x60, 2, true));
        runExits();
        assertThat(context.gpr[0]).isEqualTo(0x1122_3344_5566_BEEFL);
        child.go();
        context.exit(VmExit.Kind.IO, e -> io(e, 0x60, 4, true));
        runExits();
        assertThat(context.gpr[0]).isEqualTo(0xDEAD_BEEFL);
    }

    @Test
    void outputCarriesTheLowBytesOfRax() {
        context.gpr[0] = 0x1122_3344_5566_7788L;
        context.exit(VmExit.Kind.IO, e -> io(e, 0x3F8, 1, false));
        context.exit(VmExit.Kind.IO, e -> io(e, 0xCF8, 4, false));
        runExits();
        assertThat(child.log).containsExactly("out 3f8/1=88", "out cf8/4=55667788");
    }

    @Test
    void hypervisorLeavesAreEmptyForAnUnenlightenedChild() {
        context.gpr[0] = 0x4000_0000;
        context.gpr[1] = 5;
        context.gpr[2] = 6;
        context.gpr[3] = 7;
        context.exit(VmExit.Kind.CPUID, e -> { });
        runExits();
        assertThat(context.gpr).startsWith(0, 0, 0, 0);
        assertThat(context.calls).containsExactly("advance 2");
    }

    @Test
    void timerDeadlineReachesTheVirtualApic() {
        child.set(HvRegister.APIC_REGISTERS + 0xF, HvRegisterValue.of(0x1FF));
        // the timer in TSC-deadline mode
        child.set(HvRegister.APIC_REGISTERS + 0x32, HvRegisterValue.of(2 << 17 | 0x41));
        context.gpr[0] = 0x8000_0001L;
        context.gpr[2] = 0x12;
        context.exit(VmExit.Kind.MSR_WRITE, e -> e.msr = 0x6E0);
        runExits();
        assertThat(context.calls).containsExactly("advance 2");
        VirtualProcessor vp = rig.hypervisor.partitions().get(child.id).processors().get(0);
        assertThat(vp.apic().tscDeadline()).isEqualTo(0x12_8000_0001L);
    }

    @Test
    void aHaltedProcessorRunsAgainWhenItsInterruptComes() {
        child.set(HvRegister.APIC_REGISTERS + 0xF, HvRegisterValue.of(0x1FF));
        context.exit(VmExit.Kind.HLT, e -> { });
        rig.clock.timer("device", () -> rig.winHv.assertVirtualInterrupt(child.id, HvInterruptType.FIXED, 0, false, 0x41, false)).arm(5_000_000);
        runExits();
        assertThat(rig.clock.nanos()).isBetween(5_000_000L, 5_001_000L);
        assertThat(context.calls).containsExactly("advance 2", "inject 0x41");
    }

    @Test
    void anInterruptThatCannotBeTakenAsksForAWindow() {
        child.set(HvRegister.APIC_REGISTERS + 0xF, HvRegisterValue.of(0x1FF));
        context.interruptFlag = false;
        rig.winHv.assertVirtualInterrupt(child.id, HvInterruptType.FIXED, 0, false, 0x41, false);
        context.exit(VmExit.Kind.INTERRUPT_WINDOW, e -> context.interruptFlag = true);
        runExits();
        assertThat(context.calls).containsExactly("window interrupt", "inject 0x41");
    }

    @Test
    void aTripleFaultEndsThePartitionWithItsRegisters() {
        context.exit(VmExit.Kind.TRIPLE_FAULT, e -> { });
        assertThat(rig.run(100).kind()).isEqualTo(StopReason.Kind.POWER_OFF);
        assertThat(child.stop.reason()).isEqualTo(VpStop.Reason.UNRECOVERABLE_EXCEPTION);
        assertThat(child.stop.partitionId()).isEqualTo(child.id);
        assertThat(child.stop.registers()).contains("rip ", "cr3 ", "efer ");
    }

    @Test
    void anExceptionOfOursEndsThePartitionAndNothingElse() {
        Rig.Child other = rig.child(1 << 20).go();
        context.exit(VmExit.Kind.IO, e -> {
            throw new IllegalStateException("model bug");
        });
        backend.contexts.get(1).exit(VmExit.Kind.IO, e -> io(e, 0x80, 1, false));
        backend.contexts.get(1).exit(VmExit.Kind.IO, e -> io(e, 0xF4, 1, false));
        assertThat(rig.run(100).kind()).isEqualTo(StopReason.Kind.POWER_OFF);
        assertThat(child.stop.reason()).isEqualTo(VpStop.Reason.INTERNAL_ERROR);
        assertThat(child.stop.detail()).contains("model bug");
        assertThat(other.log).containsExactly("out 80/1=0");
    }
}
