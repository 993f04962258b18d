package dev.hv.cpu.state;

import dev.hv.cpu.memory.PhysicalBus;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The address-range monitor that MONITOR and UMONITOR arm, and the waits of MWAIT, UMWAIT and TPAUSE (SDM vol. 3A, 10.10; vol. 2). A write to the
 * monitored line disarms it, by whomever; an event that is delivered does, too. The memory says so in the way it says that decoded code was
 * written to.
 */
public final class AddressMonitor implements PhysicalBus.CodeWatcher {

    /** Bytes of a line, smallest and largest. */
    public static final int LINE = 64;

    private static final int WATCHED_LINE_SHIFT = 7;
    private static final long NONE = -1;
    private static final long NEVER = Long.MAX_VALUE;

    private final Cpu c;
    /** Physical address of the line. */
    private long line = NONE;
    private boolean armed;
    /** The page, and the lines of it, that memory tells of. */
    private long watchedPage = NONE;
    private int watchedLines;
    /** Of the wait under way: a write to the line ends it. */
    private boolean forWrite;
    /** Interrupts end it that cannot be delivered now. */
    private boolean masked;
    /** Time-stamp counter, unadjusted, at which it ends, and whether that is the system's limit, which sets CF. */
    private long deadline = NEVER;
    private boolean limited;

    AddressMonitor(Cpu c) {
        this.c = c;
    }

    /**
     * Arms the monitor for the line that holds a byte.
     *
     * @throws GuestFault as reading the byte does
     */
    public void arm(long linear) {
        Mem.probeRead(c, linear, 1);
        long physical = MemSlow.translate(c, AddressMasking.masked(c, linear), Mem.READ, c.ctx());
        line = physical & -LINE;
        // registers of devices are no memory that is written back, which alone is monitored
        armed = MemSlow.memoryPage(c, physical) != 0;
        watch();
    }

    private void watch() {
        long page = armed ? line & Tlb.PAGE_MASK : NONE;
        int lines = armed ? 1 << (((int) line & 0xFFF) >>> WATCHED_LINE_SHIFT) : 0;
        if (page == watchedPage && lines == watchedLines) {
            return;
        }
        if (watchedPage != NONE && watchedPage != page) {
            c.bus.watchCode(watchedPage, 0, this);
        }
        if (page != NONE) {
            c.bus.watchCode(page, lines, this);
            c.tlb.watch(page);
        }
        watchedPage = page;
        watchedLines = lines;
    }

    /** Whether a line is monitored. */
    public boolean armed() {
        return armed;
    }

    /** An event is delivered, or guest operation begins or ends: MWAIT does not wait before the next MONITOR. */
    public void disarm() {
        armed = false;
    }

    @Override
    public void codeWritten(long physical, int length) {
        if (physical < line + LINE && physical + length > line) {
            armed = false;
        }
    }

    /**
     * Begins a wait.
     *
     * @param write whether a write to the monitored line ends it
     * @param anyInterrupt whether an interrupt ends it even while interrupts are masked
     */
    public void await(boolean write, boolean anyInterrupt) {
        forWrite = write;
        masked = anyInterrupt;
        deadline = NEVER;
        limited = false;
        c.activity = Cpu.WAITING;
    }

    /**
     * As {@link #await(boolean, boolean)}, until a time at most.
     *
     * @param until value of the time-stamp counter, unadjusted
     * @param byLimit whether that time is the system's limit and not the program's: CF is set then
     */
    public void await(boolean write, long until, boolean byLimit) {
        await(write, true);
        deadline = until;
        limited = byLimit;
        c.waitTimer.set(until);
    }

    /** Whether the wait is over: what it waits for has come, or an interrupt that it makes way for. */
    public void check() {
        boolean timeOver = deadline != NEVER && c.time.tsc() - deadline >= 0;
        if (timeOver && limited) {
            Flags.setCf(c, true);
        }
        if (timeOver || forWrite && !armed || masked && (c.events & Cpu.EVENT_INTERRUPT) != 0 && !c.eventsHeld) {
            c.activity = Cpu.ACTIVE;
            armed = false;
        }
    }

    void save(StateWriter out) {
        out.put("line", line);
        out.put("armed", armed);
        out.put("for-write", forWrite);
        out.put("masked", masked);
        out.put("deadline", deadline);
        out.put("limited", limited);
    }

    void restore(StateReader in) {
        line = in.take();
        armed = in.takeBoolean();
        forWrite = in.takeBoolean();
        masked = in.takeBoolean();
        deadline = in.take();
        limited = in.takeBoolean();
        watch();
    }
}
