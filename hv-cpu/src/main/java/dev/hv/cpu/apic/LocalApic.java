package dev.hv.cpu.apic;

import static dev.hv.cpu.apic.ApicRegister.LVT_CMCI;
import static dev.hv.cpu.apic.ApicRegister.LVT_LINT0;
import static dev.hv.cpu.apic.ApicRegister.LVT_LINT1;
import static dev.hv.cpu.apic.ApicRegister.LVT_PERFORMANCE;
import static dev.hv.cpu.apic.ApicRegister.LVT_TIMER;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.LocalInterrupts;
import java.util.function.IntSupplier;

/**
 * A local APIC (SDM vol. 3A, chapter 12): xAPIC page and x2APIC MSRs over one set of registers. It serves a logical
 * processor of the machine and, as the hypervisor's virtual local APIC, a virtual processor. Driven by one thread at a time.
 */
public final class LocalApic implements LocalInterrupts, Saveable {

    private static final int SVR_ENABLE = 1 << 8;
    /** Vectors below are the processor's exceptions. */
    private static final int FIRST_VECTOR = 16;

    private final ApicConfig config;
    private final ApicBus bus;
    private final ApicEvents events;
    private final ApicTimer timer;
    private final IntSupplier externalAcknowledge;
    private final RegisterAccess registers = new RegisterAccess(this);
    private final LocalVectorTable lvt;
    private final LocalPins pins;
    private final ErrorStatus errors = new ErrorStatus(this);
    private final InterruptCommand command;

    private final InterruptQueue queue = new InterruptQueue();
    private final ApicBase base;
    private final ApicAddress address;
    private int svr;
    /** An ExtINT message of an I/O APIC waits for its acknowledge cycle. */
    private boolean externalMessage;
    /** Vectors whose interrupts end when they are acknowledged; set by the owner, not saved here. */
    private final long[] autoEnd = new long[4];
    /** The owner lets the guest end the highest interrupt by itself; never at a time when the state is saved. */
    private boolean silentEnd;
    /** Derived: the answer of {@link #pending}. */
    private int pending = -1;
    /** Derived: the answer of {@link #requested}. */
    private boolean requested;
    /** Derived: the answer of {@link #externalPending}. */
    /** Null for none. */
    private InterruptGate gate;
    private boolean external;

    /**
     * A local APIC after power-on: enabled in xAPIC mode at 0xFEE00000, software-disabled.
     *
     * @param externalAcknowledge the acknowledge cycle for ExtINT; returns the vector from the 8259
     */
    public LocalApic(ApicConfig config, ApicClock clock, ApicBus bus, ApicEvents events, IntSupplier externalAcknowledge) {
        this.config = config;
        this.bus = bus;
        this.events = events;
        this.externalAcknowledge = externalAcknowledge;
        this.timer = new ApicTimer(clock, config.nanosPerTick(), () -> raise(LVT_TIMER));
        this.lvt = new LocalVectorTable(config.tscDeadline(), config.correctedErrors());
        this.pins = new LocalPins(this, events);
        this.command = new InterruptCommand(this, bus);
        this.base = new ApicBase(config);
        this.address = new ApicAddress(config, base);
        powerOn();
    }

    // ---- reset and modes -----------------------------------------------------------------------------------------

    /** RESET. The levels of LINT0 and LINT1 belong to whoever drives them and stay. */
    public void powerOn() {
        base.reset();
        initReset();
        address.resetId();
    }

    /** INIT (SDM vol. 3A, 12.4.7.3). */
    @Override
    public void initReset() {
        queue.reset();
        address.reset();
        svr = 0xFF;
        errors.reset();
        command.reset();
        externalMessage = false;
        lvt.reset();
        timer.reset();
        update();
    }

    /** Leaves the APIC as firmware does, for loaders that enter a kernel without it: software-enabled, LINT0 ExtINT ("virtual wire"), LINT1 NMI. */
    public void virtualWire() {
        svr = 0x1FF;
        lvt.set(LVT_LINT0, DeliveryMode.EXT_INT << 8, false);
        lvt.set(LVT_LINT1, DeliveryMode.NMI << 8, false);
        update();
    }

    @Override
    public long apicBase() {
        return base.value();
    }

    @Override
    public boolean setApicBase(long value) {
        boolean wasX2apic = base.x2apic();
        if (!base.set(value)) {
            return false;
        }
        if (!base.enabled()) {
            initReset();
            address.resetId();
        } else if (base.x2apic() && !wasX2apic) {
            command.reset();
        }
        update();
        return true;
    }

