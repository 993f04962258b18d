package dev.hv.core.hypervisor;

import dev.hv.core.synic.Synic;
import dev.hv.core.tlfs.EventPort;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.OverlayView;
import dev.hv.core.tlfs.MessagePort;
import java.util.Map;

/**
 * What one partition may ask the hypervisor for: every call checks the caller's privilege and the shape of its arguments
 * before anything happens, and answers with a status. Numbers in comments are call codes of the TLFS.
 */
public final class Hypercalls {

    /** Virtual processors of a partition at most. */
    static final int MOST_PROCESSORS = 64;

    private final Hypervisor hypervisor;
    private final Partition caller;

    Hypercalls(Hypervisor hypervisor, Partition caller) {
        this.hypervisor = hypervisor;
        this.caller = caller;
    }

    private Map<Long, Partition> partitions() {
        return hypervisor.partitions();
    }

    /** The child with this id if the caller may manage it; null otherwise, with the reason from {@link #refusal}. */
    private Partition child(long id) {
        Partition p = partitions().get(id);
        return p == null || p.id() == Partition.ROOT || !caller.has(HvPrivilege.CREATE_PARTITIONS) ? null : p;
    }

    private HvStatus refusal(long id) {
        if (!caller.has(HvPrivilege.CREATE_PARTITIONS)) {
            return HvStatus.ACCESS_DENIED;
        }
        return id == Partition.ROOT ? HvStatus.OPERATION_DENIED : HvStatus.INVALID_PARTITION_ID;
    }

    /** HvCallCreatePartition (0x40): gives the id. */
    public HvResult createPartition() {
        if (!caller.has(HvPrivilege.CREATE_PARTITIONS)) {
            return HvResult.of(HvStatus.ACCESS_DENIED);
        }
        return HvResult.success(hypervisor.newPartition().id());
    }

