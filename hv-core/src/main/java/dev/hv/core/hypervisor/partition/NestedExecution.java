package dev.hv.core.hypervisor.partition;

import dev.hv.core.emulation.InstructionEmulator;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.state.VmExitSignal;

/**
 * A virtual processor as a hypervisor: its guests. Its registers have a virtualisation unit of their own, the same that the hardware has. The instructions of
 * hardware virtualisation are carried out on them in software, as others are that exit, entries and exits of its guest with all their checks among them; the
 * hardware only runs the guest in between. So what such a guest meets is decided by carrying it out, and none of it is decided twice.
 */
public final class NestedExecution implements Saveable {

    private static final int VERSION = 1;

    private final VirtualProcessor vp;
    private final Cpu c;
    private final NestedFlush flush;
    /** The boundary before the next instruction of the guest is to be looked at: something was carried out in software, or came. */
    private boolean attention;
    /** Activity state of the guest, {@link Cpu#ACTIVE} while it executes instructions. */
    private int activity = Cpu.ACTIVE;

    NestedExecution(VirtualProcessor vp) {
        this.vp = vp;
        c = vp.registers();
        flush = new NestedFlush(vp);
    }

    /** Whether a guest of the processor's is what runs on it. */
    public boolean running() {
        return c.guest != null;
    }

    /** INIT waits: VMX operation blocks it, or a guest runs, whose hypervisor may ask for an exit. */
    boolean holdsInit() {
        return running() || c.virtualization.blocksInit(c);
    }

    /** Whether the guest waits for a start-up interrupt, which its hypervisor hears of. */
    boolean awaitsStartup() {
        return running() && activity == Cpu.WAIT_FOR_SIPI;
    }

    /** Whether something has come that a guest which waits is to look at. */
    boolean endsWait() {
        return vp.events().doorbellRung() || vp.events().startupPending() || vp.events().nmiPending() || vp.events().machineCheckPending() || vp.events().interruptRequested() || (c.events & Cpu.EVENT_GUEST) != 0;
    }

    /** Before the hardware is entered while a guest runs; false when it is not to be entered now. */
    boolean prepare() {
        EventDelivery events = vp.events();
        if (events.takeDoorbell()) {
            c.virtualization.doorbell(c);
        }
        if (attention || events.anything() || events.startupPending() || (c.events & Cpu.EVENT_GUEST) != 0 || c.guest.steps(c)) {
            boundary();
            if (!running() || stopped()) {
                return false;
            }
            boolean waits = events.nmiPending() || events.interruptRequested();
            boolean alone = activity == Cpu.ACTIVE && !vp.context().queued().present() && (c.guest.steps(c) || waits && c.shadow() != 0);
            // an access to a port of the owner's exits from the hardware
            if (alone && vp.tryStep()) {
                return false;
            }
        }
        if (activity != Cpu.ACTIVE) {
            return false;
        }
        HardwareContext context = vp.context();
        context.requestWindows((events.interruptRequested() || context.nested().waitsForWindow()) && !context.interruptible(), events.nmiPending() && !context.nmiPossible());
        return true;
    }

    private boolean stopped() {
        return vp.scheduling().ended() || vp.scheduling().interceptSuspended();
    }

    /** Exits and events between two instructions of the guest. */
    private void boundary() {
        InstructionEmulator emulator = vp.emulator(false);
        PendingEvent queued = vp.context().queued();
        if (queued.present()) {
            // its delivery has begun already: nothing comes between
            return;
        }
        c.activity = activity;
        VmExitSignal unreached = emulator.boundary(vp.events().raised(c));
        vp.events().left(emulator.left());
        vp.takeBack();
        attention = false;
        if (unreached != null && emulator.undelivered().present()) {
            vp.context().inject(emulator.undelivered());
        }
    }

    /** An instruction or event was carried out on the registers: what the guest waits for. */
    void settle(int newActivity) {
        activity = running() ? newActivity : Cpu.ACTIVE;
        attention = running();
    }

    /** An exit of the hardware while a guest runs: whether it was its hypervisor's affair, or ours to deal with without a word. */
    public boolean takes(VmExit exit) {
        if (!running()) {
            return false;
        }
        HardwareContext context = vp.context();
        switch (exit.kind) {
            case PHYSICAL_INTERRUPT, TIMER, INIT, SIPI -> { }
            case INTERRUPT_WINDOW, NMI_WINDOW -> attention = true;
            case NESTED_PAGE_FAULT -> {
                if (!context.nested().fill(exit)) {
                    vp.step(false);
                }
            }
            case DELIVER_EVENT -> {
                if (exit.gpa != VmExit.NOWHERE && context.nested().fill(exit)) {
                    context.inject(exit.event);
                } else {
                    vp.deliver(exit.event);
                }
            }
            case TRIPLE_FAULT -> {
                boolean exits = vp.emulator(false).tripleFault();
                vp.takeBack();
                if (!exits) {
                    vp.intercepts().unrecoverable();
                }
            }
            case MSR_READ, MSR_WRITE -> {
                boolean exits = vp.emulator(true).interceptsMsr(exit.length, exit.msr, exit.kind == VmExit.Kind.MSR_WRITE);
                if (exits) {
                    vp.takeBack();
                } else if (c.guest.virtualizesMsr(exit.msr)) {
                    instruction();
                    return true;
                }
                return exits;
            }
            case IO -> {
                return vp.tryStep();
            }
            case EXCEPTION -> exception(exit);
            case ENTRY_FAILED, UNSUPPORTED -> {
                return false;
            }
            case HYPERCALL -> {
                vp.emulator(true);
                if (!context.queued().present() && flush.carriesOut(exit.length)) {
                    flush.after();
                    vp.takeBack();
                } else {
                    instruction();
                }
            }
            case PAUSE -> {
                instruction();
                if (running()) {
                    vp.scheduling().yield();
                }
            }
            default -> instruction();
        }
        return true;
    }

    /** Whether its hypervisor has held events back (AMD-V's global interrupt flag). */
    boolean holdsEvents() {
        return c.eventsHeld;
    }

    private void instruction() {
        PendingEvent queued = vp.context().queued();
        if (queued.present()) {
            var event = new PendingEvent();
            event.set(queued);
            queued.clear();
            vp.deliver(event);
        } else {
            vp.step(false);
        }
    }

    /** A fault is met again when its instruction is carried out, or its event delivered; a trap comes after the instruction. */
    private void exception(VmExit exit) {
        if (exit.event.vector() == Vector.MF) {
            // with CR0.NE clear it is the owner's pins that report it
            if (!vp.tryStep()) {
                vp.intercepts().numericError();
            }
            return;
        }
        if (exit.event.vector() != Vector.DB || exit.event.kind().byInstruction() || vp.context().queued().present()) {
            instruction();
            return;
        }
        VmExitSignal unreached = vp.emulator(false).raise(Vector.DB, (int) exit.parameter);
        if (unreached == null) {
            vp.takeBack();
        } else {
            vp.context().inject(exit.event);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("nested-execution", VERSION);
        out.put("attention", attention);
        out.put("activity", activity);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("nested-execution", VERSION);
        attention = in.takeBoolean();
        activity = (int) in.take();
        in.end();
    }
}
