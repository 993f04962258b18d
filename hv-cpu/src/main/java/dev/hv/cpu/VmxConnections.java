package dev.hv.cpu;

import dev.hv.cpu.apic.ApicClock;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Virtualization;
import dev.hv.cpu.vmx.MsrAccess;
import dev.hv.cpu.vmx.TimerAlarm;
import dev.hv.cpu.vmx.VmxUnit;

/** What a VMX unit needs of its processor and machine. */
final class VmxConnections {

    private VmxConnections() {}

    /** The unit of a processor on its machine's clock. */
    static Virtualization unit(Cpu cpu, ProcessorClock clock) {
        var unit = new VmxUnit(cpu, new PrivilegedMsrs());
        unit.connect(new PreemptionTimer(unit, clock, cpu.index));
        return unit;
    }

    /** The MSR instructions' own access, for the MSR areas of VMX. */
    private static final class PrivilegedMsrs implements MsrAccess {
        @Override
        public long read(Cpu c, int msr) {
            return Msrs.read(c, msr);
        }

        @Override
        public void write(Cpu c, int msr, long value) {
            Msrs.write(c, msr, value);
        }
    }

    /** The preemption timer's alarm on the machine's clock. */
    private static final class PreemptionTimer implements TimerAlarm {
        private final ProcessorClock clock;
        private final ApicClock.Alarm alarm;

        PreemptionTimer(VmxUnit unit, ProcessorClock clock, int index) {
            this.clock = clock;
            alarm = clock.alarm("vmx" + index, unit::timerDue);
        }

        @Override
        public void set(long tsc) {
            alarm.set(clock.nanosAtTsc(tsc));
        }

        @Override
        public void cancel() {
            alarm.cancel();
        }

        @Override
        public void save(StateWriter out) {
            alarm.save(out);
        }

        @Override
        public void restore(StateReader in) {
            alarm.restore(in);
        }
    }
}