    boolean enabled() {
        return base.enabled();
    }

    /** Whether the APIC is in x2APIC mode. */
    public boolean x2apicMode() {
        return base.x2apic();
    }

    @Override
    public boolean mmioEnabled() {
        return base.enabled() && !base.x2apic();
    }

    /** Whether the APIC takes fixed interrupts: globally and software-enabled. */
    public boolean softwareEnabled() {
        return enabled() && (svr & SVR_ENABLE) != 0;
    }

    /** The APIC ID as its current mode shows it: 8 bits, or 32 in x2APIC mode. */
    public int id() {
        return address.id();
    }

    ApicAddress address() {
        return address;
    }

    // ---- what the processor asks ---------------------------------------------------------------------------------

    @Override
    public int pending() {
        return pending;
    }

    /** Whether an interrupt waits, be it one that the processor's priority holds back. */
    public boolean requested() {
        return requested;
    }

    @Override
    public boolean externalPending() {
        return external;
    }

    @Override
    public int acknowledge() {
        int vector = pending;
        if (vector >= 0) {
            if ((autoEnd[vector >>> 6] >>> vector & 1) != 0) {
                queue.serveAndEnd(vector);
            } else {
                queue.serve(vector);
            }
            update();
            return vector;
        }
        if (external) {
            externalMessage = false;
            update();
            return externalAcknowledge.getAsInt();
        }
        return svr & 0xFF;
    }

    @Override
    public int cr8() {
        return queue.tpr() >> 4;
    }

    @Override
    public void setCr8(int value) {
        setTpr((value & 0xF) << 4);
    }

    /** Task priority register. */
    public int tpr() {
        return queue.tpr();
    }

    /** Writes the task priority register. */
    public void setTpr(int value) {
        queue.setTpr(value);
        update();
    }

    /** Processor priority register. */
    public int ppr() {
        return queue.ppr();
    }

    @Override
    public void endOfInterrupt() {
        int vector = queue.end();
        if (vector < 0) {
            return;
        }
        update();
        if (queue.level(vector)) {
            pins.ended(vector);
            bus.endOfInterrupt(vector);
        }
    }

    /** Sets which vectors need no EOI: bit v of the four words. For a hypervisor's synthetic interrupts (TLFS, AutoEOI). */
    public void setAutoEnd(long[] vectors) {
        System.arraycopy(vectors, 0, autoEnd, 0, autoEnd.length);
    }

    /**
     * Whether the highest interrupt in service can be ended without anybody noticing at once: nobody waits for that, no I/O APIC and
     * no other request.
     */
    public boolean endsSilently() {
        return queue.endsSilently();
    }

    /** From now on the guest may end the highest interrupt without telling: every new request is then news to the owner. */
    public void setSilentEnd(boolean value) {
        silentEnd = value;
    }

    private void update() {
        int before = pending;
        boolean externalBefore = external;
        boolean requestedBefore = requested;
        pending = enabled() ? queue.pending() : -1;
        requested = enabled() && queue.requested();
        external = externalMessage || pins.external();
        if (pending != before || external != externalBefore || requested && !requestedBefore || silentEnd) {
            events.interruptsChanged();
        }
    }

    // ---- what arrives --------------------------------------------------------------------------------------------

    /** Whether no interrupt can have this vector. */
    static boolean illegal(int vector) {
        return vector < FIRST_VECTOR;
    }

    /** Takes a fixed or lowest-priority interrupt; dropped while the APIC is disabled. */
    public void accept(int vector, boolean level) {
        if (!softwareEnabled()) {
            return;
        }
        if (illegal(vector)) {
            errors.add(ErrorStatus.RECEIVE_ILLEGAL_VECTOR);
            return;
        }
        if (gate == null || gate.passes(vector, level)) {
            take(vector, level);
        }
    }

    /** Takes a fixed interrupt, whatever stands before it. */
    public void take(int vector, boolean level) {
        queue.request(vector, level);
        update();
    }

    /** Puts something before it that may keep interrupts away. */
    public void setGate(InterruptGate before) {
        gate = before;
    }

    /** Takes an interrupt message in any delivery mode. */
    public void deliver(int deliveryMode, int vector, boolean level) {
        if (!enabled()) {
            return;
        }
        switch (deliveryMode) {
            case DeliveryMode.FIXED, DeliveryMode.LOWEST_PRIORITY -> accept(vector, level);
            case DeliveryMode.NMI -> events.nmi();
            case DeliveryMode.INIT -> events.init();
            case DeliveryMode.STARTUP -> events.startup(vector);
            case DeliveryMode.EXT_INT -> {
                if (softwareEnabled()) {
                    externalMessage = true;
                    update();
                }
            }
            // There is no system-management mode, and 3 is reserved.
            default -> { }
        }
    }

