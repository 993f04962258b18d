package dev.hv.devices.storage;

import static dev.hv.devices.storage.StorvscFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.ring.Packet;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A SCSI controller on VMBus (storvsc): negotiates with the guest's driver over the primary channel and takes requests on it and on
 * sub-channels. Requests that need a medium wait in the queue of their unit; each is answered on its channel when it has ended.
 */
public final class StorageController implements ChannelHandler, Saveable {

    /** Interface id of SCSI controllers. */
    public static final Guid INTERFACE = Guid.of("ba6163d9-04a1-4d29-b605-72e2ffb1dc7f");
    /** Bytes that one request moves at most. */
    public static final int MOST_TRANSFER = DiskUnit.MOST_TRANSFER;

    /** What the guest's driver is expected to do next. */
    private enum Phase { BEGIN, VERSION, PROPERTIES, END, READY }

    private static final int STATE_VERSION = 3;

    private final int mostSubChannels;
    private final StorageUnits units;
    private final TransferBuffers buffers = new TransferBuffers();
    private final Packet packet = new Packet();
    private final byte[] answer = new byte[SIZE];
    private final Answers answers = new Answers();
    /** Channels that are not taken from as long as a unit has too many requests, by their ids. */
    private final SortedMap<Integer, Channel> stalled = new TreeMap<>();
    private Channel primary;
    private Phase phase = Phase.BEGIN;
    private int version;
    private int subChannels;
    private boolean rescanUnsent;
    private long requests;

    /**
     * A controller without units.
     *
     * @param mostSubChannels how many channels a guest may have beside the primary one
     * @param queues how requests are carried out
     */
    public StorageController(int mostSubChannels, DiskQueues queues) {
        this.mostSubChannels = mostSubChannels;
        units = new StorageUnits(queues);
    }

    /** What to offer on a bus, with this as the handler. */
    public static ChannelOffer offer(String name, Guid instance) {
        return ChannelOffer.of(INTERFACE, instance, name, false);
    }

    /** Says which channel was offered: the one that tells the guest of units that come and go. */
    public void offeredOn(Channel channel) {
        primary = channel;
    }

    // ---- units -----------------------------------------------------------------------------------------------------------

    /**
     * Attaches a unit; a running guest looks for it.
     *
     * @throws IllegalArgumentException when the address is taken
     */
    public void attach(ScsiAddress address, LogicalUnit unit) {
        units.add(address, unit);
        unitsChanged(address, unit);
    }

    /**
     * Detaches a unit; a running guest is told. Its requests that are under way fail, and it is closed: at once, or when the host has ended the
     * one that it is carrying out.
     *
     * @return what was there, or null
     */
    public LogicalUnit detach(ScsiAddress address) {
        StorageUnits.Slot slot = units.remove(address);
        if (slot == null) {
            return null;
        }
        abort(List.of(slot), SrbStatus.NO_DEVICE);
        slot.close();
        unitsChanged(address, slot.unit());
        resume();
        return slot.unit();
    }

    /**
     * Puts another medium into a DVD drive, locked or not, and closes its tray; the old one is closed when the host has ended what it is carrying out for it. Requests that are under way fail.
     *
     * @return false when there is no such drive at this address
     * @throws IllegalArgumentException when the medium's sectors are not of 2048 bytes
     */
    public boolean insert(ScsiAddress address, Disk medium) {
        StorageUnits.Slot slot = units.get(address);
        if (slot == null || !(slot.unit() instanceof DvdUnit drive)) {
            return false;
        }
        Disk old = drive.exchange(medium);
        abort(List.of(slot), SrbStatus.BUS_RESET);
        units.renew(address, () -> {
            if (old != null) {
                old.close();
            }
        });
        resume();
        return true;
    }

