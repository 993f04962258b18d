package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.PendingEvent;

/**
 * The state of one virtual processor in the hardware's own form: VMCS or VMCB, and the registers that the hypervisor switches
 * itself. All methods are called on the thread of the virtual processor's logical processor, outside guest operation.
 */
public interface HardwareContext {

    /**
     * Enters the guest on a logical processor, any one, and stays until an exit; after {@code maxInstructions} one is brought about.
     *
     * @param exit receives what happened
     */
    void run(PhysicalProcessor on, long maxInstructions, VmExit exit);

    /** A general register by its encoding (0 RAX … 15 R15). */
    long gpr(int index);

    /** Sets a general register. */
    void setGpr(int index, long value);

    /** Half of an XMM register: 0 is bits 63:0. */
    long xmm(int register, int half);

    /** Sets half of an XMM register. */
    void setXmm(int register, int half, long value);

    /** Whether the guest runs 64-bit code. */
    boolean longMode();

    /** Whether the guest runs at privilege level 0 in protected mode. */
    boolean privileged();

    /** Drops the guest's address translations that the processor keeps. */
    void flush();

    /** Drops the guest's translations of one linear address. */
    void flush(long address);

    /** Moves RIP behind the instruction that exited and ends an interrupt shadow. */
    void advance(int length);

    /** Whether a maskable interrupt could be delivered now: RFLAGS.IF, no shadow, nothing queued. */
    boolean interruptible();

    /** Whether RFLAGS.IF is set. */
    boolean interruptsEnabled();

    /** Whether an NMI could be delivered now. */
    boolean nmiPossible();

    /** Queues an event for the next entry, in the place of one that is queued. */
    void inject(EventKind kind, int vector);

    /** Queues an event for the next entry, or none: in the place of one that is queued. */
    void inject(PendingEvent event);

    /** What is queued for the next entry. */
    PendingEvent queued();

    /** Whether a debug trap or a queued event comes before the next instruction: HLT does not wait then. */
    boolean trapPending();

    /** Whether breakpoints on ports are enabled (CR4.DE and DR7). */
    boolean watchesPorts();

    /** Asks for exits as soon as an interrupt or an NMI could be delivered. */
    void requestWindows(boolean interrupt, boolean nmi);

    /** {@link dev.hv.core.hypervisor.memory.GuestPhysicalSpace#tracked} has changed: the next entry, not later, takes account of it. */
    void trackingChanged();

    /**
     * Gives everything that the hardware holds back: registers are up to date and with their virtual processor, the rest is in memory and in the
     * fields of this.
     */
    void rest();

    /** What neither registers nor memory hold: events on their way, requests for windows, where its pages are. It is at rest. */
    void save(StateWriter out);

    /** The counterpart of {@link #save}; memory and registers have been restored. */
    void restore(StateReader in);

    /** The guests of a virtual processor whose registers have a virtualisation unit; null for others. */
    NestedGuests nested();

    /** Brings the virtual processor's {@link ContextOwner#registers} up to date with the hardware. */
    void store();

    /** Brings of them up to date what CPUID's leaves depend on: CR4, XCR0, IA32_XSS and whether 64-bit code runs. Cheaper than {@link #store}. */
    void storeModes();

    /** Takes over {@link ContextOwner#registers} after they were changed. */
    void load();

    /** Becomes resident where it was last, to go on in guest operation that was left for a moment ({@link Residence#stepAside}). */
    void comeBack();

    /** The virtual processor is deleted: gives its pages back. */
    void delete();
}
