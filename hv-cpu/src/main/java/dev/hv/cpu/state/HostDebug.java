package dev.hv.cpu.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A host's debugger at one processor: breakpoints, watchpoints and single steps that the guest does not see. Nothing of it is in memory or in
 * registers, and it counts no instruction and no step, so a run that was stopped has the digest of one that was not. Breakpoints are linear addresses,
 * in whatever address space: blocks of code end before them, and none is kept that begins there, so other code runs as ever. Pages with watchpoints
 * are never cached in the TLB. Used on the processor's thread alone, or while it stands.
 *
 * <p>A virtual processor's debugger goes where that does ({@link #enter}, {@link #leave}): it counts what the virtual processor did, and keeps a stop
 * until its processor has left guest code ({@link #tellKept}).
 */
public final class HostDebug {

    /** Why the processor stopped. */
    public enum Stop { BREAKPOINT, STEP, WRITE, READ, ACCESS, INSTANT }

    /** Data that is watched. */
    public record Watch(long address, int length, Stop kind) {}

    /** Told of a stop, at an instruction boundary, on the processor's thread; the guest goes on when it returns. */
    public interface Listener {
        /**
         * The processor stands.
         *
         * @param address the instruction's linear address, or that of the data that was accessed
         */
        void stopped(Cpu c, Stop why, long address);
    }

    /** Told of a stop of a guest's virtual processor; everything stands until it returns. */
    public interface GuestListener {
        /**
         * A virtual processor stands.
         *
         * @param number its index
         * @param address the instruction's linear address, or that of the data that was accessed
         */
        void stopped(int number, Stop why, long address);
    }

    /** The engine came to a breakpoint: preallocated. */
    public static final class Signal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Signal() {
            super(null, null, false, false);
        }
    }

    /** What the engine throws at a breakpoint. */
    public final Signal signal = new Signal();
    /** Where it is, or was last. */
    private Cpu c;
    /** Where it can be. */
    private final List<Cpu> places;
    /** Of all processors of the guest. */
    private final List<HostDebug> siblings;
    /** Stops are told by {@link #tellKept} alone. */
    private final boolean keeps;
    private final Listener listener;
    /** What it has done beside what the processor counts, while it is there; all that it has done, while it is nowhere. */
    private long done;
    private boolean there;
    private Stop kept;
    private long keptAddress;
    private long[] code = {};
    private Watch[] watches = {};
    /** {@link #progress} when the breakpoint at {@link #passedAt} was told: the instruction runs now. */
    private long passed = -1;
    private long passedAt;
    private boolean stepping;
    private long stepFrom;
    private long stepAddress;
    private long stepStack;
    /** An interrupt came before the instruction that is stepped: the step goes on when its handler has returned. */
    private boolean away;
    private Watch hit;
    private long hitAddress;
    /** Null in a run that cannot go back. */
    private Instants instants;
    private int number;

    /** A debugger that stops at nothing; {@link Cpu#debug} is where it goes. */
    public HostDebug(Cpu c, Listener listener) {
        this.c = c;
        this.listener = listener;
        places = List.of(c);
        siblings = List.of(this);
        keeps = false;
        there = true;
    }

    private HostDebug(List<Cpu> places, List<HostDebug> siblings, Listener listener) {
        this.places = places;
        this.siblings = siblings;
        this.listener = listener;
        c = places.getFirst();
        keeps = true;
    }

    /**
     * Debuggers that stop at nothing, for the virtual processors of a guest.
     *
     * @param places the processors that they can run on
     * @param listener told of a virtual processor's number, on the thread of its processor, outside guest code
     */
    public static List<HostDebug> ofGuest(List<Cpu> places, int count, GuestListener listener) {
        List<HostDebug> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            all.add(new HostDebug(places, all, (at, why, address) -> listener.stopped(number, why, address)));
        }
        return all;
    }

    /** Its virtual processor enters guest code on a processor. */
    public void enter(Cpu at) {
        c = at;
        c.debug = this;
        done -= c.progress();
        there = true;
        if (away) {
            // blocks that are here may go on over the place
            forget(stepAddress);
        }
    }

    /** Its virtual processor has left guest code. */
    public void leave() {
        done = progress();
        there = false;
        c.debug = null;
    }

    /** Whether a stop waits for {@link #tellKept}: the engine has returned for it. */
    public boolean kept() {
        return kept != null;
    }

    /** Tells the stop that was kept, unless it is of a breakpoint or watchpoint that is gone. */
    public void tellKept() {
        Stop why = kept;
        kept = null;
        boolean gone = switch (why) {
            case BREAKPOINT -> Arrays.binarySearch(code, keptAddress) < 0;
            case STEP, INSTANT -> false;
            case WRITE, READ, ACCESS -> watches.length == 0;
        };
        if (!gone) {
            listener.stopped(c, why, keptAddress);
        }
    }

    private long progress() {
        return there ? done + c.progress() : done;
    }

    /** Counts instants, and stops at one ({@link Stop#INSTANT}); this is the debugger of the processor of this number. */
    public void count(Instants shared, int processor) {
        instants = shared;
        number = processor;
    }

    /** The instant at which the processor's last instruction had ended; -1 when it has run none since instants are counted. */
    public long ranTo() {
        return instants.ranTo(number, progress());
    }

    /** Tells of data that the last instruction accessed, if a watchpoint was met that was not told. */
    public void tellHit() {
        if (hit != null) {
            tell();
        }
    }

    /** Sets a breakpoint, or takes it away. */
    public void breakpoint(long linear, boolean set) {
        int i = Arrays.binarySearch(code, linear);
        if (set == i >= 0) {
            return;
        }
        long[] changed = Arrays.stream(code).filter(a -> a != linear).toArray();
        if (set) {
            changed = Arrays.copyOf(changed, changed.length + 1);
            changed[changed.length - 1] = linear;
            Arrays.sort(changed);
        }
        code = changed;
        for (Cpu place : places) {
            forget(place, linear);
        }
    }

    /** Sets a watchpoint, or takes it away. */
    public void watch(Watch w, boolean set) {
        Watch[] others = Arrays.stream(watches).filter(o -> !o.equals(w)).toArray(Watch[]::new);
        if (set) {
            others = Arrays.copyOf(others, others.length + 1);
            others[others.length - 1] = w;
        }
        watches = others;
        places.forEach(place -> place.tlb.flushAll());
    }

    /** Stops at nothing any more. */
    public void clear() {
        for (long a : code.clone()) {
            breakpoint(a, false);
        }
        for (Watch w : watches.clone()) {
            watch(w, false);
        }
        stepping = false;
        away = false;
        hit = null;
        kept = null;
    }

    /** Has the processor stop after one instruction; interrupts that come before it are handled on the way. */
    public void step() {
        step(c);
    }

    /**
     * As {@link #step()}.
     *
     * @param registers where its registers are meanwhile
     */
    public void step(Cpu registers) {
        stepping = true;
        away = false;
        stepFrom = progress();
        stepAddress = linear(registers);
        stepStack = registers.gpr(Cpu.RSP);
        passed = stepFrom;
        passedAt = stepAddress;
    }

    private void forget(long linear) {
        forget(c, linear);
    }

    private static void forget(Cpu at, long linear) {
        if (at.code != null) {
            at.code.breakpoint(linear);
        }
    }

    private long linear() {
        return linear(c);
    }

    private static long linear(Cpu c) {
        return (c.mode & Modes.CODE64) != 0 ? c.rip : c.seg[Cpu.CS].base + c.rip & 0xFFFFFFFFL;
    }

    /** Whether a block of code must not go on over an address, nor be kept that begins there. */
    public boolean at(long linear) {
        return Arrays.binarySearch(code, linear) >= 0 || awaited(linear);
    }

    /** Whether a processor that is {@link #away} comes back to an address: they share the blocks of the processor that they run on. */
    private boolean awaited(long linear) {
        for (int i = 0; i < siblings.size(); i++) {
            HostDebug d = siblings.get(i);
            if (d.away && linear == d.stepAddress) {
                return true;
            }
        }
        return false;
    }

    /** Whether the breakpoint at RIP was told already. An instruction that a hypervisor carried out is not counted, but moves RIP. */
    public boolean passed() {
        return passed == progress() && passedAt == linear();
    }

    /** Whether only one instruction may run before {@link #due} is asked again. */
    public boolean alone() {
        return stepping && !away;
    }

    /** How many instructions may run before {@link #due} is asked again, of so many. */
    public long most(long left) {
        return alone() ? 1 : instants == null ? left : instants.left(left);
    }

    /** Whether there is a stop to tell, before anything else happens at this boundary. */
    public boolean due() {
        if (instants != null) {
            instants.boundary(number, progress());
        }
        return hit != null || stepped() || instants != null && instants.reached();
    }

    private boolean stepped() {
        return stepping && !away && (progress() != stepFrom || linear() != stepAddress);
    }

    /** Tells what is {@link #due}. */
    public void tell() {
        if (hit != null) {
            stop(hit.kind, hitAddress);
        } else if (stepped()) {
            stop(Stop.STEP, linear());
        } else {
            // a breakpoint here is where the debugger is already
            passed = progress();
            passedAt = linear();
            instants.stopAt(Long.MAX_VALUE);
            stop(Stop.INSTANT, linear());
        }
    }

    /** The processor came to an address that {@link #at} names. */
    public void reached() {
        long here = linear();
        boolean wanted = Arrays.binarySearch(code, here) >= 0;
        passed = progress();
        passedAt = here;
        if (away && here == stepAddress && c.gpr(Cpu.RSP) == stepStack) {
            away = false;
            stepFrom = passed;
        } else if (wanted) {
            stop(Stop.BREAKPOINT, here);
        }
    }

    private void stop(Stop why, long address) {
        stepping = false;
        away = false;
        hit = null;
        if (keeps) {
            kept = why;
            keptAddress = address;
            c.request(Cpu.REQUEST_RETURN);
        } else {
            listener.stopped(c, why, address);
        }
    }

    /** The processor has taken an event at a boundary. */
    public void interrupted() {
        if (stepping && !away) {
            away = true;
            forget(stepAddress);
        }
    }

    /** Whether the page of an address has a watchpoint. */
    boolean covers(long a) {
        for (Watch w : watches) {
            if (w.address >>> 12 <= a >>> 12 && a >>> 12 <= w.address + w.length - 1 >>> 12) {
                return true;
            }
        }
        return false;
    }

    /**
     * An access of {@code size} bytes.
     *
     * @throws RestartSignal when it meets a watchpoint and other instructions would run before the stop
     */
    void accessed(long a, int size, boolean write) {
        for (Watch w : watches) {
            boolean kind = w.kind == Stop.ACCESS || (w.kind == Stop.WRITE) == write;
            if (kind && a < w.address + w.length && w.address < a + size) {
                if (c.code != null) {
                    c.code.alone();
                }
                hit = w;
                hitAddress = w.address;
            }
        }
    }
}