    /**
     * Drives a local interrupt pin.
     *
     * @param pin 0 for LINT0 (INTR while the APIC is disabled), 1 for LINT1 (NMI while the APIC is disabled)
     */
    public void setLint(int pin, boolean high) {
        if (pins.set(pin, high)) {
            update();
        }
    }

    /** Raises a local interrupt as its LVT entry says. ExtINT is a level, seen by {@link #update}. */
    void raise(int register) {
        if (lvt.masked(register)) {
            return;
        }
        switch (lvt.mode(register)) {
            case DeliveryMode.FIXED -> accept(lvt.vector(register), lvt.level(register));
            case DeliveryMode.NMI -> events.nmi();
            case DeliveryMode.INIT -> events.init();
            default -> { }
        }
    }

    @Override
    public void performanceInterrupt(boolean mask) {
        raise(LVT_PERFORMANCE);
        if (mask) {
            lvt.mask(LVT_PERFORMANCE);
        }
    }

    @Override
    public void correctedErrors() {
        raise(LVT_CMCI);
    }

    ErrorStatus errors() {
        return errors;
    }

    /**
     * Whether a message is for this APIC (SDM vol. 3A, 12.6.2).
     *
     * @param destination APIC ID or logical destination; all ones is everybody
     */
    public boolean matches(int destination, boolean logical) {
        return enabled() && address.matches(destination, logical);
    }

    // ---- what it sends -------------------------------------------------------------------------------------------

    /** Interrupt command register; in xAPIC mode the destination is in bits 63:56. */
    public long icr() {
        return command.value();
    }

    /** Writes the interrupt command register whole, which sends. */
    public void setIcr(long value) {
        command.send(value);
    }

    InterruptCommand command() {
        return command;
    }

    // ---- registers -----------------------------------------------------------------------------------------------

    int svr() {
        return svr;
    }

    void setSvr(int value) {
        svr = value & 0x1FF;
        if ((svr & SVR_ENABLE) == 0) {
            lvt.maskAll();
        }
        update();
    }

    LocalVectorTable lvt() {
        return lvt;
    }

    void setLvt(int register, int value) {
        boolean wasActive = register >= LVT_LINT0 && register <= LVT_LINT1 && !lvt.masked(register);
        if (register == LVT_TIMER) {
            timer.setMode((value & (config.tscDeadline() ? 3 << 17 : 1 << 17)) >> 17);
        }
        lvt.set(register, value, (svr & SVR_ENABLE) == 0);
        if (!wasActive && (register == LVT_LINT0 || register == LVT_LINT1)) {
            pins.changed(register - LVT_LINT0, false);
        }
        update();
    }

    ApicTimer timer() {
        return timer;
    }

    InterruptQueue queue() {
        return queue;
    }

    @Override
    public long readMmio(int offset, int size) {
        return registers.readMmio(offset, size);
    }

    @Override
    public void writeMmio(int offset, int size, long value) {
        registers.writeMmio(offset, size, value);
    }

    @Override
    public boolean canReadMsr(int msr) {
        return x2apicMode() && registers.canReadMsr(msr);
    }

    @Override
    public long readMsr(int msr) {
        return registers.readMsr(msr);
    }

    @Override
    public boolean writeMsr(int msr, long value) {
        return x2apicMode() && registers.writeMsr(msr, value);
    }

    @Override
    public long tscDeadline() {
        return timer.tscDeadline();
    }

    @Override
    public void setTscDeadline(long value) {
        timer.setTscDeadline(value);
    }

    @Override
    public void ring(int id) {
        bus.ring(id);
    }

    /** Another processor rings this one's doorbell. */
    void doorbell() {
        events.doorbell();
    }

    @Override
    public void tscChanged() {
        timer.tscChanged();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("local-apic", 3);
        out.put("base", base.value());
        address.save(out);
        out.put("svr", svr);
        errors.save(out);
        command.save(out);
        pins.save(out);
        out.put("external-message", externalMessage);
        queue.save(out);
        lvt.save(out);
        timer.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("local-apic", 3);
        base.restore(in.take());
        address.restore(in);
        svr = (int) in.take();
        errors.restore(in);
        command.restore(in);
        pins.restore(in);
        externalMessage = in.takeBoolean();
        queue.restore(in);
        lvt.restore(in);
        timer.restore(in);
        in.end();
        update();
    }
}
