package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.Partition;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.HvTranslation;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.Tlb;

/**
 * HvCallTranslateVirtualAddress: what a linear address of a virtual processor leads to, by its own page tables and access rights (TLFS,
 * "Virtual address translation"). Nothing the guest can see changes unless the caller wants accessed and dirty bits set. Whether there is memory at
 * the end does not count: an owner asks this for the accesses to devices that it carries out.
 */
final class TranslationCall {

    private static final int PRESENT = 1;
    private static final int RESERVED = 1 << 3;
    private static final int USER_LEVEL = 3;

    private final Targets targets;

    TranslationCall(Targets targets) {
        this.targets = targets;
    }

    HypercallContract<Caller> contract() {
        return simple(HvCallCode.TRANSLATE_VIRTUAL_ADDRESS, "HvCallTranslateVirtualAddress", HvPrivilege.CREATE_PARTITIONS, 32, 16, this::translate);
    }

    /** Input: partition 0, processor 8, flags 16, page number 24; output: result 0, page number 8. */
    private HvStatus translate(Caller c, HypercallParameters in, int repetition) {
        Partition p = targets.child(c, in);
        if (p == null) {
            return Targets.refusal(c, in);
        }
        VirtualProcessor vp = p.processors().get(in.u32(8));
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        long flags = in.u64(16);
        if ((flags & ~HvTranslation.FLAGS) != 0 || in.u64(24) >>> 52 != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        // page numbers of canonical addresses, without the bits above the processor's width
        long address = Canonical.extended(vp.registers().model, in.u64(24) << 12);
        vp.context().store();
        in.put(0, 8, HvTranslation.SUCCESS);
        in.put(8, 8, 0);
        vp.bus().probe((flags & HvTranslation.SET_PAGE_TABLE_BITS) != 0);
        try {
            walk(vp, address, flags, in);
        } finally {
            vp.bus().endProbe();
        }
        return HvStatus.SUCCESS;
    }

    private static void walk(VirtualProcessor vp, long address, long flags, HypercallParameters out) {
        Cpu cpu = vp.registers();
        int how = mode(cpu, flags);
        long gpa = -1;
        try {
            if ((flags & HvTranslation.VALIDATE_EXECUTE) != 0) {
                gpa = PageWalker.walk(cpu, address, Mem.FETCH, how);
            }
            if ((flags & HvTranslation.VALIDATE_WRITE) != 0) {
                gpa = PageWalker.walk(cpu, address, Mem.WRITE, how);
            }
            if (gpa < 0 || (flags & HvTranslation.VALIDATE_READ) != 0) {
                gpa = PageWalker.walk(cpu, address, Mem.READ, how);
            }
        } catch (GuestFault f) {
            int result = vp.bus().unreached() != HvTranslation.SUCCESS ? vp.bus().unreached()
                    : (f.errorCode & PRESENT) == 0 ? HvTranslation.PAGE_NOT_PRESENT
                    : (f.errorCode & RESERVED) != 0 ? HvTranslation.INVALID_PAGE_TABLE_FLAGS : HvTranslation.PRIVILEGE_VIOLATION;
            out.put(0, 8, result);
            return;
        }
        if (vp.bus().unreached() != HvTranslation.SUCCESS) {
            out.put(0, 8, vp.bus().unreached());
            return;
        }
        out.put(8, 8, gpa >>> 12);
        if (vp.partition().space().overlays().covers(gpa >>> 12)) {
            out.put(0, 8, HvTranslation.SUCCESS | HvTranslation.OVERLAY);
        }
    }

    private static int mode(Cpu cpu, long flags) {
        if ((flags & HvTranslation.PRIVILEGE_EXEMPT) != 0) {
            return Tlb.SUPERVISOR_AC;
        }
        boolean user = (flags & HvTranslation.USER_ACCESS) != 0 || cpu.cpl == USER_LEVEL && (flags & HvTranslation.SUPERVISOR_ACCESS) == 0;
        return user ? Tlb.USER : Tlb.SUPERVISOR;
    }
}
