package dev.hv.core.winhv;

import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.hypervisor.RootEntrance;
import dev.hv.core.machine.InterruptMessageSink;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.EventPort;
import dev.hv.core.tlfs.GpaView;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvInterceptType;
import dev.hv.core.tlfs.HvInterruptType;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.HvPartitionProperty;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvDeviceId;
import dev.hv.core.tlfs.HvResult;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.MessagePort;

/**
 * The root partition's driver for the hypervisor: its services manage partitions and virtual processors through it and
 * through nothing else. Each method builds the input of one hypercall and makes it; where the hypervisor asks for memory, the driver
 * deposits pages of the root's and goes on.
 */
public final class WinHv {

    /** Pages given at a time when a call asks for memory. */
    private static final int DEPOSIT = 16;
    /** Pages taken back at a time. */
    private static final int WITHDRAWAL = 256;
    /** Page numbers that fit behind the header of HvCallMapGpaPages. */
    private static final int MAPPINGS = 508;
    private static final int LARGE = 512;
    /** Registers that fit behind the header of HvCallSetVpRegisters. */
    private static final int REGISTERS = 127;
    /** Pages whose accesses a call can tell: a byte each. */
    private static final int ACCESS_STATES = 4088;
    private static final int REGISTER_BYTES = 32;

    private final RootEntrance entrance;
    private final CallPages calls;
    private final PageFrames frames;
    private final RootPorts ports = new RootPorts();

    /**
     * Connects the root's services with the hypervisor. Two of the root's pages are taken for input and output of hypercalls.
     *
     * @param frames the root partition's free memory
     * @throws IllegalArgumentException when it has none
     */
    public WinHv(Hypervisor hypervisor, PageFrames frames) {
        this.frames = frames;
        entrance = hypervisor.connectRoot(ports);
        long pages = frames.take(2, 1);
        if (pages < 0) {
            throw new IllegalArgumentException("the root partition has no memory left for its driver");
        }
        calls = new CallPages(entrance, pages * SystemMemory.PAGE, (pages + 1) * SystemMemory.PAGE);
    }

    /** Makes a partition and initializes it; the answer is its id. Nothing is left of one that could not be initialized. */
    public HvResult createPartition() {
        return createPartition(0, false);
    }

    /**
     * As {@link #createPartition()}.
     *
     * @param privileges {@link dev.hv.core.tlfs.HvPrivilege}; 0 for one that is not told about the hypervisor
     * @param nested whether its virtual processors have hardware virtualisation themselves
     */
    public HvResult createPartition(long privileges, boolean nested) {
        HvStatus status = calls.put(0, 8, HvPartitionProperty.CREATE_LAPIC | (nested ? HvPartitionProperty.CREATE_NESTED : 0)).call(HvCallCode.CREATE_PARTITION);
        if (!status.ok()) {
            return HvResult.of(status);
        }
        long id = calls.get(0, 8);
        status = setPartitionProperty(id, HvPartitionProperty.PRIVILEGE_FLAGS, privileges);
        if (status.ok()) {
            status = with(id).call(HvCallCode.INITIALIZE_PARTITION);
        }
        while (status == HvStatus.INSUFFICIENT_MEMORY && deposit(id)) {
            status = with(id).call(HvCallCode.INITIALIZE_PARTITION);
        }
        if (!status.ok()) {
            deletePartition(id);
            return HvResult.of(status);
        }
        return HvResult.success(id);
    }

    /** How many pages of its own the hypervisor has in the memory of a guest that is in the root's place. */
    public static int pagesInRoot(int processors) {
        return RootEntrance.pages(processors);
    }

    /** Says where the hypervisor's own pages are in the memory of a guest that is in the root's place ({@link RootEntrance#place}). */
    public void placePages(long partition, long gpn) {
        entrance.place(partition, gpn);
    }

    /** The input of a call about a partition begins with its id. */
    private CallPages with(long partition) {
        return calls.put(0, 8, partition);
    }

    private CallPages with(long partition, int vp) {
        return calls.put(0, 8, partition).put(8, 4, vp);
    }