    /** Presses the button of a DVD drive: its tray opens, or, when the guest has locked it, the guest hears of the wish. Null when there is no such drive; else whether the tray is open. */
    public Boolean eject(ScsiAddress address) {
        StorageUnits.Slot slot = units.get(address);
        if (slot == null || !(slot.unit() instanceof DvdUnit drive)) {
            return null;
        }
        drive.pressEject();
        return !drive.ready();
    }

    /** The unit at an address, or null. */
    public LogicalUnit unit(ScsiAddress address) {
        StorageUnits.Slot slot = units.get(address);
        return slot == null ? null : slot.unit();
    }

    private void unitsChanged(ScsiAddress address, LogicalUnit changed) {
        if (phase == Phase.READY) {
            units.changed(address.target(), changed);
            rescan();
        }
    }

    private void rescan() {
        rescanUnsent = true;
        sendRescan();
    }

    private void sendRescan() {
        if (rescanUnsent && primary != null && primary.open()) {
            byte[] b = new byte[SIZE];
            LittleEndian.put32(b, OPERATION, ENUMERATE_BUS);
            rescanUnsent = !primary.send(b, 0, SIZE, 0, false);
        }
    }

    /** For the guest all units are gone, or there again; requests that are under way end as they would. A running guest is told. */
    void hide(boolean hidden) {
        units.hide(hidden);
        if (hidden && phase == Phase.READY) {
            rescan();
        }
    }

    /** How many requests guests have made so far. */
    long requests() {
        return requests;
    }

    /** Whether everything that was asked for has been answered. */
    boolean idle() {
        return answers.allSent() && stalled.isEmpty() && units.all().stream().allMatch(s -> s.queue().size() == 0);
    }

    /** Gives up what is under way, and says so. */
    void abortAll() {
        abort(units.all(), SrbStatus.NO_DEVICE);
    }

    /** Forgets all requests and closes all units: the virtual machine is over. */
    public void close() {
        units.all().forEach(StorageUnits.Slot::close);
    }

    /**
     * The virtual machine is reset: no request is under way any more, what was negotiated is forgotten, and units are as after power-on. What the host
     * is carrying out at this moment ends before anything that comes later begins, and the guest's memory is not touched for it.
     */
    public void reset() {
        forget();
        units.all().forEach(StorageUnits.Slot::powerOn);
    }

    // ---- channels ----------------------------------------------------------------------------------------------------------

    @Override
    public int opened(Channel channel) {
        if (channel.subChannelIndex() == 0) {
            primary = channel;
            forget();
            return NT_SUCCESS;
        }
        return phase == Phase.READY ? NT_SUCCESS : NT_INVALID_DEVICE_STATE;
    }

    @Override
    public void closed(Channel channel) {
        answers.forget(channel);
        stalled.remove(channel.id());
        units.all().forEach(s -> s.queue().discard(r -> ((SrbRequest) r).channel() == channel));
        if (channel.subChannelIndex() == 0) {
            forget();
        }
    }

    private void forget() {
        phase = Phase.BEGIN;
        version = 0;
        subChannels = 0;
        answers.clear();
        stalled.clear();
        rescanUnsent = false;
    }

    @Override
    public void spaceAvailable(Channel channel) {
        packetsAvailable(channel);
    }

    @Override
    public void packetsAvailable(Channel channel) {
        if (!sendUnsent(channel)) {
            return;
        }
        while (room(channel) && channel.receive(packet)) {
            if (packet.type() != Packet.Type.COMPLETION && !take(channel)) {
                return;
            }
        }
    }

    /** Whether every unit has room for another request; a channel that finds none is taken from when there is. */
    private boolean room(Channel channel) {
        if (units.full()) {
            stalled.put(channel.id(), channel);
            return false;
        }
        return true;
    }

    /** Goes on with channels that had to wait, if they need not any more. */
    private void resume() {
        while (!stalled.isEmpty()) {
            Channel next = stalled.remove(stalled.firstKey());
            packetsAvailable(next);
            if (stalled.containsKey(next.id())) {
                return;
            }
        }
    }

