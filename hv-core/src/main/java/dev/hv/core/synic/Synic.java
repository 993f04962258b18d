package dev.hv.core.synic;

import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvSynic;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The synthetic interrupt controller of a virtual processor (TLFS, "Synthetic interrupt controller"): sixteen interrupt sources
 * (SINTs), each with a message slot in the message page (SIMP) and 2048 event flags in the event flags page (SIEFP).
 */
public final class Synic implements Saveable {

    /** What SVERSION reads. */
    public static final int VERSION = 1;

    private static final int STATE_VERSION = 2;
    /** Messages that wait for a slot, of each source. */
    private static final int QUEUE_LIMIT = 64;
    private static final long ENABLE = 1;
    private static final long PAGE_RESERVED = 0xFFE;
    private static final int VECTOR = 0xFF;
    private static final int MASKED = 1 << 16;
    private static final int AUTO_EOI = 1 << 17;
    private static final int POLLING = 1 << 18;
    private static final long SINT_VALID = VECTOR | MASKED | AUTO_EOI | POLLING;
    /** What arrives is told as a message of source 0 ({@link HvMessage#SYNIC_SINT}), not as an interrupt: for parents alone. */
    private static final int AS_INTERCEPT = 1 << 19;
    private static final int LEAST_VECTOR = 16;
    private static final int FLAG_BYTES = HvSynic.EVENT_FLAGS / 8;

    private final SynicProcessor processor;
    private final OverlayPage messages;
    private final OverlayPage events;
    private final long[] sints = new long[HvSynic.SINTS];
    /** Messages that wait for a slot to become free: whole slots. */
    private final ArrayDeque<byte[]>[] waiting = queues();
    private IntConsumer freed = sint -> {};
    /** Answer of the signal last made; no state. */
    private boolean newlySignalled;
    private boolean enabled;
    /** Its processor is one of a partition that makes partitions. */
    private boolean parents;
    private long sirbp;
    /** By source: the place in its ring of port ids that is filled next. */
    private final long[] ringHeads = new long[HvSynic.SINTS];
    private long simp;
    private long siefp;
    /** What registers of pages say at reset: where the hypervisor has put them; 0 for pages that the guest places. No state: follows from the partition. */
    private long simpHome;
    private long siefpHome;
    private long sirbpHome;

    /**
     * A controller after reset.
     *
     * @param messages the message page
     * @param events the event flags page
     */
    public Synic(SynicProcessor processor, OverlayPage messages, OverlayPage events) {
        this.processor = processor;
        this.messages = messages;
        this.events = events;
        Arrays.fill(sints, MASKED);
    }

    @SuppressWarnings("unchecked")
    private static ArrayDeque<byte[]>[] queues() {
        ArrayDeque<byte[]>[] queues = new ArrayDeque[HvSynic.SINTS];
        Arrays.setAll(queues, i -> new ArrayDeque<>());
        return queues;
    }

    /** The virtual processor is reset: pages empty and gone, sources masked, nothing waits. */
    public void reset() {
        enabled = false;
        simp = simpHome;
        siefp = siefpHome;
        sirbp = sirbpHome;
        Arrays.fill(ringHeads, 0);
        messages.remove();
        events.remove();
        messages.clear();
        events.clear();
        Arrays.fill(sints, MASKED);
        for (var queue : waiting) {
            queue.clear();
        }
        autoEoiChanged();
    }

    /** Its pages lie where the hypervisor has put them, once they are enabled: what SIMP, SIEFP and SIRBP say at reset. */
    public void home(long messagePage, long eventPage, long ringPage) {
        simpHome = messagePage;
        siefpHome = eventPage;
        sirbpHome = ringPage;
        simp = simpHome;
        siefp = siefpHome;
        sirbp = sirbpHome;
    }

    // ---- registers ---------------------------------------------------------------------------------------------------

    /** SCONTROL. */
    public long control() {
        return enabled ? ENABLE : 0;
    }

    /** Writes SCONTROL; reserved bits are ignored. */
    public void setControl(long value) {
        enabled = (value & ENABLE) != 0;
        endOfMessage();
    }

    /** SIMP. */
    public long messagePage() {
        return simp;
    }

    /** Writes SIMP; false when the page cannot lie there. */
    public boolean setMessagePage(long value) {
        if (!place(messages, simp, value)) {
            return false;
        }
        simp = value & ~PAGE_RESERVED;
        endOfMessage();
        return true;
    }

    /** SIEFP. */
    public long eventPage() {
        return siefp;
    }

    /** Writes SIEFP; false when the page cannot lie there. */
    public boolean setEventPage(long value) {
        if (!place(events, siefp, value)) {
            return false;
        }
        siefp = value & ~PAGE_RESERVED;
        return true;
    }

    /** Places a page as its register says; it is empty when it is switched on. */
    private static boolean place(OverlayPage page, long before, long value) {
        if ((value & ENABLE) == 0) {
            page.remove();
            return true;
        }
        if (!page.place(value >>> 12)) {
            return false;
        }
        if ((before & ENABLE) == 0) {
            page.clear();
        }
        return true;
    }

