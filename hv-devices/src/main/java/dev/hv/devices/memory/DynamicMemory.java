package dev.hv.devices.memory;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.put64;
import static dev.hv.cpu.memory.LittleEndian.u16;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.cpu.memory.LittleEndian.u64;
import static dev.hv.devices.memory.DynamicMemoryFormat.*;

import dev.hv.core.machine.MemoryRange;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pipe.GuestMessages;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import java.util.Arrays;
import java.util.List;

/**
 * The host's side of dynamic memory (the guest's is Linux' hv_balloon). A guest that has opened the channel agrees on a version and says what it can, then reports
 * every second how much it needs; the host has at most one request under way: pages to give up, pages to take back, or memory that is new. A target says how much the
 * guest should have; every report brings it nearer. What a guest says is checked against what it has: pages that it gives up twice, or never had, count for nothing.
 */
public final class DynamicMemory implements ChannelHandler, Saveable {

    /** Kind of device. */
    public static final Guid INTERFACE = Guid.of("525074dc-8985-46e2-8057-a307dc18a502");

    private static final int STATE_VERSION = 1;
    private static final int PAGES_OF_MIB = 256;
    /** NTSTATUS that refuses nothing. */
    private static final int OK = 0;

    /** How far a guest has come. */
    private enum State {
        CLOSED,
        AGREEING,
        /** A version is agreed on. */
        AGREED,
        /** Nothing is under way. */
        IDLE,
        BALLOONING,
        GIVING_BACK,
        ADDING,
        /** The guest supports no version, or sent nonsense: it is left alone until it opens the channel again. */
        UNUSABLE
    }

    private final AssignedMemory memory;
    private final long most;
    private final GuestMessages messages = new GuestMessages(this::usable, this::taken, this::giveUp);
    private Runnable reported = () -> { };
    private Channel channel;
    private State state = State.CLOSED;
    private int version;
    private long capabilities;
    private int transaction;
    private long target = -1;
    /** What is being added. */
    private long addedFirst;
    private long addedPages;
    /** Of this second: a guest that has no more to give, or to take, is asked again after its next report. */
    private boolean refused;
    private MemoryReport report;

    /**
     * A component without a guest.
     *
     * @param memory what is given and taken
     * @param most pages that the guest may have at any time, which it is told
     */
    public DynamicMemory(AssignedMemory memory, long most) {
        this.memory = memory;
        this.most = most;
    }

    /** The offer for the bus. */
    public ChannelOffer offer() {
        return ChannelOffer.of(INTERFACE, Guid.of("1eccfd72-4b41-45ef-b73a-4a6e44c12924"), "memory", false);
    }

    /** The channel that the bus made of {@link #offer}; told once, before the guest runs. */
    public void offered(Channel made) {
        channel = made;
    }

    /** Sets who is told of every report, on the machine's thread. */
    public void onReport(Runnable told) {
        reported = told;
    }

    /** What the guest said last; null before its first report, and when it has gone. */
    public MemoryReport report() {
        return report;
    }

    /** Whether a guest's driver takes part. */
    public boolean connected() {
        return state.compareTo(State.IDLE) >= 0 && state != State.UNUSABLE;
    }

    /** Version agreed, major number in bits 31:16; 0 for none. */
    public int version() {
        return version;
    }

    /** Pages that the guest should have; -1 when nobody has said. */
    public long target() {
        return target;
    }

    /** Says how many pages the guest should have from now on; it is brought there step by step while its driver listens. */
    public void target(long pages) {
        if (pages != target) {
            target = pages;
            refused = false;
        }
        step();
    }

    /** The virtual machine is reset, and its bus has been. */
    public void reset() {
        memory.restore();
    }

    // ---- channel ---------------------------------------------------------------------------------------------------------

    @Override
    public int opened(Channel opened) {
        channel = opened;
        state = State.AGREEING;
        return OK;
    }

    @Override
    public void closed(Channel closed) {
        end(State.CLOSED);
        memory.settle();
    }

    private void end(State how) {
        state = how;
        version = 0;
        report = null;
        refused = false;
    }

    @Override
    public void packetsAvailable(Channel from) {
        messages.take(from);
        step();
    }

    private boolean usable() {
        return state != State.UNUSABLE;
    }

    private boolean taken(byte[] m, int length) {
        return length >= HEADER && u16(m, SIZE) <= length && message(m, u16(m, SIZE));
    }

    private void giveUp() {
        end(State.UNUSABLE);
    }

    @Override
    public void spaceAvailable(Channel free) {
        step();
    }

    /** Handles a message; false for nonsense. */
    private boolean message(byte[] m, int size) {
        return switch (u16(m, TYPE)) {
            case VERSION_REQUEST -> size >= VERSION_REQUEST_SIZE && agree(u32(m, VERSION));
            case CAPABILITIES -> size >= CAPABILITIES_SIZE && state == State.AGREED && told(u64(m, CAPABILITY_BITS));
            case STATUS -> size >= STATUS_SIZE && connected() && needs(new MemoryReport(u64(m, AVAILABLE), u64(m, COMMITTED)));
            case BALLOON_RESPONSE -> size >= BALLOON_RANGES && state == State.BALLOONING && gaveUp(m, size);
            case UNBALLOON_RESPONSE -> size >= HEADER && state == State.GIVING_BACK && idle();
            case HOT_ADD_RESPONSE -> size >= HOT_ADD_RESPONSE_SIZE && state == State.ADDING && added(u32(m, ADDED_PAGES) & 0xFFFF_FFFFL, u32(m, ADDED_RESULT));
            default -> false;
        };
    }

    private boolean idle() {
        state = State.IDLE;
        return true;
    }

