package dev.hv.cpu.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.cpu.events.ExceptionDelivery;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Rflags;

/**
 * The guest's APIC on the virtual-APIC page (SDM vol. 3C, chapter 29): virtualisation of TPR, PPR, EOI and self-IPIs, evaluation and delivery of
 * virtual interrupts, posted interrupts. Which accesses reach the page is {@link VirtualRegisters}' business.
 */
final class VirtualApic {

    // Offsets in the virtual-APIC page
    static final int TPR = 0x80;
    static final int PPR = 0xA0;
    static final int EOI = 0xB0;
    static final int ISR = 0x100;
    static final int IRR = 0x200;
    static final int ICR_LOW = 0x300;
    static final int ICR_HIGH = 0x310;
    static final int SELF_IPI = 0x3F0;

    /** No write waits for its emulation. */
    private static final int NONE = -1;
    /** Bits of an ICR that is no simple self-IPI: reserved, delivery status and mode, level trigger; shorthand other than self. */
    private static final int NOT_SELF = 0xFFF00000 | 3 << 16 | 1 << 15 | 1 << 13 | 1 << 12 | 7 << 8;
    private static final int SHORTHAND = 3 << 18;
    private static final int SHORTHAND_SELF = 1 << 18;
    private static final int VECTOR_CLASS = 0xF0;

    // Posted-interrupt descriptor (table 29-1)
    private static final int OUTSTANDING_OFFSET = 32;
    private static final long OUTSTANDING = 1;

    private final VmxUnit unit;

    // From the guest's controls
    private long page;
    private boolean delivery;
    private boolean posted;

    /** A pending virtual interrupt is recognised (29.2.1). */
    private boolean recognized;
    /** The virtual TPR may be below the threshold: looked at between instructions. */
    private boolean tprPending;
    /** Offset of a write to the page whose emulation follows its instruction (29.4.3.2), or {@link #NONE}. */
    private int written = NONE;

    VirtualApic(VmxUnit unit) {
        this.unit = unit;
    }

    /** A VM entry: the virtual interrupts of the guest are evaluated anew (26.3.2.5, 26.7.7). */
    void entered() {
        attach();
        recognized = false;
        written = NONE;
        tprPending = (unit.primary & TPR_SHADOW) != 0 && (unit.secondary & VIRTUALIZE_APIC) != 0 && !delivery;
        if (delivery) {
            updatePriority();
            evaluate();
        }
    }

    private void attach() {
        page = (unit.primary & TPR_SHADOW) != 0 ? unit.vmcs.get(VmcsField.VIRTUAL_APIC_ADDRESS) : 0;
        delivery = (unit.secondary & VIRTUAL_INTERRUPT_DELIVERY) != 0;
        posted = (unit.pin & PIN_POSTED_INTERRUPTS) != 0;
    }

    /** Whether something is to be done between instructions. */
    boolean wantsAttention() {
        return recognized || tprPending || written != NONE;
    }

    /** Whether a virtual interrupt is to be delivered as soon as the guest can take it. */
    boolean interruptWaits() {
        return recognized;
    }

    /** The emulation of a write at an offset of the page is due when its instruction has ended. */
    void wrote(int offset) {
        written = offset;
        unit.events.arm();
    }

    /** The virtual TPR was written by MOV to CR8. */
    void wroteTpr() {
        tprPending = true;
        unit.events.arm();
    }

    /**
     * What follows an instruction that wrote to the virtual APIC (29.4.3.2, 29.5).
     *
     * @return true when a VM exit was made
     */
    boolean complete() {
        if (written != NONE) {
            int offset = written;
            written = NONE;
            if (emulate(offset)) {
                return true;
            }
        }
        return tprPending && tprChanged();
    }

    private boolean emulate(int offset) {
        switch (offset & ~3) {
            case TPR -> {
                set(TPR, get(TPR) & 0xFF);
                return tprChanged();
            }
            case EOI -> {
                if (delivery) {
                    set(EOI, 0);
                    return endOfInterrupt();
                }
            }
            case ICR_LOW -> {
                int icr = get(ICR_LOW);
                if (delivery && (icr & NOT_SELF) == 0 && (icr & SHORTHAND) == SHORTHAND_SELF && (icr & VECTOR_CLASS) != 0) {
                    selfInterrupt(icr & 0xFF);
                    return false;
                }
            }
            case ICR_HIGH -> {
                set(ICR_HIGH, get(ICR_HIGH) & 0xFF000000);
                return false;
            }
            case SELF_IPI -> {
                int vector = get(SELF_IPI) & 0xFF;
                if ((vector & VECTOR_CLASS) != 0) {
                    selfInterrupt(vector);
                    return false;
                }
            }
            default -> { }
        }
        unit.events.arm();
        unit.exits().event(ExitReason.APIC_WRITE, offset);
        return true;
    }

    /** TPR virtualisation (29.1.2); true when a VM exit was made. */
    private boolean tprChanged() {
        tprPending = false;
        if (delivery) {
            updatePriority();
            evaluate();
        } else if (unit.virtualTpr() >>> 4 < unit.vmcs.get32(VmcsField.TPR_THRESHOLD)) {
            unit.exits().event(ExitReason.TPR_BELOW_THRESHOLD, 0);
            return true;
        }
        unit.events.arm();
        return false;
    }

