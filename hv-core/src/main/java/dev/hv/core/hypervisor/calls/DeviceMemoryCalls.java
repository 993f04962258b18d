package dev.hv.core.hypervisor.calls;

import static dev.hv.core.hypercall.HypercallContract.rep;
import static dev.hv.core.hypercall.HypercallContract.simple;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.hypercall.MmioInput;
import dev.hv.core.hypervisor.hardware.VirtualizationBackend;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** Hypercalls of a guest about its own memory: access to that of devices without an instruction to take apart, and hints on what it needs. */
final class DeviceMemoryCalls {

    /** The guest may say which pages it does not need. */
    private static final long EXT_COLD_DISCARD = 1 << 8;
    /** Kinds of hints: what the guest does not need any more has the highest number. */
    private static final int HEAT_COLD_DISCARD = 2;
    /** HV_GPA_PAGE_RANGE: further pages, of 2 MiB or 1 GiB; the number of the first page follows. */
    private static final int RANGE_MORE = 0x7FF;
    private static final int RANGE_LARGE = 1 << 11;
    private static final int RANGE_1G = 1 << 12;
    /** Pages to look at in a repetition's share of time. */
    private static final int HINTED_PAGES = 512;

    private final VirtualizationBackend backend;

    DeviceMemoryCalls(VirtualizationBackend backend) {
        this.backend = backend;
    }

    List<HypercallContract<Caller>> contracts() {
        return List.of(
                simple(HvCallCode.MMIO_READ, "HvCallMemoryMappedIoRead", 0, MmioInput.READ_SIZE, MmioInput.DATA_BYTES, DeviceMemoryCalls::mmio),
                simple(HvCallCode.MMIO_WRITE, "HvCallMemoryMappedIoWrite", 0, MmioInput.WRITE_SIZE, 0, DeviceMemoryCalls::mmio),
                simple(HvCallCode.EXT_QUERY_CAPABILITIES, "HvExtCallQueryCapabilities", HvPrivilege.EXTENDED_HYPERCALLS, 0, 8, (c, p, i) -> {
                    p.put(0, 8, EXT_COLD_DISCARD);
                    return HvStatus.SUCCESS;
                }),
                rep(HvCallCode.EXT_MEMORY_HEAT_HINT, "HvExtCallMemoryHeatHint", HvPrivilege.EXTENDED_HYPERCALLS, 8, 8, 0, this::heatHint));
    }

    /**
     * An access to a device's register without an instruction to take apart: the device is the parent's, and so is the answer. Memory is no device.
     */
    private static HvStatus mmio(Caller c, HypercallParameters p, int repetition) {
        long gpa = MmioInput.gpa(p);
        if (c.vp() == null || MmioInput.bad(p) || gpa < 0 || gpa >>> 12 >= GuestPhysicalSpace.LIMIT || c.partition().space().translate(gpa, 0) >= 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        c.partition().countMemoryIntercept();
        return p.leave();
    }

    /**
     * Input: type 0; element: a range of pages. Only pages that the guest does not need any more (cold, discard) make a difference:
     * they go back to the host and read as zero when the guest takes them up again.
     */
    private HvStatus heatHint(Caller c, HypercallParameters p, int repetition) {
        long type = p.u64(0);
        if (type < 0 || type > HEAT_COLD_DISCARD) {
            return HvStatus.INVALID_PARAMETER;
        }
        if (type != HEAT_COLD_DISCARD) {
            return HvStatus.SUCCESS;
        }
        long range = p.u64(p.element(repetition));
        long gpn = range >>> 12;
        long pages = (range & RANGE_MORE) + 1;
        if ((range & RANGE_LARGE) != 0) {
            int shift = (range & RANGE_1G) != 0 ? 18 : 9;
            gpn = range >>> 21 << 9;
            pages <<= shift;
        }
        if (gpn > GuestPhysicalSpace.LIMIT - pages) {
            return HvStatus.INVALID_PARAMETER;
        }
        p.charge((int) Math.min(pages / HINTED_PAGES, Integer.MAX_VALUE / 2));
        if (c.partition().space().discard(gpn, pages)) {
            backend.invalidate(c.partition().space());
        }
        return HvStatus.SUCCESS;
    }
}
