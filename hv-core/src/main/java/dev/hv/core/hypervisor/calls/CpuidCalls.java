package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.rep;
import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.guest.CpuidAnswers;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.CpuidResults;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls about what CPUID, and MSRs that nobody has, answer in a child's processors. */
final class CpuidCalls {

    private static final int RESULT_SIZE = 64;
    private static final int NAME_SIZE = 32;
    private static final int LEAF = 16;
    private static final int SUBLEAF = 20;
    /** Input: the result is of this subleaf alone, u8. */
    private static final int SUBLEAF_SPECIFIC = 24;
    private static final int VALUES = 28;
    private static final int MSR_ACCESS = 20;
    private static final int MSR_ACTION = 24;

    private final Targets targets;
    private final int[] answer = new int[4];

    CpuidCalls(Targets targets) {
        this.targets = targets;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.REGISTER_INTERCEPT_RESULT, "HvCallRegisterInterceptResult", HvPrivilege.CREATE_PARTITIONS, RESULT_SIZE, 0, this::register),
                simple(HvCallCode.UNREGISTER_INTERCEPT_RESULT, "HvCallUnregisterInterceptResult", HvPrivilege.CREATE_PARTITIONS, NAME_SIZE, 0, this::unregister),
                rep(HvCallCode.GET_VP_CPUID_VALUES, "HvCallGetVpCpuidValues", HvPrivilege.CREATE_PARTITIONS, 24, 24, 16, this::values));
    }

    /**
     * Input: partition 0, processor 8, type 12. Of CPUID: leaf 16, subleaf 20, whether that counts 24, values and masks of EAX, EBX, ECX and EDX 28. Of MSRs: number 16, access 20
     * (0 read, 1 write), action 24 (0 an exception, 1 none).
     */
    private HvStatus register(Caller c, HypercallParameters in, int repetition) {
        HvStatus status = check(c, in);
        if (!status.ok()) {
            return status;
        }
        Partition p = targets.child(c, in);
        int vp = in.u32(8);
        if (msr(in)) {
            return (in.u32(MSR_ACTION) & ~1) != 0 ? HvStatus.INVALID_PARAMETER : p.msrResults().set(vp, in.u32(LEAF), in.u32(MSR_ACCESS) != 0, in.u32(MSR_ACTION) != 0);
        }
        long[] values = new long[8];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.u32(VALUES + 4 * i);
        }
        return p.cpuidResults().set(vp, in.u32(LEAF), subleaf(in), values);
    }

    /** Takes back what {@link #register} said; input as there, but for values, masks and action. NOT_FOUND when nothing was said. */
    private HvStatus unregister(Caller c, HypercallParameters in, int repetition) {
        HvStatus status = check(c, in);
        if (!status.ok()) {
            return status;
        }
        Partition p = targets.child(c, in);
        int vp = in.u32(8);
        boolean removed = msr(in) ? p.msrResults().remove(vp, in.u32(LEAF), in.u32(MSR_ACCESS) != 0) : p.cpuidResults().remove(vp, in.u32(LEAF), subleaf(in));
        return removed ? HvStatus.SUCCESS : HvStatus.NOT_FOUND;
    }

    /** Whether the input names a child, a processor of it, and something that has results. */
    private HvStatus check(Caller c, HypercallParameters in) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        if (!msr(in) && in.u32(12) != HvInterceptType.CPUID || msr(in) && (in.u32(MSR_ACCESS) & ~1) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        int vp = in.u32(8);
        return vp == CpuidResults.ANY_PROCESSOR || p.processors().containsKey(vp) ? HvStatus.SUCCESS : HvStatus.INVALID_VP_INDEX;
    }

    private static boolean msr(HypercallParameters in) {
        return in.u32(12) == HvInterceptType.MSR;
    }

    /** The subleaf that the input is about; -1 for all. */
    private static long subleaf(HypercallParameters in) {
        return in.u8(SUBLEAF_SPECIFIC) != 0 ? in.u32(SUBLEAF) & 0xFFFF_FFFFL : -1;
    }

    /** Input: partition 0, processor 8, flags 12, reserved 16; element: leaf 0, subleaf 4, XFEM 8, XSS 16. */
    private HvStatus values(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        VirtualProcessor vp = p.processors().get(in.u32(8));
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        int at = in.element(repetition);
        CpuidAnswers.answer(vp, in.u32(at), in.u32(at + 4), answer);
        for (int i = 0; i < answer.length; i++) {
            in.put(in.outputAt(repetition) + 4 * i, 4, answer[i]);
        }
        return HvStatus.SUCCESS;
    }
}
