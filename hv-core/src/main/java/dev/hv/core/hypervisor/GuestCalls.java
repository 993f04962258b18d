package dev.hv.core.hypervisor;

import static dev.hv.core.hypercall.HypercallContract.rep;
import static dev.hv.core.hypercall.HypercallContract.simple;
import static dev.hv.core.hypercall.HypercallContract.variable;
import static dev.hv.core.hypercall.HypercallContract.variableRep;

import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypercall.HypercallParameters;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import java.util.List;

/** The hypercalls of child partitions: each with its contract beside it. Offsets are those of the TLFS's input structures. */
final class GuestCalls {

    private static final long SELF = -1;
    private static final int FLUSH_ALL_PROCESSORS = 1;
    /** All processors, all address spaces, non-global translations only. Extended ranges are not offered. */
    private static final long FLUSH_FLAGS = 7;
    /** Pages up to which a flush goes page by page. */
    private static final int FLUSH_PAGES = 32;
    private static final int LEAST_IPI_VECTOR = 16;
    /** The guest may say which pages it does not need. */
    private static final long EXT_COLD_DISCARD = 1 << 8;
    private static final int EVENT_FLAGS = 2048;
    private static final int VTL_GIVEN = 1 << 4;
    private static final int RETARGET_MSI = 1;
    private static final int RETARGET_MULTICAST = 1;
    private static final int RETARGET_SET = 1 << 1;
    private static final int MMIO_BYTES = 64;

    /** Kinds of hints: what the guest does not need any more has the highest number. */
    private static final int HEAT_COLD_DISCARD = 2;
    /** HV_GPA_PAGE_RANGE: further pages, of 2 MiB or 1 GiB; the number of the first page follows. */
    private static final int RANGE_MORE = 0x7FF;
    private static final int RANGE_LARGE = 1 << 11;
    private static final int RANGE_1G = 1 << 12;
    /** Pages to look at in a repetition's share of time. */
    private static final int HINTED_PAGES = 512;

    private final VirtualizationBackend backend;
    private final byte[] message = new byte[HvMessage.PAYLOAD_LIMIT];
    private final InitialContext initialContext = new InitialContext();

    GuestCalls(VirtualizationBackend backend) {
        this.backend = backend;
    }

    /** All calls with their contracts. */
    List<HypercallContract<GuestCaller>> contracts() {
        return List.of(
                simple(HvCallCode.FLUSH_VIRTUAL_ADDRESS_SPACE, "HvCallFlushVirtualAddressSpace", 0, 24, 0, this::flushSpace),
                rep(HvCallCode.FLUSH_VIRTUAL_ADDRESS_LIST, "HvCallFlushVirtualAddressList", 0, 24, 8, 0, this::flushList),
                variable(HvCallCode.FLUSH_VIRTUAL_ADDRESS_SPACE_EX, "HvCallFlushVirtualAddressSpaceEx", 0, 32, this::flushSpaceEx),
                variableRep(HvCallCode.FLUSH_VIRTUAL_ADDRESS_LIST_EX, "HvCallFlushVirtualAddressListEx", 0, 32, 8, this::flushListEx),
                simple(HvCallCode.NOTIFY_LONG_SPIN_WAIT, "HvCallNotifyLongSpinWait", 0, 8, 0, this::longSpinWait),
                simple(HvCallCode.SEND_SYNTHETIC_CLUSTER_IPI, "HvCallSendSyntheticClusterIpi", 0, 16, 0, this::clusterIpi),
                variable(HvCallCode.SEND_SYNTHETIC_CLUSTER_IPI_EX, "HvCallSendSyntheticClusterIpiEx", 0, 24, this::clusterIpiEx),
                simple(HvCallCode.GET_PARTITION_ID, "HvCallGetPartitionId", HvPrivilege.ACCESS_PARTITION_ID, 0, 8, GuestCalls::partitionId),
                simple(HvCallCode.GET_PARTITION_PROPERTY, "HvCallGetPartitionProperty", HvPrivilege.ACCESS_PARTITION_ID, 16, 8, GuestCalls::property),
                rep(HvCallCode.GET_VP_REGISTERS, "HvCallGetVpRegisters", HvPrivilege.VP_REGISTERS, 16, 4, 16, GuestCalls::getRegister),
                rep(HvCallCode.SET_VP_REGISTERS, "HvCallSetVpRegisters", HvPrivilege.VP_REGISTERS, 16, 32, 0, GuestCalls::setRegister),
                simple(HvCallCode.POST_MESSAGE, "HvCallPostMessage", HvPrivilege.POST_MESSAGES, 16 + HvMessage.PAYLOAD_LIMIT, 0, this::postMessage),
                simple(HvCallCode.SIGNAL_EVENT, "HvCallSignalEvent", HvPrivilege.SIGNAL_EVENTS, 8, 0, GuestCalls::signalEvent),
                variable(HvCallCode.RETARGET_DEVICE_INTERRUPT, "HvCallRetargetDeviceInterrupt", 0, 56, GuestCalls::retarget),
                simple(HvCallCode.START_VIRTUAL_PROCESSOR, "HvCallStartVirtualProcessor", HvPrivilege.START_VP, 16 + InitialContext.SIZE, 0,
                        this::startProcessor),
                rep(HvCallCode.GET_VP_INDEX_FROM_APIC_ID, "HvCallGetVpIndexFromApicId", 0, 16, 4, 4, GuestCalls::indexFromApicId),
                simple(HvCallCode.MMIO_READ, "HvCallMemoryMappedIoRead", 0, 16, MMIO_BYTES, GuestCalls::mmioRead),
                simple(HvCallCode.MMIO_WRITE, "HvCallMemoryMappedIoWrite", 0, 16 + MMIO_BYTES, 0, GuestCalls::mmioWrite),
                simple(HvCallCode.EXT_QUERY_CAPABILITIES, "HvExtCallQueryCapabilities", HvPrivilege.EXTENDED_HYPERCALLS, 0, 8, (c, p, i) -> {
                    p.put(0, 8, EXT_COLD_DISCARD);
                    return HvStatus.SUCCESS;
                }),
                rep(HvCallCode.EXT_MEMORY_HEAT_HINT, "HvExtCallMemoryHeatHint", HvPrivilege.EXTENDED_HYPERCALLS, 8, 8, 0, this::heatHint));
    }

