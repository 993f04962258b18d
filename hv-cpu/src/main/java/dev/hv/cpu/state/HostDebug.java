package dev.hv.cpu.state;

import java.util.Arrays;

/**
 * A host's debugger at one processor: breakpoints, watchpoints and single steps that the guest does not see. Nothing of it is in memory or in
 * registers, and it counts no instruction and no step, so a run that was stopped has the digest of one that was not. Breakpoints are linear addresses,
 * in whatever address space: blocks of code end before them, and none is kept that begins there, so other code runs as ever. Pages with watchpoints
 * are never cached in the TLB. Used on the processor's thread alone.
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

    /** The engine came to a breakpoint: preallocated. */
    public static final class Signal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Signal() {
            super(null, null, false, false);
        }
    }

    /** What the engine throws at a breakpoint. */
    public final Signal signal = new Signal();
    private final Cpu c;
    private final Listener listener;
    private long[] code = {};
    private Watch[] watches = {};
    /** {@link Cpu#progress} when the breakpoint at RIP was told: the instruction runs now. */
    private long passed = -1;
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
    }

    /** Counts instants, and stops at one ({@link Stop#INSTANT}); this is the debugger of the processor of this number. */
    public void count(Instants shared, int processor) {
        instants = shared;
        number = processor;
    }

    /** The instant at which the processor's last instruction had ended; -1 when it has run none since instants are counted. */
    public long ranTo() {
        return instants.ranTo(number, c.progress());
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
        forget(linear);
    }

    /** Sets a watchpoint, or takes it away. */
    public void watch(Watch w, boolean set) {
        Watch[] others = Arrays.stream(watches).filter(o -> !o.equals(w)).toArray(Watch[]::new);
        if (set) {
            others = Arrays.copyOf(others, others.length + 1);
            others[others.length - 1] = w;
        }
        watches = others;
        c.tlb.flushAll();
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
    }

    /** Has the processor stop after one instruction; interrupts that come before it are handled on the way. */
    public void step() {
        stepping = true;
        stepFrom = c.progress();
        stepAddress = linear();
        stepStack = c.gpr(Cpu.RSP);
        passed = stepFrom;
    }

    private void forget(long linear) {
        if (c.code != null) {
            c.code.breakpoint(linear);
        }
    }

    private long linear() {
        return (c.mode & Modes.CODE64) != 0 ? c.rip : c.seg[Cpu.CS].base + c.rip & 0xFFFFFFFFL;
    }

    /** Whether a block of code must not go on over an address, nor be kept that begins there. */
    public boolean at(long linear) {
        return Arrays.binarySearch(code, linear) >= 0 || away && linear == stepAddress;
    }

    /** Whether the breakpoint at RIP was told already. */
    public boolean passed() {
        return passed == c.progress();
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
            instants.boundary(number, c.progress());
        }
        return hit != null || stepped() || instants != null && instants.reached();
    }

    private boolean stepped() {
        return stepping && !away && c.progress() != stepFrom;
    }

    /** Tells what is {@link #due}. */
    public void tell() {
        if (hit != null) {
            stop(hit.kind, hitAddress);
        } else if (stepped()) {
            stop(Stop.STEP, linear());
        } else {
            // a breakpoint here is where the debugger is already
            passed = c.progress();
            instants.stopAt(Long.MAX_VALUE);
            stop(Stop.INSTANT, linear());
        }
    }

    /** The processor came to an address that {@link #at} names. */
    public void reached() {
        long here = linear();
        boolean wanted = Arrays.binarySearch(code, here) >= 0;
        passed = c.progress();
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
        listener.stopped(c, why, address);
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
