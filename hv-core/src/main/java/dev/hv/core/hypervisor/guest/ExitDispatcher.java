package dev.hv.core.hypervisor.guest;

import dev.hv.core.hypercall.HypercallDispatcher;
import dev.hv.core.hypervisor.hardware.HardwareContext;
import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvMsr;
import dev.hv.core.tlfs.VpStop;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import java.util.SortedMap;

/** What the hypervisor does about each VM exit. Never throws because of what a guest did. */
public final class ExitDispatcher {

    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int TSC_DEADLINE = 0x6E0;
    private static final int X2APIC_FIRST = 0x800;
    private static final int X2APIC_LAST = 0x8FF;

    private final HypercallDispatcher<Caller> calls;
    private GuestWatch watch;
    /** Exits by {@link VmExit.Kind}. */
    private final long[] counts = new long[VmExit.Kind.values().length];

    /** A dispatcher of exits that hands hypercalls on. */
    public ExitDispatcher(HypercallDispatcher<Caller> calls) {
        this.calls = calls;
    }

    /** Who sees what guests do; null for nobody. */
    public GuestWatch watch() {
        return watch;
    }

    /** Has somebody see what guests do from now on; null for nobody. Before the machine runs. */
    public void watch(GuestWatch who) {
        watch = who;
    }

    /** Name of the call with a code; null when there is none. */
    public String callName(int code) {
        return calls.name(code);
    }

    /** Hypercalls of children so far by name. */
    public SortedMap<String, Long> callCounts() {
        return calls.counts();
    }

    /** Exits of a kind so far. */
    public long count(VmExit.Kind kind) {
        return counts[kind.ordinal()];
    }

    /** Handles an exit. The virtual processor can be entered again on return, unless it left its run queue. */
    public void dispatch(VirtualProcessor vp, VmExit exit) {
        counts[exit.kind.ordinal()]++;
        if (vp.nested() == null || !vp.nested().takes(exit)) {
            handle(vp, exit);
        }
        // before others get a turn: lines may still be asserted
        vp.intercepts().tellEnds();
    }

    private void handle(VirtualProcessor vp, VmExit exit) {
        vp.counters().exit(exit.kind);
        switch (exit.kind) {
            // the run loop decides what comes next
            case PHYSICAL_INTERRUPT, INTERRUPT_WINDOW, NMI_WINDOW, TIMER, INIT, SIPI -> { }
            case CPUID -> cpuid(vp, exit);
            case HLT -> halt(vp, exit);
            case PAUSE -> {
                vp.context().advance(exit.length);
                vp.scheduling().yield();
            }
            case IO -> vp.intercepts().ioPort(exit);
            case MSR_READ -> readMsr(vp, exit);
            case MSR_WRITE -> writeMsr(vp, exit);
            case HYPERCALL -> hypercall(vp, exit);
            case NESTED_PAGE_FAULT -> memory(vp, exit);
            case EMULATE -> vp.step(exit);
            case EXCEPTION -> exception(vp, exit);
            case DELIVER_EVENT -> deliver(vp, exit);
            case TRIPLE_FAULT -> vp.intercepts().unrecoverable();
            case ENTRY_FAILED -> vp.fail(VpStop.Reason.INVALID_REGISTER_VALUE, exit.detail);
            case UNSUPPORTED -> vp.fail(VpStop.Reason.UNSUPPORTED_FEATURE, exit.detail);
        }
        if (exit.kind == VmExit.Kind.HYPERCALL || exit.kind == VmExit.Kind.HLT || exit.kind == VmExit.Kind.MSR_WRITE) {
            vp.partition().statistics().look();
        }
    }

    /** The leaves of hypervisors: empty for a partition that is not told about this one. The others are the model's. */
    private void cpuid(VirtualProcessor vp, VmExit exit) {
        HardwareContext context = vp.context();
        int leaf = (int) context.gpr(RAX);
        if (vp.partition().intercepts().cpuid(leaf)) {
            vp.intercepts().cpuid(exit, defaultLeaf(vp, leaf));
            return;
        }
        int[] out = defaultLeaf(vp, leaf);
        context.setGpr(RAX, out[0] & 0xFFFF_FFFFL);
        context.setGpr(RBX, out[1] & 0xFFFF_FFFFL);
        context.setGpr(RCX, out[2] & 0xFFFF_FFFFL);
        context.setGpr(RDX, out[3] & 0xFFFF_FFFFL);
        context.advance(exit.length);
    }

    /** What CPUID answers without a parent that intercepts it. */
    private static int[] defaultLeaf(VirtualProcessor vp, int leaf) {
        int[] out = new int[4];
        CpuidAnswers.answer(vp, leaf, (int) vp.context().gpr(RCX), out);
        return out;
    }