    /** Reads a property, {@link dev.hv.core.tlfs.HvPartitionProperty}. */
    public HvResult getPartitionProperty(long partition, int property) {
        HvStatus status = with(partition).put(8, 4, property).call(HvCallCode.GET_PARTITION_PROPERTY);
        return status.ok() ? HvResult.success(calls.get(0, 8)) : HvResult.of(status);
    }

    /** Sets a property, {@link dev.hv.core.tlfs.HvPartitionProperty}. */
    public HvStatus setPartitionProperty(long partition, int property, long value) {
        HvStatus status = with(partition).put(8, 4, property).put(16, 8, value).call(HvCallCode.SET_PARTITION_PROPERTY);
        while (status == HvStatus.INSUFFICIENT_MEMORY && deposit(partition)) {
            status = with(partition).put(8, 4, property).put(16, 8, value).call(HvCallCode.SET_PARTITION_PROPERTY);
        }
        return status;
    }

    /** Ends a partition: virtual processors, mappings, ports that lead from it; the pages deposited for it come back. */
    public HvStatus deletePartition(long partition) {
        HvStatus status = with(partition).call(HvCallCode.FINALIZE_PARTITION);
        if (!status.ok()) {
            return status;
        }
        for (int port : ports.forget(partition)) {
            with(RootPorts.ROOT).put(8, 4, port).call(HvCallCode.DELETE_PORT);
        }
        do {
            status = with(partition).repeat(HvCallCode.WITHDRAW_MEMORY, WITHDRAWAL);
            for (int i = 0; i < calls.completed(); i++) {
                frames.release(calls.get(8 * i, 8), 1);
            }
        } while (status.ok());
        return with(partition).call(HvCallCode.DELETE_PARTITION);
    }

    /** Deposits pages for a partition before any call asks for them: for calls of its own that must not fail. */
    public HvStatus reserve(long partition, long pages) {
        for (long given = 0; given < pages; given += DEPOSIT) {
            if (!deposit(partition)) {
                return HvStatus.INSUFFICIENT_MEMORY;
            }
        }
        return HvStatus.SUCCESS;
    }

    private boolean deposit(long partition) {
        long first = frames.take(DEPOSIT, 1);
        if (first < 0) {
            return false;
        }
        with(partition);
        for (int i = 0; i < DEPOSIT; i++) {
            calls.put(8 + 8 * i, 8, first + i);
        }
        HvStatus status = calls.repeat(HvCallCode.DEPOSIT_MEMORY, DEPOSIT);
        int given = calls.completed();
        if (given < DEPOSIT) {
            frames.release(first + given, DEPOSIT - given);
        }
        return status.ok();
    }

    /** Makes a virtual processor, suspended. */
    public HvStatus createVp(long partition, int index) {
        HvStatus status = newVp(partition, index);
        while (status == HvStatus.INSUFFICIENT_MEMORY && deposit(partition)) {
            status = newVp(partition, index);
        }
        return status;
    }

    private HvStatus newVp(long partition, int index) {
        return with(partition, index).put(32, 8, 0).call(HvCallCode.CREATE_VP);
    }

    /** Ends a virtual processor. */
    public HvStatus deleteVp(long partition, int index) {
        return with(partition, index).call(HvCallCode.DELETE_VP);
    }