    private boolean agree(int wanted) {
        if (state != State.AGREEING) {
            return false;
        }
        boolean known = Arrays.stream(VERSIONS).anyMatch(v -> v == wanted);
        if (known) {
            version = wanted;
            state = State.AGREED;
        }
        return accept(VERSION_RESPONSE, known);
    }

    private boolean told(long what) {
        capabilities = what;
        if (!accept(CAPABILITIES_RESPONSE, true)) {
            return false;
        }
        byte[] m = message(INFORMATION, INFORMATION_SIZE);
        put32(m, INFORMATION_LENGTH, INFORMATION_SIZE - INFORMATION_LENGTH - 4);
        put32(m, INFORMATION_VALUE_SIZE, 8);
        put64(m, INFORMATION_VALUE, most);
        return send(m) && idle();
    }

    private boolean accept(int type, boolean yes) {
        byte[] m = message(type, RESPONSE_SIZE);
        put64(m, HEADER, yes ? 1 : 0);
        return send(m);
    }

    private boolean needs(MemoryReport r) {
        report = r;
        refused = false;
        reported.run();
        return true;
    }

    private boolean gaveUp(byte[] m, int size) {
        int counts = u32(m, BALLOON_COUNT);
        int ranges = counts >>> 1;
        if (ranges > (size - BALLOON_RANGES) / RANGE) {
            return false;
        }
        long before = memory.pages();
        for (int i = 0; i < ranges; i++) {
            long range = u64(m, BALLOON_RANGES + i * RANGE);
            long count = range >>> COUNT_SHIFT;
            if (count > 0) {
                memory.take(range & FIRST, count);
            }
        }
        if ((counts & 1) == 0) {
            refused |= memory.pages() == before;
            state = State.IDLE;
        }
        return true;
    }

    private boolean added(long pages, int result) {
        long used = result == 1 ? Math.min(pages, addedPages) : 0;
        if (used < addedPages) {
            memory.withdraw(addedFirst + used, addedPages - used);
            refused = true;
        }
        return idle();
    }

    // ---- towards the target ----------------------------------------------------------------------------------------------

    /** Asks the guest for the next step, if nothing is under way and there is one. */
    private void step() {
        if (state != State.IDLE || target < 0 || refused) {
            return;
        }
        long pages = memory.pages();
        if (pages > target) {
            balloon(pages - target);
        } else if (pages < target) {
            List<MemoryRange> back = memory.giveBack(Math.min(target - pages, MOST_IN_RANGE), MOST_RANGES);
            if (back.isEmpty()) {
                add(target - pages);
            } else {
                unballoon(back);
            }
        }
    }

    private void balloon(long pages) {
        if ((capabilities & BALLOON) == 0) {
            return;
        }
        byte[] m = message(BALLOON_REQUEST, BALLOON_REQUEST_SIZE);
        put32(m, HEADER, (int) Math.min(pages, MOST_IN_RANGE));
        if (send(m)) {
            state = State.BALLOONING;
        }
    }

    private void unballoon(List<MemoryRange> back) {
        byte[] m = message(UNBALLOON_REQUEST, UNBALLOON_RANGES + back.size() * RANGE);
        put32(m, UNBALLOON_COUNT, back.size());
        for (int i = 0; i < back.size(); i++) {
            put64(m, UNBALLOON_RANGES + i * RANGE, range(back.get(i).base() >>> 12, back.get(i).length() >>> 12));
        }
        if (send(m)) {
            state = State.GIVING_BACK;
        } else {
            // the guest does not know that it has them
            back.forEach(r -> memory.take(r.base() >>> 12, r.length() >>> 12));
        }
    }

    private void add(long pages) {
        long alignment = (long) PAGES_OF_MIB << (capabilities >>> 2 & 0xF);
        long whole = Math.min(pages, MOST_IN_RANGE) / alignment * alignment;
        if ((capabilities & HOT_ADD) == 0 || whole == 0) {
            return;
        }
        long first = memory.add(whole, alignment);
        if (first < 0) {
            refused = true;
            return;
        }
        byte[] m = message(HOT_ADD_REQUEST, HOT_ADD_REQUEST_SIZE);
        put64(m, HEADER, range(first, whole));
        if (send(m)) {
            addedFirst = first;
            addedPages = whole;
            state = State.ADDING;
        } else {
            memory.withdraw(first, whole);
        }
    }

    private static long range(long first, long count) {
        return first & FIRST | count << COUNT_SHIFT;
    }

    private byte[] message(int type, int size) {
        byte[] m = new byte[size];
        put16(m, TYPE, type);
        put16(m, SIZE, size);
        put32(m, TRANSACTION, ++transaction);
        return m;
    }

    private boolean send(byte[] m) {
        return channel.send(m, 0, m.length, 0, false);
    }

    // ---- state -----------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("dynamic-memory", STATE_VERSION);
        out.put("state", state.ordinal());
        out.put("version", version);
        out.put("capabilities", capabilities);
        out.put("transaction", transaction);
        out.put("target", target);
        out.put("added-first", addedFirst);
        out.put("added-pages", addedPages);
        out.put("refused", refused);
        out.put("reported", report != null);
        if (report != null) {
            out.put("available", report.available());
            out.put("committed", report.committed());
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("dynamic-memory", STATE_VERSION);
        state = State.values()[(int) in.take()];
        version = (int) in.take();
        capabilities = in.take();
        transaction = (int) in.take();
        target = in.take();
        addedFirst = in.take();
        addedPages = in.take();
        refused = in.takeBoolean();
        report = in.takeBoolean() ? new MemoryReport(in.take(), in.take()) : null;
        in.end();
    }
}