    // ---- translation look-aside buffers: address space 0, flags 8, processor mask 16, or a set from 16 on ---------------------

    private HvStatus flushSpace(GuestCaller c, HypercallParameters p, int repetition) {
        return badFlush(p) ? HvStatus.INVALID_PARAMETER : flush(c, simpleMask(p));
    }

    private HvStatus flushList(GuestCaller c, HypercallParameters p, int repetition) {
        return badFlush(p) ? HvStatus.INVALID_PARAMETER : flushRange(c, p, simpleMask(p), p.u64(p.element(repetition)));
    }

    private HvStatus flushSpaceEx(GuestCaller c, HypercallParameters p, int repetition) {
        return badFlush(p) || badSet(p, 16) ? HvStatus.INVALID_PARAMETER : flush(c, setMask(p, 16));
    }

    private HvStatus flushListEx(GuestCaller c, HypercallParameters p, int repetition) {
        return badFlush(p) || badSet(p, 16) ? HvStatus.INVALID_PARAMETER : flushRange(c, p, setMask(p, 16), p.u64(p.element(repetition)));
    }

    private static boolean badFlush(HypercallParameters p) {
        return (p.u64(8) & ~FLUSH_FLAGS) != 0;
    }

    private static long simpleMask(HypercallParameters p) {
        return (p.u64(8) & FLUSH_ALL_PROCESSORS) != 0 ? VpSet.ALL : p.u64(16);
    }

    private static boolean badSet(HypercallParameters p, int at) {
        return !VpSet.valid(p.u64(at), p.u64(at + 8), p.variableSize() / 8);
    }

    private static long setMask(HypercallParameters p, int at) {
        boolean everybody = at == 16 && (p.u64(8) & FLUSH_ALL_PROCESSORS) != 0;
        return everybody ? VpSet.ALL : VpSet.mask(p.u64(at), p.u64(at + 8), p, p.variableAt());
    }

    private static HvStatus flush(GuestCaller c, long mask) {
        for (VirtualProcessor vp : c.partition().processors().values()) {
            if ((mask >>> vp.index() & 1) != 0) {
                vp.context().flush();
            }
        }
        return HvStatus.SUCCESS;
    }

