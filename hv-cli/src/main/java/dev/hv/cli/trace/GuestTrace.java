package dev.hv.cli.trace;

import dev.hv.core.hypervisor.guest.GuestWatch;
import dev.hv.core.machine.Clock;
import dev.hv.core.tlfs.HvHypercall;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.state.EventKind;
import java.util.Map;
import java.util.function.IntFunction;

/** Writes exits, hypercalls, accesses to MSRs or interrupts of guests, a line each, decoded. */
final class GuestTrace implements GuestWatch {

    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int R8 = 8;
    private static final long LOW = 0xFFFF_FFFFL;

    private final TraceConfig config;
    private final TraceFile file;
    private final Clock clock;
    private final Map<Long, String> machines;
    private final IntFunction<String> calls;
    /** What the hypercall or access that is being handled began with; of the processor that has the machine's lock. */
    private StringBuilder begun;
    private long control;
    private long rip;

    /**
     * A trace.
     *
     * @param machines names of machines by their partitions
     * @param calls names of hypercalls by code; null for none
     */
    GuestTrace(TraceConfig config, TraceFile file, Clock clock, Map<Long, String> machines, IntFunction<String> calls) {
        this.config = config;
        this.file = file;
        this.clock = clock;
        this.machines = machines;
        this.calls = calls;
    }

    @Override
    public void running(int processor, long partition, int vp) {}

    private StringBuilder line(long partition, int vp) {
        if (file.over()) {
            return null;
        }
        long now = TraceLine.now(clock);
        String machine = TraceLine.machine(machines, partition);
        return config.wants(now, vp) && (config.machine() == null || config.machine().equals(machine)) ? TraceLine.begin(now, machine, vp) : null;
    }

    @Override
    public void exited(long partition, int vp, Exit exit) {
        long at = exit.rip();
        begun = null;
        rip = at;
        boolean kind = switch (config.kind()) {
            case EXITS -> true;
            case HYPERCALLS -> exit.kind() == Kind.HYPERCALL;
            case MSRS -> exit.kind() == Kind.MSR_READ || exit.kind() == Kind.MSR_WRITE;
            case INTERRUPTS, INSTRUCTIONS, IOMMU -> false;
        };
        if (!kind || !config.wants(at)) {
            return;
        }
        begun = line(partition, vp);
        if (begun == null) {
            return;
        }
        switch (config.kind()) {
            case EXITS -> begun.append(exit.reason()).append(" at ").append(hex(at)).append(details(exit));
            case HYPERCALLS -> call(begun, exit);
            case MSRS, INTERRUPTS, INSTRUCTIONS, IOMMU -> { }
        }
    }

    private String details(Exit exit) {
        return switch (exit.kind()) {
            case MSR_READ -> " " + MsrNames.of(exit.msr());
            case MSR_WRITE -> " " + MsrNames.of(exit.msr()) + " = " + hex(edxEax(exit));
            case HYPERCALL -> " " + callName(control(exit));
            case OTHER -> exit.details();
        };
    }

    private static long edxEax(Exit c) {
        return c.gpr(RDX) << 32 | c.gpr(RAX) & LOW;
    }

    private static long control(Exit c) {
        return c.longMode() ? c.gpr(RCX) : edxEax(c);
    }

    private String callName(long word) {
        int code = (int) word & 0xFFFF;
        String name = calls.apply(code);
        return name == null ? "unknown call " + hex(code) : name;
    }

    private void call(StringBuilder to, Exit c) {
        control = control(c);
        boolean fast = (control & HvHypercall.FAST) != 0;
        int count = (int) (control >>> HvHypercall.COUNT_SHIFT) & HvHypercall.REPETITIONS_MASK;
        int start = (int) (control >>> HvHypercall.START_SHIFT) & HvHypercall.REPETITIONS_MASK;
        int variable = (int) (control >>> HvHypercall.VARIABLE_SHIFT) & HvHypercall.VARIABLE_MASK;
        long in = c.longMode() ? c.gpr(RDX) : c.gpr(RBX) << 32 | c.gpr(RCX) & LOW;
        long out = c.longMode() ? c.gpr(R8) : c.gpr(RDI) << 32 | c.gpr(RSI) & LOW;
        to.append(callName(control)).append(fast ? " fast " : " input ").append(hex(in)).append(fast ? " " : " output ").append(hex(out));
        if (count > 0) {
            to.append(" repetitions ").append(start).append("..").append(count);
        }
        if (variable > 0) {
            to.append(" variable ").append(8 * variable);
        }
    }

    @Override
    public void handled(long partition, int vp, Exit c) {
        StringBuilder line = begun;
        begun = null;
        if (line == null) {
            return;
        }
        switch (config.kind()) {
            case HYPERCALLS -> {
                // a call that is to go on has changed its own control word
                if (c.longMode() && c.gpr(RCX) != control) {
                    line.append(" interrupted after ").append(c.gpr(RCX) >>> HvHypercall.START_SHIFT & HvHypercall.REPETITIONS_MASK);
                } else if (c.underWay()) {
                    line.append(" under way");
                } else {
                    result(line, c.longMode() ? c.gpr(RAX) : edxEax(c));
                }
                line.append(" at ").append(hex(rip));
            }
            case MSRS -> {
                boolean fault = c.eventQueued();
                line.append(c.kind() == Kind.MSR_READ ? "read " : "write ").append(MsrNames.of(c.msr())).append(" = ").append(fault && c.kind() == Kind.MSR_READ ? "?" : hex(edxEax(c)))
                        .append(fault ? " fault" : "").append(" at ").append(hex(rip));
            }
            case EXITS, INTERRUPTS, INSTRUCTIONS, IOMMU -> { }
        }
        file.line(line);
    }

    private static void result(StringBuilder to, long word) {
        int code = (int) word & HvHypercall.STATUS_MASK;
        String name;
        try {
            name = HvStatus.of(code).name();
        } catch (IllegalArgumentException e) {
            name = hex(code);
        }
        to.append(": ").append(name);
        long completed = word >>> HvHypercall.COUNT_SHIFT & HvHypercall.REPETITIONS_MASK;
        if (completed > 0) {
            to.append(", ").append(completed).append(" completed");
        }
    }

    @Override
    public void interrupted(long partition, int vp, EventKind kind, int vector) {
        if (config.kind() != TraceConfig.Kind.INTERRUPTS) {
            return;
        }
        StringBuilder line = line(partition, vp);
        if (line != null) {
            file.line(line.append(kind == EventKind.NMI ? "nmi" : kind == EventKind.EXCEPTION ? "machine check" : "interrupt").append(" vector ").append(vector).append(" (").append(hex(vector)).append(')'));
        }
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
