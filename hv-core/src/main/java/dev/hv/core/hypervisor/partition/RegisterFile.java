package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Segment;

/**
 * A virtual processor's registers. While it runs, most of them live in its {@link HardwareContext}; {@link #cpu} holds them otherwise, and
 * always those that hardware virtualisation does not know.
 */
public final class RegisterFile implements Saveable {

    private static final int VERSION = 1;

    private final Cpu cpu;
    private final Partition partition;
    private HardwareContext context;

    RegisterFile(Cpu cpu, Partition partition) {
        this.cpu = cpu;
        this.partition = partition;
        Reset.powerOn(cpu);
    }

    /** Registers; up to date after {@link HardwareContext#store}. */
    Cpu cpu() {
        return cpu;
    }

    HardwareContext context() {
        return context;
    }

    void setContext(HardwareContext newContext) {
        context = newContext;
    }

    /** Reads a register by its name in the TLFS; null for one that does not exist. */
    public HvRegisterValue get(int name) {
        if (name == HvRegister.GUEST_OS_ID) {
            GuestInterface guest = partition.guestInterface();
            return guest == null ? null : HvRegisterValue.of(guest.guestOsId());
        }
        if (name >= HvRegister.GUEST_CRASH_P0 && name <= HvRegister.GUEST_CRASH_P4) {
            GuestInterface guest = partition.guestInterface();
            return guest == null ? null : HvRegisterValue.of(guest.crash(name - HvRegister.GUEST_CRASH_P0));
        }
        if (name == HvRegister.PENDING_INTERRUPTION) {
            return HvRegisterValue.of(PendingInterruption.of(context.queued()));
        }
        context.store();
        return CpuRegisters.get(cpu, name);
    }

    /** Writes a register by its name in the TLFS. */
    public HvStatus set(int name, HvRegisterValue value) {
        if (name >= HvRegister.GUEST_CRASH_P0 && name <= HvRegister.GUEST_CRASH_P4) {
            GuestInterface guest = partition.guestInterface();
            return guest != null && guest.setCrash(name - HvRegister.GUEST_CRASH_P0, value.low()) ? HvStatus.SUCCESS : HvStatus.UNKNOWN_REGISTER;
        }
        if (name == HvRegister.PENDING_INTERRUPTION) {
            var event = new PendingEvent();
            if (!PendingInterruption.read(value.low(), event)) {
                return HvStatus.INVALID_REGISTER_VALUE;
            }
            context.inject(event);
            return HvStatus.SUCCESS;
        }
        context.store();
        HvStatus status = CpuRegisters.set(cpu, name, value);
        context.load();
        return status;
    }

    /** INIT (SDM vol. 3A, 9.1.1). */
    void init() {
        context.store();
        Reset.init(cpu);
    }

    /** A start-up interrupt: real mode, at the page that its vector names. */
    void startUp(int vector) {
        context.store();
        cpu.seg[Cpu.CS].set(vector << 8, (long) vector << 12, 0xFFFF, Segment.REAL_CODE);
        cpu.rip = 0;
        context.load();
    }

    /** All are here afterwards, none in a logical processor. */
    void rest() {
        context.rest();
        if (cpu.virtualization == null) {
            cpu.tlb.flushAll();
        } else {
            cpu.virtualization.dropTranslations();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("registers", VERSION);
        cpu.save(out);
        if (cpu.virtualization != null) {
            cpu.virtualization.save(out);
        }
        context.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("registers", VERSION);
        cpu.restore(in);
        if (cpu.virtualization != null) {
            int events = cpu.events;
            cpu.virtualization.restore(in);
            // entering guest operation again has looked for events of its own
            cpu.events = events;
        }
        context.restore(in);
        in.end();
    }
}