    /** A range of the list: first page in bits 63:12, further pages in 11:0. */
    private static HvStatus flushRange(GuestCaller c, HypercallParameters p, long mask, long range) {
        long more = range & 0xFFF;
        p.charge((int) Math.min(more, FLUSH_PAGES) * c.partition().processors().size() / FLUSH_PAGES);
        if (more >= FLUSH_PAGES) {
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

    // ---- processors ----------------------------------------------------------------------------------------------------

    private HvStatus longSpinWait(GuestCaller c, HypercallParameters p, int repetition) {
        c.vp().yield();
        return HvStatus.SUCCESS;
    }

    private HvStatus clusterIpi(GuestCaller c, HypercallParameters p, int repetition) {
        return p.u8(4) != 0 ? HvStatus.INVALID_PARAMETER : ipi(c, p.u32(0), p.u64(8));
    }

    private HvStatus clusterIpiEx(GuestCaller c, HypercallParameters p, int repetition) {
        return p.u8(4) != 0 || badSet(p, 8) ? HvStatus.INVALID_PARAMETER : ipi(c, p.u32(0), setMask(p, 8));
    }

    private static HvStatus ipi(GuestCaller c, int vector, long mask) {
        if (vector < LEAST_IPI_VECTOR || vector > 0xFF) {
            return HvStatus.INVALID_PARAMETER;
        }
        for (VirtualProcessor vp : c.partition().processors().values()) {
            if ((mask >>> vp.index() & 1) != 0) {
                vp.apic().accept(vector, false);
            }
        }
        return HvStatus.SUCCESS;
    }

    private static HvStatus partitionId(GuestCaller c, HypercallParameters p, int repetition) {
        p.put(0, 8, c.partition().id());
        return HvStatus.SUCCESS;
    }

    /** Input: partition 0, code 8. */
    private static HvStatus property(GuestCaller c, HypercallParameters p, int repetition) {
        if (self(c, p) == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        HvResult result = c.partition().property(p.u32(8));
        p.put(0, 8, result.value());
        return result.status();
    }

    /** The caller's own partition, or null: partition 0. */
    private static Partition self(GuestCaller c, HypercallParameters p) {
        return p.u64(0) == SELF || p.u64(0) == c.partition().id() ? c.partition() : null;
    }

    /** Input: partition 0, processor 8, VTL 12. */
    private static VirtualProcessor target(GuestCaller c, HypercallParameters p) {
        return p.u32(8) == -2 ? c.vp() : c.partition().processors().get(p.u32(8));
    }

    private static HvStatus getRegister(GuestCaller c, HypercallParameters p, int repetition) {
        HvStatus status = checkTarget(c, p);
        if (!status.ok()) {
            return status;
        }
        HvRegisterValue value = target(c, p).register(p.u32(p.element(repetition)));
        if (value == null) {
            return HvStatus.INVALID_PARAMETER;
        }
        p.put(p.outputAt(repetition), 8, value.low());
        p.put(p.outputAt(repetition) + 8, 8, value.high());
        return HvStatus.SUCCESS;
    }

    /** Element: name 0, value 16. */
    private static HvStatus setRegister(GuestCaller c, HypercallParameters p, int repetition) {
        HvStatus status = checkTarget(c, p);
        if (!status.ok()) {
            return status;
        }
        int at = p.element(repetition);
        status = target(c, p).setRegister(p.u32(at), new HvRegisterValue(p.u64(at + 16), p.u64(at + 24)));
        return status == HvStatus.UNKNOWN_REGISTER ? HvStatus.INVALID_PARAMETER : status;
    }

    private static HvStatus checkTarget(GuestCaller c, HypercallParameters p) {
        if (self(c, p) == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        if ((p.u8(12) & ~VTL_GIVEN) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        return target(c, p) == null ? HvStatus.INVALID_VP_INDEX : HvStatus.SUCCESS;
    }

    private HvStatus startProcessor(GuestCaller c, HypercallParameters p, int repetition) {
        HvStatus status = checkTarget(c, p);
        if (!status.ok()) {
            return status;
        }
        VirtualProcessor vp = target(c, p);
        return vp.waitsForStartup() ? initialContext.start(vp, p, 16) : HvStatus.INVALID_VP_STATE;
    }

    /** Input: partition 0, VTL 8; element: APIC id. */
    private static HvStatus indexFromApicId(GuestCaller c, HypercallParameters p, int repetition) {
        if (self(c, p) == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        if ((p.u8(8) & ~VTL_GIVEN) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        int id = p.u32(p.element(repetition));
        for (VirtualProcessor vp : c.partition().processors().values()) {
            if (vp.apic().id() == id) {
                p.put(p.outputAt(repetition), 4, vp.index());
                return HvStatus.SUCCESS;
            }
        }
        return HvStatus.INVALID_PARAMETER;
    }

    // ---- messages, events, interrupts ------------------------------------------------------------------------------------

    /** Input: connection 0, type 8, size 12, payload 16. */
    private HvStatus postMessage(GuestCaller c, HypercallParameters p, int repetition) {
        int type = p.u32(8);
        int size = p.u32(12);
        if (size < 0 || size > HvMessage.PAYLOAD_LIMIT || type == HvMessage.NONE || (type & HvMessage.HYPERVISOR_TYPES) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        p.copy(16, message, 0, size);
        return c.partition().connections().post(p.u32(0), c.vp().index(), type, message, size);
    }

    /** Input: connection 0, flag 4. */
    private static HvStatus signalEvent(GuestCaller c, HypercallParameters p, int repetition) {
        return p.u16(4) >= EVENT_FLAGS ? HvStatus.INVALID_PARAMETER : c.partition().connections().signal(p.u32(0), p.u16(4));
    }

    /** Input: partition 0, device 8, source 16, address 24, data 28, vector 40, flags 44, mask or format of a set 48; the set's bank mask and banks follow. */
    private static HvStatus retarget(GuestCaller c, HypercallParameters p, int repetition) {
        if (self(c, p) == null) {
            return HvStatus.INVALID_PARTITION_ID;
        }
        int flags = p.u32(44);
        if (p.u32(16) != RETARGET_MSI || (flags & ~(RETARGET_MULTICAST | RETARGET_SET)) != 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        boolean set = (flags & RETARGET_SET) != 0;
        long mask = p.u64(48);
        if (set) {
            int banks = p.variableSize() / 8 - 1;
            long bankMask = banks < 0 ? 0 : p.u64(p.variableAt());
            if (banks < 0 || !VpSet.valid(mask, bankMask, banks)) {
                return HvStatus.INVALID_PARAMETER;
            }
            mask = VpSet.mask(mask, bankMask, p, p.variableAt() + 8);
        }
        int vector = p.u32(40);
        if (vector < LEAST_IPI_VECTOR || vector > 0xFF || c.partition().handler() == null) {
            return HvStatus.INVALID_PARAMETER;
        }
        return c.partition().handler().retargetInterrupt(p.u64(8), p.u32(24), p.u32(28), vector, (flags & RETARGET_MULTICAST) != 0, mask);
    }

    // ---- memory ----------------------------------------------------------------------------------------------------------

    /** Input: address 0, size 8; output: data. */
    private static HvStatus mmioRead(GuestCaller c, HypercallParameters p, int repetition) {
        int size = p.u32(8);
        if (badMmio(c, p.u64(0), size)) {
            return HvStatus.INVALID_PARAMETER;
        }
        p.put(0, 8, c.vp().bus().read(p.u64(0), size));
        for (int at = 8; at < MMIO_BYTES; at += 8) {
            p.put(at, 8, 0);
        }
        return HvStatus.SUCCESS;
    }

    /** Input: address 0, size 8, data 16. */
    private static HvStatus mmioWrite(GuestCaller c, HypercallParameters p, int repetition) {
        int size = p.u32(8);
        if (badMmio(c, p.u64(0), size)) {
            return HvStatus.INVALID_PARAMETER;
        }
        c.vp().bus().write(p.u64(0), size, p.u64(16));
        return HvStatus.SUCCESS;
    }

    private static boolean badMmio(GuestCaller c, long gpa, int size) {
        return size != 1 && size != 2 && size != 4 && size != 8 || (gpa & size - 1) != 0 || gpa < 0 || gpa >>> 12 >= GuestPhysicalSpace.LIMIT
                || c.partition().space().translate(gpa, 0) >= 0;
    }

    /**
     * Input: type 0; element: a range of pages. Only pages that the guest does not need any more (cold, discard) make a difference:
     * they go back to the host and read as zero when the guest takes them up again.
     */
    private HvStatus heatHint(GuestCaller c, HypercallParameters p, int repetition) {
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