    /**
     * Maps consecutive pages of the root's into a partition, in runs of 2 MiB where both sides allow.
     *
     * @param rights {@link HvMapFlags}
     */
    public HvStatus mapGpaPages(long partition, long gpn, long source, long count, int rights) {
        if (count < 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        boolean alike = ((gpn ^ source) & LARGE - 1) == 0;
        long done = 0;
        while (done < count) {
            long left = count - done;
            long toBoundary = -(gpn + done) & LARGE - 1;
            boolean large = alike && toBoundary == 0 && left >= LARGE;
            int run = large ? LARGE : 1;
            int elements = (int) Math.min(MAPPINGS, large ? left / LARGE : alike && toBoundary > 0 ? Math.min(left, toBoundary) : left);
            with(partition).put(8, 8, gpn + done).put(16, 4, large ? rights | HvMapFlags.LARGE : rights);
            for (int i = 0; i < elements; i++) {
                calls.put(24 + 8 * i, 8, source + done + (long) i * run);
            }
            HvStatus status = calls.repeat(HvCallCode.MAP_GPA_PAGES, elements);
            done += (long) calls.completed() * run;
            if (!status.ok() && (status != HvStatus.INSUFFICIENT_MEMORY || !deposit(partition))) {
                return status;
            }
        }
        return HvStatus.SUCCESS;
    }

    /** Takes pages out of a partition. */
    public HvStatus unmapGpaPages(long partition, long gpn, long count) {
        if (count < 0) {
            return HvStatus.INVALID_PARAMETER;
        }
        long done = 0;
        while (done < count) {
            long left = count - done;
            long toBoundary = -(gpn + done) & LARGE - 1;
            boolean large = toBoundary == 0 && left >= LARGE;
            int run = large ? LARGE : 1;
            int elements = (int) Math.min(MAPPINGS, large ? left / LARGE : toBoundary == 0 ? left : Math.min(left, toBoundary));
            with(partition).put(8, 8, gpn + done).put(16, 8, large ? HvMapFlags.LARGE & 0xFFFF_FFFFL : 0);
            HvStatus status = calls.repeat(HvCallCode.UNMAP_GPA_PAGES, elements);
            done += (long) calls.completed() * run;
            if (!status.ok() && (status != HvStatus.INSUFFICIENT_MEMORY || !deposit(partition))) {
                return status;
            }
        }
        return HvStatus.SUCCESS;
    }

    /** Has a partition's intercepts delivered to a handler. */
    public HvStatus installIntercepts(long partition, InterceptHandler handler) {
        ports.listen(partition, new ChildIntercepts(partition, handler, this, entrance.memory()));
        return with(partition).put(8, 4, HvInterceptType.EXECUTE).put(12, 4, HvInterceptType.RETARGET_UNKNOWN_DEVICE).put(16, 8, 0).call(HvCallCode.INSTALL_INTERCEPT);
    }

    /** Reads a register; {@code into} receives it in element 0. */
    public HvStatus getVpRegister(long partition, int vp, int name, HvRegisterValue[] into) {
        HvStatus status = with(partition, vp).put(16, 4, name).repeat(HvCallCode.GET_VP_REGISTERS, 1);
        if (status.ok()) {
            into[0] = new HvRegisterValue(calls.get(0, 8), calls.get(8, 8));
        }
        return status;
    }

    /**
     * Sets registers; names and values in step. Ends at the first that is refused.
     *
     * @throws IllegalArgumentException for another number of values than of names
     */
    public HvStatus setVpRegisters(long partition, int vp, int[] names, HvRegisterValue[] values) {
        if (names.length != values.length) {
            throw new IllegalArgumentException("%d names, %d values".formatted(names.length, values.length));
        }
        HvStatus status = HvStatus.SUCCESS;
        for (int from = 0; from < names.length && status.ok(); from += REGISTERS) {
            int count = Math.min(REGISTERS, names.length - from);
            with(partition, vp);
            for (int i = 0; i < count; i++) {
                HvRegisterValue v = values[from + i];
                int at = 16 + REGISTER_BYTES * i;
                calls.put(at, 4, names[from + i]).put(at + 16, 8, v.low()).put(at + 24, 8, v.high());
            }
            status = calls.repeat(HvCallCode.SET_VP_REGISTERS, count);
        }
        return status;
    }

    /**
     * Translates a linear address of a virtual processor.
     *
     * @param flags {@link dev.hv.core.tlfs.HvTranslation}
     * @return the guest-physical address; of one that leads nowhere NOT_FOUND
     */
    public HvResult translateVirtualAddress(long partition, int vp, long address, long flags) {
        HvStatus status = with(partition, vp).put(16, 8, flags).put(24, 8, address >>> 12).call(HvCallCode.TRANSLATE_VIRTUAL_ADDRESS);
        if (!status.ok()) {
            return HvResult.of(status);
        }
        return calls.get(0, 4) == 0 ? HvResult.success(calls.get(8, 8) << 12 | address & SystemMemory.PAGE - 1) : HvResult.of(HvStatus.NOT_FOUND);
    }

    /** Lets a virtual processor run. */
    public HvStatus startVp(long partition, int vp) {
        return suspend(partition, vp, 0);
    }

    /** Keeps a virtual processor from running. */
    public HvStatus stopVp(long partition, int vp) {
        return suspend(partition, vp, 1);
    }

    private HvStatus suspend(long partition, int vp, int value) {
        return with(partition, vp).put(16, 4, HvRegister.EXPLICIT_SUSPEND).put(32, 8, value).put(40, 8, 0).repeat(HvCallCode.SET_VP_REGISTERS, 1);
    }

    /**
     * HvCallAttachDevice: a device of the machine reaches the partition's memory from now on, and nothing else.
     *
     * @param requester requester id on PCI
     * @param number that the partition knows it by from now on
     */
    public HvStatus attachDevice(long partition, int requester, long number) {
        return with(partition).put(8, 8, HvDeviceId.pci(requester)).put(16, 4, 1).put(24, 8, number).call(HvCallCode.ATTACH_DEVICE);
    }

    /** HvCallDetachDevice: the device reaches nothing any more, and interrupts nobody. */
    public HvStatus detachDevice(long partition, long number) {
        return with(partition).put(8, 8, number).call(HvCallCode.DETACH_DEVICE);
    }

    /**
     * HvCallMapDeviceInterrupt: makes interrupts of a device that a partition has, in a row.
     *
     * @param vector of the first one, at the partition's processors
     * @param processors mask of virtual processors, of which the lowest gets them
     * @return the message that the device is to send for the first: address 31:0, data 63:32; those of the others have higher data
     */
    public HvResult mapDeviceInterrupt(long partition, int requester, int vector, int count, long processors) {
        HvStatus status = with(partition).put(8, 8, HvDeviceId.pci(requester)).put(48, 4, count).put(56, 4, vector).put(64, 8, processors).call(HvCallCode.MAP_DEVICE_INTERRUPT);
        return status.ok() ? HvResult.success(calls.get(8, 8)) : HvResult.of(status);
    }

    /** HvCallUnmapDeviceInterrupt: the interrupts that a message stands for are no more. */
    public HvStatus unmapDeviceInterrupt(long partition, int requester, long message) {
        return with(partition).put(8, 8, HvDeviceId.pci(requester)).put(16, 8, 1).put(24, 8, message).call(HvCallCode.UNMAP_DEVICE_INTERRUPT);
    }

    /**
     * HvCallAssertVirtualInterrupt: an interrupt message on the partition's virtual APIC bus.
     *
     * @param type {@link HvInterruptType}
     * @param destination 8-bit APIC ID or logical destination, 0xFF for everybody
     * @param level level-triggered: its end is reported to the handler
     */
    public HvStatus assertVirtualInterrupt(long partition, int type, int destination, boolean logical, int vector, boolean level) {
        long control = type & 0xFFFF_FFFFL | (level ? HvInterruptType.LEVEL_TRIGGERED : 0) | (logical ? HvInterruptType.LOGICAL_DESTINATION : 0);
        return with(partition).put(8, 8, control).put(16, 8, destination & 0xFFFF_FFFFL).put(24, 8, vector & 0xFFFF_FFFFL)
                .call(HvCallCode.ASSERT_VIRTUAL_INTERRUPT);
    }

    /** The way of I/O APICs and message-signalled interrupts into a partition. */
    public InterruptMessageSink interrupts(long partition) {
        return (destination, logical, mode, vector, level) -> assertVirtualInterrupt(partition, mode, destination, logical, vector, level);
    }

    /** Makes a message port and connects a partition to it. */
    public HvStatus createMessagePort(long partition, int connection, MessagePort port) {
        return connect(ports.add(partition, connection, port));
    }

    /** Makes an event port of one flag and connects a partition to it. */
    public HvStatus createEventPort(long partition, int connection, EventPort port) {
        return connect(ports.add(partition, connection, port));
    }

    private HvStatus connect(RootPorts.Place p) {
        if (p == null) {
            return HvStatus.INSUFFICIENT_MEMORY;
        }
        HvStatus status = p.create(calls).call(HvCallCode.CREATE_PORT);
        if (status.ok()) {
            status = p.connect(calls).call(HvCallCode.CONNECT_PORT);
            if (!status.ok()) {
                with(RootPorts.ROOT).put(8, 8, p.id()).call(HvCallCode.DELETE_PORT);
            }
        }
        if (!status.ok()) {
            ports.remove(p);
        }
        return status;
    }

    /** Ends a connection and its port. */
    public HvStatus deletePort(long partition, int connection) {
        RootPorts.Place p = ports.find(partition, connection);
        if (p == null) {
            return HvStatus.INVALID_CONNECTION_ID;
        }
        ports.remove(p);
        HvStatus status = with(partition).put(8, 8, connection).call(HvCallCode.DISCONNECT_PORT);
        HvStatus deleted = with(RootPorts.ROOT).put(8, 8, p.id()).call(HvCallCode.DELETE_PORT);
        return status.ok() ? deleted : status;
    }

    /** Queues a message for a synthetic interrupt source; INSUFFICIENT_BUFFERS when its queue is full. */
    public HvStatus postMessageDirect(long partition, int vp, int sint, int type, byte[] payload, int length) {
        return postMessageDirect(partition, vp, sint, type, 0, payload, length);
    }

    /** As above, with a sender in the message's header. */
    public HvStatus postMessageDirect(long partition, int vp, int sint, int type, long sender, byte[] payload, int length) {
        if (length < 0 || length > HvMessage.PAYLOAD_LIMIT) {
            return HvStatus.INVALID_PARAMETER;
        }
        int message = 20;
        return with(partition, vp).put(16, 4, sint).put(message + HvMessage.TYPE, 4, type).put(message + HvMessage.PAYLOAD_SIZE, 1, length)
                .put(message + HvMessage.SENDER, 8, sender).put(message + HvMessage.PAYLOAD, payload, length).call(HvCallCode.POST_MESSAGE_DIRECT);
    }

    /** Sets an event flag of a synthetic interrupt source. */
    public HvStatus signalEventDirect(long partition, int vp, int sint, int flag) {
        if (sint < 0 || sint > 0xFF || flag < 0 || flag > 0xFFFF) {
            return HvStatus.INVALID_PARAMETER;
        }
        return with(partition, vp).put(13, 1, sint).put(14, 2, flag).call(HvCallCode.SIGNAL_EVENT_DIRECT);
    }

    /** A partition's memory as its processors see it. */
    public GpaView view(long partition) {
        return entrance.view(partition);
    }

    /**
     * Which pages of a tracked partition were accessed and written to; their flags are then changed.
     *
     * @param changes {@link dev.hv.core.tlfs.HvGpaAccess}
     * @param into receives a byte of flags for each page
     */
    public HvStatus getGpaPagesAccessStates(long partition, long gpn, int count, int changes, byte[] into) {
        HvStatus status = HvStatus.SUCCESS;
        for (int done = 0; done < count && status.ok(); ) {
            int n = Math.min(count - done, ACCESS_STATES);
            status = with(partition).put(8, 8, changes).put(16, 8, gpn + done).repeat(HvCallCode.GET_GPA_PAGES_ACCESS_STATES, n);
            for (int i = 0; i < calls.completed(); i++) {
                into[done + i] = (byte) calls.get(i, 1);
            }
            done += n;
        }
        return status;
    }

    /** Drives the legacy interrupt controller's wire into a partition: the LINT0 pin of its first processor. */
    public HvStatus setLocalInterruptPin(long partition, boolean high) {
        return high ? assertVirtualInterrupt(partition, HvInterruptType.LOCAL_INT0, 0, false, 0, true)
                : with(partition).call(HvCallCode.CLEAR_VIRTUAL_INTERRUPT);
    }
}