    /** A partition without hypercalls has a processor model without VMCALL, so that this ends in #UD. */
    private void hypercall(VirtualProcessor vp, VmExit exit) {
        if (!vp.partition().hypercallsEnabled() || !vp.context().privileged()) {
            vp.step();
            return;
        }
        vp.counters().hypercall();
        var outcome = calls.dispatch(vp.caller());
        exit.underWay = outcome == HypercallDispatcher.Outcome.INTERRUPTED;
        switch (outcome) {
            case ANSWERED -> vp.context().advance(exit.length);
            case LEFT -> vp.intercepts().hypercall(exit);
            case INTERRUPTED -> { }
        }
    }

    private static void halt(VirtualProcessor vp, VmExit exit) {
        if (vp.partition().hasInterruptControllers()) {
            vp.context().advance(exit.length);
            vp.scheduling().halt();
        } else {
            vp.intercepts().halt(exit);
        }
    }

    private static void memory(VirtualProcessor vp, VmExit exit) {
        if (vp.handlesItself(exit.gpa, exit.access)) {
            vp.step();
        } else if (exit.access != Mem.WRITE || !vp.partition().doorbells().near(exit.gpa) || !vp.partition().doorbells().rings(vp)) {
            vp.intercepts().memory(exit);
        }
    }

    private static void deliver(VirtualProcessor vp, VmExit exit) {
        if (exit.gpa == VmExit.NOWHERE || vp.handlesItself(exit.gpa, exit.access)) {
            vp.deliver(exit.event);
        } else {
            vp.context().inject(exit.event);
            vp.intercepts().memory(exit);
        }
    }

    /** One that the owner asked for; others tell of x87 errors that the owner's pins report. */
    private static void exception(VirtualProcessor vp, VmExit exit) {
        if ((vp.interceptedExceptions() >>> exit.event.vector() & 1) != 0) {
            vp.intercepts().exception(exit);
        } else {
            vp.intercepts().numericError();
        }
    }

    private void readMsr(VirtualProcessor vp, VmExit exit) {
        HardwareContext context = vp.context();
        if (vp.partition().intercepts().msr(exit.msr, HvInterceptType.READ)) {
            vp.intercepts().msr(exit, false);
        } else if (exit.msr >= X2APIC_FIRST && exit.msr <= X2APIC_LAST && vp.apic().canReadMsr(exit.msr)) {
            long value = vp.apic().readMsr(exit.msr);
            context.setGpr(RAX, value & 0xFFFF_FFFFL);
            context.setGpr(RDX, value >>> 32);
            context.advance(exit.length);
        } else if (SyntheticMsrs.readable(vp, exit.msr)) {
            context.advance(exit.length);
            long value = SyntheticMsrs.read(vp, exit.msr);
            context.setGpr(RAX, value & 0xFFFF_FFFFL);
            context.setGpr(RDX, value >>> 32);
        } else if (vp.partition().intercepts().otherMsr(HvInterceptType.READ)) {
            vp.intercepts().msr(exit, false);
        } else if (ignored(vp, exit.msr, false)) {
            context.setGpr(RAX, 0);
            context.setGpr(RDX, 0);
            context.advance(exit.length);
        } else {
            vp.step();
        }
    }

    /** Whether an access to an MSR is none, because the processor does not have it and its parent wants no #GP of that. */
    private static boolean ignored(VirtualProcessor vp, int msr, boolean write) {
        if (!vp.partition().msrResults().ignored(vp.index(), msr, write, vp.partition().properties().ignoresUnknownMsrs())) {
            return false;
        }
        vp.context().store();
        if (vp.registers().cpl != 0) {
            return false;
        }
        try {
            Msrs.read(vp.registers(), msr);
            return false;
        } catch (GuestFault f) {
            return true;
        }
    }

    private void writeMsr(VirtualProcessor vp, VmExit exit) {
        HardwareContext context = vp.context();
        long value = context.gpr(RDX) << 32 | context.gpr(RAX) & 0xFFFF_FFFFL;
        if (vp.partition().intercepts().msr(exit.msr, HvInterceptType.WRITE)) {
            vp.intercepts().msr(exit, true);
            return;
        }
        // these two come with every timer tick and every end of interrupt
        if (exit.msr == TSC_DEADLINE && vp.partition().model().has(Feature.TSC_DEADLINE)) {
            vp.apic().setTscDeadline(value);
            context.advance(exit.length);
        } else if (exit.msr >= X2APIC_FIRST && exit.msr <= X2APIC_LAST && vp.apic().writeMsr(exit.msr, value)) {
            context.advance(exit.length);
        } else if (SyntheticMsrs.ownersWrite(vp, exit.msr, value)) {
            vp.intercepts().msr(exit, true);
        } else if (exit.msr >>> 16 == HvMsr.BASE >>> 16 && SyntheticMsrs.write(vp, exit.msr, value)) {
            context.advance(exit.length);
        } else if (vp.partition().intercepts().otherMsr(HvInterceptType.WRITE)) {
            vp.intercepts().msr(exit, true);
        } else if (ignored(vp, exit.msr, true)) {
            context.advance(exit.length);
        } else {
            vp.step();
        }
    }
}