    /** PPR virtualisation (29.1.3). */
    private void updatePriority() {
        int tpr = get(TPR) & 0xFF;
        int service = serviced() & VECTOR_CLASS;
        set(PPR, (tpr & VECTOR_CLASS) >= service ? tpr : service);
    }

    /** EOI virtualisation (29.1.4); true when a VM exit was made. */
    private boolean endOfInterrupt() {
        int vector = serviced();
        clear(ISR, vector);
        status(requested(), highest(ISR));
        updatePriority();
        if ((unit.vmcs.get(VmcsField.EOI_EXIT_BITMAP0 + 2 * (vector >>> 6)) >>> vector & 1) != 0) {
            unit.events.arm();
            unit.exits().event(ExitReason.VIRTUALIZED_EOI, vector);
            return true;
        }
        evaluate();
        unit.events.arm();
        return false;
    }

    /** Self-IPI virtualisation (29.1.5). */
    private void selfInterrupt(int vector) {
        mark(IRR, vector);
        status(Math.max(requested(), vector), serviced());
        evaluate();
        unit.events.arm();
    }

    /** Evaluation of pending virtual interrupts (29.2.1). */
    private void evaluate() {
        recognized = (unit.primary & INTERRUPT_WINDOW) == 0 && (requested() & VECTOR_CLASS) > (get(PPR) & VECTOR_CLASS);
    }

    /** Whether a virtual interrupt can be delivered at this boundary (29.2.2). */
    boolean deliverable(Cpu c) {
        return recognized && (c.rflagsOther() & Rflags.IF) != 0 && c.shadow() == 0;
    }

    /** Virtual-interrupt delivery (29.2.2). */
    void deliver(Cpu c) {
        int vector = requested();
        mark(ISR, vector);
        set(PPR, vector & VECTOR_CLASS);
        clear(IRR, vector);
        status(highest(IRR), vector);
        recognized = false;
        unit.events.arm();
        c.activity = Cpu.ACTIVE;
        ExceptionDelivery.event(c, vector, EventKind.EXTERNAL_INTERRUPT, false, 0, c.rip, 0);
    }

    // ---- posted interrupts --------------------------------------------------------------------------------------------

    /** Whether an external interrupt just acknowledged is the notification of posted ones: they have been taken then (29.6). */
    boolean takesNotification(Cpu c, int vector) {
        if (!posted || vector != unit.vmcs.get32(VmcsField.POSTED_INTERRUPT_VECTOR)) {
            return false;
        }
        long descriptor = unit.vmcs.get(VmcsField.POSTED_INTERRUPT_DESCRIPTOR);
        exchange(c, descriptor + OUTSTANDING_OFFSET, ~OUTSTANDING);
        c.apic.endOfInterrupt();
        int highest = 0;
        for (int i = 0; i < 4; i++) {
            long requests = exchange(c, descriptor + 8 * i, 0);
            if (requests != 0) {
                int first = IRR + 0x20 * i;
                set(first, get(first) | (int) requests);
                set(first + 0x10, get(first + 0x10) | (int) (requests >>> 32));
                highest = 64 * i + 63 - Long.numberOfLeadingZeros(requests);
            }
        }
        status(Math.max(requested(), highest), serviced());
        evaluate();
        unit.events.arm();
        return true;
    }

    /** Keeps of a quadword the bits of a mask, as a locked instruction would, and returns what it was. */
    private static long exchange(Cpu c, long p, long mask) {
        long before = PhysicalAccess.read64(c, p);
        while ((before & ~mask) != 0 && !PhysicalAccess.replace(c, p, 8, before, before & mask)) {
            before = PhysicalAccess.read64(c, p);
        }
        return before;
    }

    // ---- the page and the guest interrupt status -----------------------------------------------------------------------

    /** A 32-bit register of the page. */
    int get(int offset) {
        return PhysicalAccess.read32(unit.c, page + offset);
    }

    private void set(int offset, int value) {
        PhysicalAccess.write32(unit.c, page + offset, value);
    }

    private void mark(int registers, int vector) {
        int at = registers + (vector >>> 5) * 0x10;
        set(at, get(at) | 1 << vector);
    }

    private void clear(int registers, int vector) {
        int at = registers + (vector >>> 5) * 0x10;
        set(at, get(at) & ~(1 << vector));
    }

    /** The highest vector marked, 0 for none. */
    private int highest(int registers) {
        for (int i = 7; i >= 0; i--) {
            int word = get(registers + 0x10 * i);
            if (word != 0) {
                return 32 * i + 31 - Integer.numberOfLeadingZeros(word);
            }
        }
        return 0;
    }

    /** RVI (24.4.2). */
    private int requested() {
        return unit.vmcs.get32(VmcsField.GUEST_INTERRUPT_STATUS) & 0xFF;
    }

    /** SVI. */
    private int serviced() {
        return unit.vmcs.get32(VmcsField.GUEST_INTERRUPT_STATUS) >>> 8 & 0xFF;
    }

    private void status(int requested, int serviced) {
        unit.vmcs.set32(VmcsField.GUEST_INTERRUPT_STATUS, requested | serviced << 8);
    }

    void save(StateWriter out) {
        out.put("recognized", recognized);
        out.put("tpr-pending", tprPending);
        out.put("written", written);
    }

    void restore(StateReader in) {
        attach();
        recognized = in.takeBoolean();
        tprPending = in.takeBoolean();
        written = (int) in.take();
    }
}