    /** Its processor is one of a partition that makes partitions: sources may be told of as messages, and there are rings of port ids. */
    public void serveParent() {
        parents = true;
    }

    /** SIRBP: the page of the guest's memory with a ring of port ids for each source. */
    public long ringPage() {
        return sirbp;
    }

    /** Writes SIRBP. */
    public boolean setRingPage(long value) {
        sirbp = value & ~PAGE_RESERVED;
        Arrays.fill(ringHeads, 0);
        return true;
    }

    /**
     * A doorbell was rung: puts the port's id into a source's ring, and tells the guest.
     *
     * @param ring the page that SIRBP names; null when there is none
     * @return whether there was room; the ring says that there was none
     */
    public boolean ring(int sint, int port, RingPage ring) {
        if ((sirbp & ENABLE) == 0 || ring == null) {
            return false;
        }
        int base = sint * HvSynic.RING_SIZE;
        int place = base + HvSynic.RING_FIRST + 4 * (int) ringHeads[sint];
        if (ring.read(place, 4) != 0) {
            ring.write(base + HvSynic.RING_FULL, 1, 1);
            return false;
        }
        ring.write(place, 4, port);
        ringHeads[sint] = (ringHeads[sint] + 1) % HvSynic.RING_ENTRIES;
        if (ring.read(base + HvSynic.RING_MASKED, 1) == 0) {
            tell(sint);
        }
        return true;
    }

    private void tell(int sint) {
        if ((sints[sint] & AS_INTERCEPT) == 0) {
            interrupt(sint);
            return;
        }
        byte[] payload = new byte[4];
        LittleEndian.put32(payload, 0, sint);
        // one that waits already says the same
        withdraw(0, HvMessage.SYNIC_SINT, 0);
        post(0, HvMessage.SYNIC_SINT, 0, payload, 0, payload.length);
    }

    /** SINT register. */
    public long sint(int index) {
        return sints[index];
    }

    /** Writes a SINT register; false for a vector below 16 in an unmasked source that is not polled, or reserved bits. */
    public boolean setSint(int index, long value) {
        boolean interrupts = (value & (MASKED | POLLING)) == 0;
        if ((value & ~(parents ? SINT_VALID | AS_INTERCEPT : SINT_VALID)) != 0 || interrupts && (value & VECTOR) < LEAST_VECTOR) {
            return false;
        }
        sints[index] = value;
        autoEoiChanged();
        return true;
    }

    private void autoEoiChanged() {
        long[] vectors = new long[4];
        for (long s : sints) {
            if ((s & (MASKED | AUTO_EOI)) == AUTO_EOI) {
                vectors[(int) (s & VECTOR) >>> 6] |= 1L << s;
            }
        }
        processor.autoEndOfInterrupt(vectors);
    }

    /** EOM was written: every source's slot is looked at again. */
    public void endOfMessage() {
        for (int i = 0; i < HvSynic.SINTS; i++) {
            retry(i);
        }
    }

    // ---- messages ----------------------------------------------------------------------------------------------------

    /** Adds who hears that a source's slot may have become free, or a place in its queue: who keeps his messages until then. */
    public void onFree(IntConsumer listener) {
        freed = freed.andThen(listener);
    }

    /** Takes back the messages of a type and a sender that wait for a source's slot. */
    public void withdraw(int sint, int type, long sender) {
        waiting[sint].removeIf(s -> LittleEndian.u32(s, HvMessage.TYPE) == type && LittleEndian.u64(s, HvMessage.SENDER) == sender);
    }

    /**
     * Delivers a message, or queues it behind those that wait for the slot.
     *
     * @param sender what the header's sender field holds
     * @param length of the payload, up to 240 bytes
     * @return INVALID_PARAMETER for a type that means an empty slot, INVALID_SYNIC_STATE when controller or page are off,
     *     INSUFFICIENT_BUFFERS when the queue is full
     */
    public HvStatus post(int sint, int type, long sender, byte[] payload, int offset, int length) {
        if (type == HvMessage.NONE) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (!messagesOn()) {
            return HvStatus.INVALID_SYNIC_STATE;
        }
        retry(sint);
        if (waiting[sint].isEmpty() && free(sint)) {
            deliver(sint, slot(type, sender, payload, offset, length));
            return HvStatus.SUCCESS;
        }
        if (waiting[sint].size() == QUEUE_LIMIT) {
            return HvStatus.INSUFFICIENT_BUFFERS;
        }
        waiting[sint].add(slot(type, sender, payload, offset, length));
        if (!awaitEndOfMessage(sint)) {
            retry(sint);
        }
        return HvStatus.SUCCESS;
    }

    /** Delivers a message if the slot is free and nothing waits for it; else the guest is asked for an EOM, and false. */
    boolean tryPost(int sint, int type, byte[] payload, int length) {
        if (!messagesOn() || !waiting[sint].isEmpty() || !free(sint) && awaitEndOfMessage(sint)) {
            return false;
        }
        deliver(sint, slot(type, 0, payload, 0, length));
        return true;
    }