    /** Sends what had no room before; false when some of it still has none. */
    private boolean sendUnsent(Channel channel) {
        if (!answers.sendWaiting(channel)) {
            return false;
        }
        if (channel.subChannelIndex() == 0) {
            sendRescan();
        }
        return true;
    }

    /** Does what a packet asks, or has it done; false when its answer has no room. */
    private boolean take(Channel channel) {
        int length = packet.length() >= SIZE ? SIZE : packet.length() >= SIZE_OLD ? SIZE_OLD : 0;
        Arrays.fill(answer, (byte) 0);
        int offered = 0;
        if (length == 0) {
            LittleEndian.put32(answer, OPERATION, COMPLETE_IO);
            LittleEndian.put32(answer, STATUS, NT_INVALID_PARAMETER);
            length = SIZE;
        } else {
            System.arraycopy(packet.payload(), 0, answer, 0, length);
            int operation = LittleEndian.u32(answer, OPERATION);
            if (operation == EXECUTE_SRB && phase == Phase.READY) {
                return execute(SrbRequest.of(channel, packet, length));
            }
            int before = subChannels;
            int status = handle(channel, operation);
            offered = subChannels - before;
            LittleEndian.put32(answer, OPERATION, COMPLETE_IO);
            LittleEndian.put32(answer, STATUS, status);
        }
        boolean sent = !packet.completionRequested() || answers.send(channel, packet.transactionId(), answer, length);
        if (offered > 0 && channel.open()) {
            // the guest was told that it gets them all: it waits for those it finds
            subChannels -= offered - channel.offerSubChannels(offered, this);
        }
        return sent;
    }

    /** Does an operation, whose request is in {@link #answer} and whose results go there; gives its NTSTATUS. */
    private int handle(Channel channel, int operation) {
        if (operation == EXECUTE_SRB) {
            return NT_INVALID_DEVICE_STATE;
        }
        if (channel.subChannelIndex() != 0) {
            return NT_INVALID_DEVICE_REQUEST;
        }
        return switch (operation) {
            case BEGIN_INITIALIZATION -> {
                phase = Phase.VERSION;
                yield NT_SUCCESS;
            }
            case QUERY_PROTOCOL_VERSION -> queryVersion();
            case QUERY_PROPERTIES -> queryProperties();
            case END_INITIALIZATION -> {
                if (phase != Phase.END) {
                    yield NT_INVALID_DEVICE_STATE;
                }
                phase = Phase.READY;
                yield NT_SUCCESS;
            }
            case CREATE_SUB_CHANNELS -> createSubChannels();
            case RESET_LUN, RESET_ADAPTER, RESET_BUS -> reset(operation);
            default -> NT_INVALID_DEVICE_REQUEST;
        };
    }

    // ---- negotiation ---------------------------------------------------------------------------------------------------------

    private int queryVersion() {
        if (phase != Phase.VERSION) {
            return NT_INVALID_DEVICE_STATE;
        }
        int wanted = LittleEndian.u16(answer, VERSION);
        return switch (wanted) {
            case V2_0, V4_2, V5_1, V6_0, V6_2 -> {
                version = wanted;
                phase = Phase.PROPERTIES;
                yield NT_SUCCESS;
            }
            default -> NT_REVISION_MISMATCH;
        };
    }

    private int queryProperties() {
        if (phase != Phase.PROPERTIES) {
            return NT_INVALID_DEVICE_STATE;
        }
        Arrays.fill(answer, BODY, SIZE, (byte) 0);
        // before 5.1 there were no sub-channels
        boolean multi = version >= V5_1 && mostSubChannels > 0;
        LittleEndian.put16(answer, PROPERTIES_MOST_SUB_CHANNELS, multi ? mostSubChannels : 0);
        LittleEndian.put32(answer, PROPERTIES_FLAGS, multi ? PROPERTIES_MULTI_CHANNEL : 0);
        LittleEndian.put32(answer, PROPERTIES_MOST_TRANSFER, MOST_TRANSFER);
        phase = Phase.END;
        return NT_SUCCESS;
    }

