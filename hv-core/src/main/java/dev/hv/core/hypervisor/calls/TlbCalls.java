package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.rep;
import static dev.hv.core.hypercall.HypercallContract.simple;
import static dev.hv.core.hypercall.HypercallContract.variable;
import static dev.hv.core.hypercall.HypercallContract.variableRep;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypercall.VpSet;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/**
 * Hypercalls that flush translation look-aside buffers of the caller's partition (TLFS, "Virtual TLB"). Input: address space 0, flags 8,
 * mask of processors 16 or, of the calls with a set, format 16, bank mask 24, banks behind.
 */
final class TlbCalls {

    private static final int ALL_PROCESSORS = 1;
    /** All processors, all address spaces, non-global translations only. Extended ranges are not offered. */
    private static final long FLAGS = 7;
    /** Pages up to which a flush goes page by page. */
    private static final int PAGES = 32;

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE, "HvCallFlushGuestPhysicalAddressSpace", 0, 16, 0, TlbCalls::flushGuestPhysical),
                rep(HvCallCode.FLUSH_GUEST_PHYSICAL_ADDRESS_LIST, "HvCallFlushGuestPhysicalAddressList", 0, 16, 8, 0, TlbCalls::flushGuestPhysical),
                simple(HvCallCode.FLUSH_VIRTUAL_ADDRESS_SPACE, "HvCallFlushVirtualAddressSpace", 0, 24, 0, this::flushSpace),
                rep(HvCallCode.FLUSH_VIRTUAL_ADDRESS_LIST, "HvCallFlushVirtualAddressList", 0, 24, 8, 0, this::flushList),
                variable(HvCallCode.FLUSH_VIRTUAL_ADDRESS_SPACE_EX, "HvCallFlushVirtualAddressSpaceEx", 0, 32, this::flushSpaceEx),
                variableRep(HvCallCode.FLUSH_VIRTUAL_ADDRESS_LIST_EX, "HvCallFlushVirtualAddressListEx", 0, 32, 8, this::flushListEx));
    }

    private HvStatus flushSpace(Caller c, HypercallParameters p, int repetition) {
        return badFlush(p) ? HvStatus.INVALID_PARAMETER : flush(c, simpleMask(p));
    }

    private HvStatus flushList(Caller c, HypercallParameters p, int repetition) {
        return badFlush(p) ? HvStatus.INVALID_PARAMETER : flushRange(c, p, simpleMask(p), p.u64(p.element(repetition)));
    }

    private HvStatus flushSpaceEx(Caller c, HypercallParameters p, int repetition) {
        return badFlush(p) || VpSet.bad(p, 16) ? HvStatus.INVALID_PARAMETER : flush(c, setMask(p, 16));
    }

    private HvStatus flushListEx(Caller c, HypercallParameters p, int repetition) {
        return badFlush(p) || VpSet.bad(p, 16) ? HvStatus.INVALID_PARAMETER : flushRange(c, p, setMask(p, 16), p.u64(p.element(repetition)));
    }

    /** Input: the caller's own second-level table 0, flags 8 (none); a list names ranges of it. What is merged from the caller's tables is dropped as a whole. */
    private static HvStatus flushGuestPhysical(Caller c, HypercallParameters p, int repetition) {
        if (!c.partition().hypervisor()) {
            return HvStatus.ACCESS_DENIED;
        }
        if (p.u64(8) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        for (VirtualProcessor vp : c.partition().processors().values()) {
            if (vp.context().nested() != null) {
                vp.context().nested().dropTheirs();
            }
        }
        return HvStatus.SUCCESS;
    }

    private static boolean badFlush(HypercallParameters p) {
        return (p.u64(8) & ~FLAGS) != 0;
    }

    private static long simpleMask(HypercallParameters p) {
        return (p.u64(8) & ALL_PROCESSORS) != 0 ? VpSet.ALL : p.u64(16);
    }

    private static long setMask(HypercallParameters p, int at) {
        return (p.u64(8) & ALL_PROCESSORS) != 0 ? VpSet.ALL : VpSet.mask(p, at);
    }

    private static HvStatus flush(Caller c, long mask) {
        for (VirtualProcessor vp : c.partition().processors().values()) {
            if ((mask >>> vp.index() & 1) != 0) {
                vp.context().flush();
            }
        }
        return HvStatus.SUCCESS;
    }

    /** A range of the list: first page in bits 63:12, further pages in 11:0. */
    private static HvStatus flushRange(Caller c, HypercallParameters p, long mask, long range) {
        long more = range & 0xFFF;
        p.charge((int) Math.min(more, PAGES) * c.partition().processors().size() / PAGES);
        if (more >= PAGES) {
            return flush(c, mask);
        }
        for (VirtualProcessor vp : c.partition().processors().values()) {
            if ((mask >>> vp.index() & 1) != 0) {
                for (long page = 0; page <= more; page++) {
                    vp.context().flush((range & ~0xFFFL) + (page << 12));
                }
            }
        }
        return HvStatus.SUCCESS;
    }
}