    /** Whether a message would be delivered at once. If not, and there is a page for messages, the guest is asked for an EOM when it frees the slot. */
    public boolean deliverable(int sint) {
        return messagesOn() && waiting[sint].isEmpty() && (free(sint) || !awaitEndOfMessage(sint));
    }

    private boolean messagesOn() {
        return enabled && (simp & ENABLE) != 0;
    }

    private boolean free(int sint) {
        return messages.read(sint * HvMessage.SIZE + HvMessage.TYPE, 4) == HvMessage.NONE;
    }

    /**
     * Tells the guest that more waits for a slot; false when it has freed the slot meanwhile, so that it may not have seen that and
     * may never write EOM.
     */
    private boolean awaitEndOfMessage(int sint) {
        messages.setBit((sint * HvMessage.SIZE + HvMessage.FLAGS) * 8);
        return !free(sint);
    }

    private static byte[] slot(int type, long sender, byte[] payload, int offset, int length) {
        byte[] s = new byte[HvMessage.SIZE];
        LittleEndian.put32(s, HvMessage.TYPE, type);
        s[HvMessage.PAYLOAD_SIZE] = (byte) length;
        LittleEndian.put64(s, HvMessage.SENDER, sender);
        System.arraycopy(payload, offset, s, HvMessage.PAYLOAD, length);
        return s;
    }

    /** Writes a message, its type last, and interrupts. */
    private void deliver(int sint, byte[] s) {
        int base = sint * HvMessage.SIZE;
        for (int i = 8; i < HvMessage.SIZE; i += 8) {
            messages.write(base + i, 8, LittleEndian.u64(s, i));
        }
        boolean more = !waiting[sint].isEmpty();
        messages.write(base + HvMessage.PAYLOAD_SIZE, 4, LittleEndian.get(s, HvMessage.PAYLOAD_SIZE, 4) | (more ? HvMessage.PENDING << 8 : 0));
        VarHandle.releaseFence();
        messages.write(base + HvMessage.TYPE, 4, LittleEndian.get(s, HvMessage.TYPE, 4));
        interrupt(sint);
    }

    private void retry(int sint) {
        if (!messagesOn() || !free(sint)) {
            return;
        }
        byte[] next = waiting[sint].poll();
        if (next != null) {
            deliver(sint, next);
        }
        freed.accept(sint);
    }

    /** What the message page, or the page of event flags, has. */
    public void copyOut(boolean ofMessages, byte[] page) {
        OverlayPage from = ofMessages ? messages : events;
        for (int at = 0; at < page.length; at += 8) {
            LittleEndian.put64(page, at, from.read(at, 8));
        }
    }

    /** Sets what the message page, or the page of event flags, has. */
    public void copyIn(boolean ofMessages, byte[] page) {
        OverlayPage to = ofMessages ? messages : events;
        for (int at = 0; at < page.length; at += 8) {
            to.write(at, 8, LittleEndian.u64(page, at));
        }
    }

    // ---- events ------------------------------------------------------------------------------------------------------

    /**
     * Sets an event flag; interrupts if it was clear.
     *
     * @return INVALID_SYNIC_STATE when controller or page are off, INVALID_PARAMETER for a flag that does not exist
     */
    public HvStatus signal(int sint, int flag) {
        if (flag < 0 || flag >= HvSynic.EVENT_FLAGS) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (!enabled || (siefp & ENABLE) == 0) {
            return HvStatus.INVALID_SYNIC_STATE;
        }
        newlySignalled = events.setBit(sint * FLAG_BYTES * 8 + flag);
        if (newlySignalled) {
            interrupt(sint);
        }
        return HvStatus.SUCCESS;
    }

    /** Whether the event flag signalled last was clear before. */
    public boolean newlySignalled() {
        return newlySignalled;
    }

    private void interrupt(int sint) {
        if (interrupts(sint) && processor.passes(sint)) {
            raise(sint);
        }
    }

    private boolean interrupts(int sint) {
        return (sints[sint] & (MASKED | POLLING)) == 0;
    }

    /** Interrupts as a source says now, if it does. */
    public void raise(int sint) {
        if (interrupts(sint)) {
            processor.interrupt((int) sints[sint] & VECTOR);
        }
    }

    // ---- state -------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("synic", STATE_VERSION);
        out.put("enabled", enabled);
        out.put("simp", simp);
        out.put("siefp", siefp);
        out.put("sirbp", sirbp);
        out.put("ring-heads", ringHeads);
        out.put("sint", sints);
        int sint = 0;
        for (var queue : waiting) {
            out.item("waiting", sint++);
            out.put("queue-count", queue.size());
            for (byte[] s : queue) {
                out.put("queue", s, 0, s.length);
            }
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("synic", STATE_VERSION);
        enabled = in.takeBoolean();
        simp = in.take();
        siefp = in.take();
        sirbp = in.take();
        in.take(ringHeads);
        in.take(sints);
        for (var queue : waiting) {
            queue.clear();
            for (long n = in.take(); n > 0; n--) {
                queue.add(in.takeBytes());
            }
        }
        in.end();
        autoEoiChanged();
    }
}
