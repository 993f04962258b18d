package dev.hv.core.hypervisor.partition;

import dev.hv.core.hypervisor.memory.Overlay;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.synic.Synic;
import dev.hv.core.synic.SynicProcessor;
import dev.hv.core.synic.SyntheticTimers;
import dev.hv.cpu.apic.LocalApic;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.LongUnaryOperator;

/** The synthetic state of an enlightened virtual processor: interrupt controller, timers, VP assist page. */
public final class SyntheticProcessor implements SynicProcessor, Saveable {

    private static final int VERSION = 4;
    private static final long ENABLE = 1;
    private static final long PAGE = ~0xFFFL;
    /** Bit of the VP assist page. */
    private static final int NO_EOI_REQUIRED = 0;

    private final LocalApic apic;
    private final IntPredicate gate;
    private final Synic synic;
    private final SyntheticTimers timers;
    private final Overlay assist;
    private final List<Overlay> overlays;
    private long assistMsr;
    /** Where the VP assist page lies that the hypervisor has placed, disabled; 0 for one that the guest places. */
    private long assistHome;
    /** The guest is running and may end the highest interrupt in service by clearing a bit. */
    private boolean silentEnd;

    /**
     * The state after reset.
     *
     * @param messages SIMP
     * @param events SIEFP
     * @param assist VP assist page
     * @param gate whether a source's interrupt comes to the processor
     * @param nanosAtTsc the clock's time when the processor's time-stamp counter reaches a value
     */
    public SyntheticProcessor(LocalApic apic, GuestInterface partition, VirtualClock clock, LongUnaryOperator nanosAtTsc, Overlay messages,
            Overlay events, Overlay assist, IntPredicate gate, String name) {
        this.gate = gate;
        this.apic = apic;
        this.assist = assist;
        overlays = List.of(messages, events, assist);
        synic = new Synic(this, messages, events);
        timers = new SyntheticTimers(this, synic, partition.time(), clock, nanosAtTsc, name);
    }

    /**
     * Its pages lie where the hypervisor has put them, once they are enabled.
     *
     * @param gpn of messages; events, rings of port ids and VP assist follow
     */
    void home(long gpn) {
        synic.home(gpn << 12, gpn + 1 << 12, gpn + 2 << 12);
        assistHome = gpn + 3 << 12;
        assistMsr = assistHome;
    }

    /** The overlay pages that are its alone. */
    List<Overlay> overlays() {
        return overlays;
    }

    public Synic synic() {
        return synic;
    }

    public SyntheticTimers timers() {
        return timers;
    }

    public long assistPage() {
        return assistMsr;
    }

    /** Reads 1 to 8 bytes of the VP assist page; 0 while there is none. */
    long assist(int offset, int size) {
        return (assistMsr & ENABLE) == 0 ? 0 : assist.read(offset, size);
    }

    /** Writes VP_ASSIST_PAGE: the page reads as zeros when it is enabled. */
    public boolean setAssistPage(long value) {
        if ((value & ENABLE) == 0) {
            assist.remove();
        } else {
            if (!assist.place(value >>> 12)) {
                return false;
            }
            if ((assistMsr & ENABLE) == 0) {
                assist.clear();
            }
        }
        assistMsr = value & (PAGE | ENABLE);
        return true;
    }

    /** Before guest operation: the guest is told when it need not write EOI (TLFS, "EOI assist"). */
    public void beforeEntry() {
        if ((assistMsr & ENABLE) != 0 && apic.endsSilently()) {
            assist.setBit(NO_EOI_REQUIRED);
            apic.setSilentEnd(true);
            silentEnd = true;
        }
    }

    /** After guest operation: an interrupt that the guest has ended by clearing the bit ends here. */
    public void afterExit() {
        if (silentEnd) {
            silentEnd = false;
            apic.setSilentEnd(false);
            if (!assist.clearBit(NO_EOI_REQUIRED)) {
                apic.endOfInterrupt();
            }
        }
    }

    /** The processor is reset. */
    public void reset() {
        timers.reset();
        synic.reset();
        setAssistPage(assistHome);
    }

    @Override
    public void interrupt(int vector) {
        apic.accept(vector, false);
    }

    @Override
    public boolean passes(int sint) {
        return gate.test(sint);
    }

    @Override
    public void autoEndOfInterrupt(long[] vectors) {
        apic.setAutoEnd(vectors);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("synthetic-processor", VERSION);
        out.put("assist-msr", assistMsr);
        synic.save(out);
        timers.save(out);
        for (Overlay o : overlays) {
            o.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("synthetic-processor", VERSION);
        assistMsr = in.take();
        synic.restore(in);
        timers.restore(in);
        overlays.forEach(o -> o.restore(in));
        in.end();
    }
}
