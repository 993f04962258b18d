package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.MiscEnable;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.SegmentAccess;

/** MONITOR and MWAIT, UMONITOR, UMWAIT and TPAUSE (SDM vol. 2): waits that a write to a line of memory, an event or a time ends. */
public final class Waits {

    /** Of MWAIT's ECX: masked interrupts end the wait. */
    private static final long BREAK_ON_INTERRUPT = 1;
    /** Of IA32_UMWAIT_CONTROL: the most ticks that a wait takes; 0 for no limit. */
    private static final long LIMIT = 0xFFFFFFFCL;

    private Waits() {}

    /** MONITOR. */
    public static int monitor(Cpu c, Insn d) {
        requireLevel0(c);
        // Intel's processors look at all of RCX in 64-bit mode
        if ((d.mode64() && c.model.intel() ? c.gpr(Cpu.RCX) : c.gpr(Cpu.RCX) << 32) != 0) {
            throw c.gp();
        }
        long a = address(c, d, c.gpr(Cpu.RAX));
        if (Exits.made(c, d, Intercept.MONITOR)) {
            return Outcome.EXIT;
        }
        c.monitor.arm(a);
        return Outcome.NEXT;
    }

    /** UMONITOR r16, r32, r64. */
    public static int umonitor(Cpu c, Insn d) {
        if (Exits.made(c, d, Intercept.UMONITOR)) {
            return Outcome.EXIT;
        }
        c.monitor.arm(address(c, d, c.gpr(d.rm)));
        return Outcome.NEXT;
    }

    /** Linear address, in DS or the segment that a prefix says. */
    private static long address(Cpu c, Insn d, long register) {
        long offset = d.addrSize == 64 ? register : d.addrSize == 32 ? register & 0xFFFFFFFFL : register & 0xFFFF;
        return SegmentAccess.linear(c, d.segOverride >= 0 ? d.segOverride : Cpu.DS, offset, 1, false);
    }

    /** MWAIT: the hint in EAX changes nothing. */
    public static int mwait(Cpu c, Insn d) {
        requireLevel0(c);
        if ((c.gpr(Cpu.RCX) & 0xFFFFFFFFL & ~BREAK_ON_INTERRUPT) != 0) {
            throw c.gp();
        }
        if (Exits.made(c, d, Intercept.MWAIT)) {
            return Outcome.EXIT;
        }
        c.rip = d.nextRip();
        if (!c.monitor.armed()) {
            return Outcome.BRANCH;
        }
        c.monitor.await(true, (c.gpr(Cpu.RCX) & BREAK_ON_INTERRUPT) != 0);
        return Outcome.HALT;
    }

    private static void requireLevel0(Cpu c) {
        if (c.cpl != 0 || !MiscEnable.monitors(c)) {
            throw c.ud();
        }
    }

    /** UMWAIT r32. */
    public static int umwait(Cpu c, Insn d) {
        return timed(c, d, Intercept.UMWAIT);
    }

    /** TPAUSE r32. */
    public static int tpause(Cpu c, Insn d) {
        return timed(c, d, Intercept.TPAUSE);
    }

    /** Waits until the time-stamp counter is above EDX:EAX, but no longer than the system allows. */
    private static int timed(Cpu c, Insn d, Intercept what) {
        SystemInstructions.requireTime(c);
        if ((c.gpr(d.rm) & 0xFFFFFFFEL) != 0) {
            throw c.gp();
        }
        if (Exits.made(c, d, what)) {
            return Outcome.EXIT;
        }
        boolean write = what == Intercept.UMWAIT;
        long now = c.readTsc();
        long wanted = c.gpr(Cpu.RDX) << 32 | c.gpr(Cpu.RAX) & 0xFFFFFFFFL;
        long limit = c.umwaitControl & LIMIT;
        c.rip = d.nextRip();
        Flags.set(c, 1, false, false, false);
        if (Long.compareUnsigned(wanted, now) <= 0 || write && !c.monitor.armed()) {
            return Outcome.BRANCH;
        }
        boolean byLimit = limit != 0 && Long.compareUnsigned(wanted - now, limit) > 0;
        // beyond what a clock counts in centuries there is no time to wait for
        long ticks = byLimit ? limit : Math.min(wanted - now & Long.MAX_VALUE, Long.MAX_VALUE >>> 2);
        c.monitor.await(write, c.time.tsc() + ticks, byLimit);
        return Outcome.HALT;
    }
}