    private int createSubChannels() {
        int wanted = LittleEndian.u16(answer, SUB_CHANNELS);
        if (phase != Phase.READY || version < V5_1) {
            return NT_INVALID_DEVICE_STATE;
        }
        if (wanted > mostSubChannels - subChannels) {
            return NT_INVALID_PARAMETER;
        }
        subChannels += wanted;
        return NT_SUCCESS;
    }

    private int reset(int operation) {
        if (phase != Phase.READY) {
            return NT_INVALID_DEVICE_STATE;
        }
        List<StorageUnits.Slot> those = units.all();
        if (operation == RESET_LUN) {
            StorageUnits.Slot addressed = units.visible(SrbRequest.of(primary, packet, SIZE_OLD).address());
            if (addressed == null) {
                return NT_INVALID_PARAMETER;
            }
            those = List.of(addressed);
        }
        abort(those, SrbStatus.BUS_RESET);
        those.forEach(s -> s.unit().reset());
        return NT_SUCCESS;
    }

    // ---- requests --------------------------------------------------------------------------------------------------------------

    /** Has a request done; false when it is answered at once, and that has no room. */
    private boolean execute(SrbRequest r) {
        requests++;
        boolean sensible = r.parse();
        StorageUnits.Slot slot = units.visible(r.address());
        if (!sensible) {
            return answered(r);
        }
        int opcode = r.command().opcode();
        if (opcode == ScsiOpcode.REPORT_LUNS) {
            // on paths and targets without units, too: Linux complains when it fails
            units.report(r.command(), r.target());
        } else if (slot == null) {
            StorageUnits.absent(r.command());
        } else if (slot.unit().needsMedium(opcode)) {
            r.goTo(slot.unit(), this::ended);
            r.command().borrow(buffers, slot.queue().immediate());
            slot.queue().submit(r);
            return !answers.waiting(r.channel());
        } else {
            slot.unit().execute(r.command());
        }
        return answered(r);
    }

    private boolean answered(SrbRequest r) {
        r.answer();
        return send(r);
    }

    private boolean send(SrbRequest r) {
        return !r.wanted() || answers.send(r.channel(), r.transaction(), r.packet(), r.packet().length);
    }

    /** A request that was under way has ended. */
    private void ended(SrbRequest r) {
        send(r);
        resume();
    }

    /** Gives up the requests that are under way to units, and says so. */
    private void abort(List<StorageUnits.Slot> those, int status) {
        for (StorageUnits.Slot s : those) {
            List<DiskRequest> all = s.queue().underWay();
            s.queue().discard(r -> true);
            all.forEach(r -> send(SrbRequest.aborted((SrbRequest) r, status)));
        }
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("storage-controller", STATE_VERSION);
        out.put("phase", phase.ordinal());
        out.put("version", version);
        out.put("sub-channels", subChannels);
        out.put("rescan-unsent", rescanUnsent);
        out.put("requests", requests);
        answers.save(out);
        out.put("stalled-count", stalled.size());
        stalled.values().forEach(c -> out.put("sub-channel-index", c.subChannelIndex()));
        units.save(out);
        out.end();
    }

    /** Restores a controller that has units of the same kinds at the same addresses, on a bus that is restored. */
    @Override
    public void restore(StateReader in) {
        in.begin("storage-controller", STATE_VERSION);
        phase = Phase.values()[(int) in.take()];
        version = (int) in.take();
        subChannels = (int) in.take();
        rescanUnsent = in.takeBoolean();
        requests = in.take();
        answers.restore(in);
        stalled.clear();
        for (long n = in.take(); n > 0; n--) {
            int index = (int) in.take();
            Channel c = index == 0 ? primary : primary.subChannel(index);
            stalled.put(c.id(), c);
        }
        units.restore(in, primary, this::ended);
        in.end();
    }
}