    /** HvCallInitializePartition (0x41): needs one deposited page. */
    public HvStatus initializePartition(long id) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        if (p.state() != Partition.State.CREATED) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        long root = p.pool().take();
        if (root < 0) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        p.setSpace(new GuestPhysicalSpace(hypervisor.memory(), hypervisor.backend().slatFormat(), p.pool(), hypervisor.ownership(), root));
        p.setState(Partition.State.ACTIVE);
        return HvStatus.SUCCESS;
    }

    /** HvCallFinalizePartition (0x42): ends all virtual processors and mappings. */
    public HvStatus finalizePartition(long id) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        if (p.state() == Partition.State.FINALIZED) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        p.deleteInterface();
        for (VirtualProcessor vp : p.processors().values()) {
            vp.unschedule();
            vp.context().delete();
        }
        p.processors().clear();
        if (p.space() != null) {
            p.space().delete();
            hypervisor.backend().invalidate(p.space());
            p.setSpace(null);
        }
        p.setState(Partition.State.FINALIZED);
        return HvStatus.SUCCESS;
    }

    /** HvCallDeletePartition (0x43): the partition must be finalized and its pool empty. */
    public HvStatus deletePartition(long id) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        if (p.state() != Partition.State.FINALIZED || p.pool().available() > 0) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        partitions().remove(id);
        return HvStatus.SUCCESS;
    }

    /**
     * HvCallDepositMemory (0x48): gives pages of the caller's to the hypervisor.
     *
     * @param gpn first page number
     * @return the pages taken; fewer than asked for with a status
     */
    public HvResult depositMemory(long id, long gpn, int count) {
        Partition p = child(id);
        if (p == null) {
            return HvResult.of(refusal(id));
        }
        for (int i = 0; i < count; i++) {
            long page = gpn + i << 12;
            if (!hypervisor.ownership().give(page)) {
                return new HvResult(HvStatus.ACCESS_DENIED, i);
            }
            p.pool().deposit(page);
        }
        return HvResult.success(count);
    }

    /** HvCallWithdrawMemory (0x49): takes a page back, its number being the answer; NO_RESOURCES when all are in use. */
    public HvResult withdrawMemory(long id) {
        Partition p = child(id);
        if (p == null) {
            return HvResult.of(refusal(id));
        }
        long page = p.pool().withdraw();
        if (page < 0) {
            return HvResult.of(HvStatus.NO_RESOURCES);
        }
        hypervisor.ownership().giveBack(page);
        return HvResult.success(page >>> 12);
    }

    /** HvCallGetPartitionProperty (0x44): privileges, or the reference time of an enlightened partition. */
    public HvResult getPartitionProperty(long id, int property) {
        Partition p = child(id);
        if (p == null) {
            return HvResult.of(refusal(id));
        }
        return p.property(property);
    }

    /** HvCallSetPartitionProperty (0x45): privileges, of a partition that has no virtual processors yet. */
    public HvStatus setPartitionProperty(long id, int property, long value) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        if (property != HvPartitionProperty.PRIVILEGE_FLAGS) {
            return HvStatus.UNKNOWN_PROPERTY;
        }
        if ((value & ~HvPrivilege.CHILD_LIMIT) != 0) {
            return HvStatus.PROPERTY_VALUE_OUT_OF_RANGE;
        }
        if (!p.processors().isEmpty()) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        p.setPrivileges(value);
        return HvStatus.SUCCESS;
    }

    /**
     * HvCallMapGpaPages (0x4B), for a run of consecutive pages.
     *
     * @param gpn first page in the partition
     * @param source first page of the caller's
     * @param rights {@link HvMapFlags}
     * @return the pages mapped; INSUFFICIENT_MEMORY asks for a deposit and another call for the rest
     */
    public HvResult mapGpaPages(long id, long gpn, long source, long count, int rights) {
        Partition p = child(id);
        if (p == null) {
            return HvResult.of(refusal(id));
        }
        if (p.space() == null) {
            return HvResult.of(HvStatus.INVALID_PARTITION_STATE);
        }
        if (badRange(gpn, count) || badRange(source, count) || (rights & ~HvMapFlags.ALL) != 0 || (rights & HvMapFlags.READABLE) == 0) {
            return HvResult.of(HvStatus.INVALID_PARAMETER);
        }
        long[] done = new long[1];
        HvStatus status = p.space().map(gpn, source, count, rights, done);
        return new HvResult(status, done[0]);
    }

    /** HvCallUnmapGpaPages (0x4C). */
    public HvStatus unmapGpaPages(long id, long gpn, long count) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        if (p.space() == null) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        if (badRange(gpn, count)) {
            return HvStatus.INVALID_PARAMETER;
        }
        HvStatus status = p.space().unmap(gpn, count);
        hypervisor.backend().invalidate(p.space());
        return status;
    }

    private static boolean badRange(long gpn, long count) {
        return gpn < 0 || count < 0 || gpn > GuestPhysicalSpace.LIMIT - count;
    }

    /** HvCallInstallIntercept (0x4D), all at once: the handler gets every intercept message of the partition. */
    public HvStatus installIntercepts(long id, InterceptHandler handler) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        p.setHandler(handler);
        return HvStatus.SUCCESS;
    }

    /** HvCallCreateVp (0x4E): a virtual processor, explicitly suspended. */
    public HvStatus createVp(long id, int index) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        if (p.state() != Partition.State.ACTIVE) {
            return HvStatus.INVALID_PARTITION_STATE;
        }
        if (index < 0 || index >= MOST_PROCESSORS || p.processors().containsKey(index)) {
            return HvStatus.INVALID_VP_INDEX;
        }
        return hypervisor.newProcessor(p, index);
    }

    private VirtualProcessor vp(Partition p, int index) {
        return p.processors().get(index);
    }

    /** HvCallGetVpRegisters (0x50), one register; {@code into} receives it in element 0. */
    public HvStatus getVpRegister(long id, int index, int name, HvRegisterValue[] into) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        VirtualProcessor vp = vp(p, index);
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        if (name == HvRegister.EXPLICIT_SUSPEND) {
            into[0] = HvRegisterValue.of(vp.suspended() ? 1 : 0);
            return HvStatus.SUCCESS;
        }
        HvRegisterValue value = vp.register(name);
        if (value == null) {
            return HvStatus.UNKNOWN_REGISTER;
        }
        into[0] = value;
        return HvStatus.SUCCESS;
    }

    /** HvCallSetVpRegisters (0x51): names and values in step; ends at the first that is refused. */
    public HvStatus setVpRegisters(long id, int index, int[] names, HvRegisterValue[] values) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        VirtualProcessor vp = vp(p, index);
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        if (names.length != values.length) {
            return HvStatus.INVALID_HYPERCALL_INPUT;
        }
        HvStatus status = HvStatus.SUCCESS;
        int start = -1;
        for (int i = 0; i < names.length && status.ok(); i++) {
            if (names[i] == HvRegister.EXPLICIT_SUSPEND) {
                start = i;
            } else {
                status = vp.setRegister(names[i], values[i]);
            }
        }
        if (status.ok() && start >= 0) {
            vp.setSuspended((values[start].low() & 1) != 0);
        }
        return status;
    }

    /**
     * HvCallAssertVirtualInterrupt (0x94): an interrupt message on the partition's virtual APIC bus.
     *
     * @param type {@link dev.hv.core.tlfs.HvInterruptType}
     * @param destination 8-bit APIC ID or logical destination, 0xFF for everybody
     * @param level level-triggered: its end is reported to the handler
     */
    public HvStatus assertVirtualInterrupt(long id, int type, int destination, boolean logical, int vector, boolean level) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        if (type < 0 || type > 7 || vector < 0 || vector > 255 || p.state() != Partition.State.ACTIVE) {
            return HvStatus.INVALID_PARAMETER;
        }
        p.router().deliver(destination, logical, type, vector, level);
        return HvStatus.SUCCESS;
    }

    /**
     * Drives the LINT0 pin of virtual processor 0, where a PC's legacy interrupt controller is wired. (Real partitions leave this
     * to the hypervisor's deliverability notifications.)
     */
    public HvStatus setLocalInterruptPin(long id, boolean high) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        VirtualProcessor vp = vp(p, 0);
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        vp.apic().setLint(0, high);
        return HvStatus.SUCCESS;
    }

    /**
     * HvCallCreatePort (0x95) and HvCallConnectPort (0x96) at once: a message port of the caller's with a connection of a child's.
     *
     * @param connection connection id, below 2^24
     */
    public HvStatus createMessagePort(long id, int connection, MessagePort port) {
        Partition p = child(id);
        return p == null ? refusal(id) : p.connections().connect(connection, new Connections.Message(port));
    }

    /** As {@link #createMessagePort}, for an event port. */
    public HvStatus createEventPort(long id, int connection, EventPort port) {
        Partition p = child(id);
        return p == null ? refusal(id) : p.connections().connect(connection, new Connections.Event(port));
    }

    /** HvCallDisconnectPort (0x5B) and HvCallDeletePort (0x58) at once. */
    public HvStatus deletePort(long id, int connection) {
        Partition p = child(id);
        return p == null ? refusal(id) : p.connections().disconnect(connection);
    }

    /** HvCallPostMessageDirect (0xC1): a message for a synthetic interrupt source of a child's virtual processor. */
    public HvStatus postMessageDirect(long id, int index, int sint, int type, long sender, byte[] payload, int length) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        VirtualProcessor vp = vp(p, index);
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        if (vp.synthetic() == null || sint < 0 || sint >= Synic.SINTS || length < 0 || length > HvMessage.PAYLOAD_LIMIT) {
            return HvStatus.INVALID_PARAMETER;
        }
        return vp.synic().post(sint, type, sender, payload, 0, length);
    }

    /** HvCallSignalEventDirect (0xC0): an event flag of a synthetic interrupt source of a child's virtual processor. */
    public HvStatus signalEventDirect(long id, int index, int sint, int flag) {
        Partition p = child(id);
        if (p == null) {
            return refusal(id);
        }
        VirtualProcessor vp = vp(p, index);
        if (vp == null) {
            return HvStatus.INVALID_VP_INDEX;
        }
        if (vp.synthetic() == null || sint < 0 || sint >= Synic.SINTS) {
            return HvStatus.INVALID_PARAMETER;
        }
        return vp.synic().signal(sint, flag);
    }

    /** Where overlay pages hide a partition's memory; null for one that has no memory. (Real services map pages and see them there.) */
    public OverlayView overlays(long id) {
        Partition p = child(id);
        return p == null || p.space() == null ? null : p.space().overlays();
    }

    /** Pages of a partition's pool that are in use, for accounting. */
    public HvResult pagesInUse(long id) {
        Partition p = child(id);
        return p == null ? HvResult.of(refusal(id)) : HvResult.success(p.pool().used());
    }
}
