package dev.hv.devices.storage;

import static dev.hv.devices.storage.StorvscFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.ring.Packet;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A SCSI controller on VMBus (storvsc): negotiates with the guest's driver over the primary channel and takes requests on it and on
 * sub-channels, each of which is finished and answered on its channel before the next is taken.
 */
public final class StorageController implements ChannelHandler, Saveable {

    /** Interface id of SCSI controllers. */
    public static final Guid INTERFACE = Guid.of("ba6163d9-04a1-4d29-b605-72e2ffb1dc7f");
    /** Bytes that one request moves at most. */
    public static final int MOST_TRANSFER = DiskUnit.MOST_TRANSFER;

    /** What the guest's driver is expected to do next. */
    private enum Phase { BEGIN, VERSION, PROPERTIES, END, READY }

    /** An answer that had no room in the ring. */
    private record Answer(long transaction, byte[] bytes) {}

    private static final int STATE_VERSION = 1;
    private static final int NO_UNIT = 0x7F;
    private static final int NO_TARGET = -1;

    private final int mostSubChannels;
    private final SortedMap<ScsiAddress, LogicalUnit> units = new TreeMap<>();
    private final Packet packet = new Packet();
    private final ScsiCommand command = new ScsiCommand();
    private final byte[] answer = new byte[SIZE];
    /** By channel id; requests of a channel wait behind its answer. */
    private final SortedMap<Integer, Answer> unsent = new TreeMap<>();
    private Channel primary;
    private Phase phase = Phase.BEGIN;
    private int version;
    private int subChannels;
    private boolean rescanUnsent;

    /**
     * A controller without units.
     *
     * @param mostSubChannels how many channels a guest may have beside the primary one
     */
    public StorageController(int mostSubChannels) {
        this.mostSubChannels = mostSubChannels;
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
        if (units.putIfAbsent(address, unit) != null) {
            throw new IllegalArgumentException("there is a unit at " + address);
        }
        unitsChanged(address, unit);
    }

    /**
     * Detaches a unit, which is not closed; a running guest is told.
     *
     * @return what was there, or null
     */
    public LogicalUnit detach(ScsiAddress address) {
        LogicalUnit unit = units.remove(address);
        if (unit != null) {
            unitsChanged(address, unit);
        }
        return unit;
    }

    /** The unit at an address, or null. */
    public LogicalUnit unit(ScsiAddress address) {
        return units.get(address);
    }

    private void unitsChanged(ScsiAddress address, LogicalUnit changed) {
        if (phase != Phase.READY) {
            return;
        }
        units.forEach((a, u) -> {
            if (a.target() == address.target() && u != changed) {
                u.attention(Sense.REPORTED_LUNS_HAVE_CHANGED);
            }
        });
        rescanUnsent = true;
        sendRescan();
    }

    private void sendRescan() {
        if (rescanUnsent && primary != null && primary.open()) {
            byte[] b = new byte[SIZE];
            Wire.putLittle32(b, OPERATION, ENUMERATE_BUS);
            rescanUnsent = !primary.send(b, 0, SIZE, 0, false);
        }
    }

    /** Closes all units: the virtual machine is over. */
    public void close() {
        units.values().forEach(LogicalUnit::close);
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
        unsent.remove(channel.id());
        if (channel.subChannelIndex() == 0) {
            forget();
        }
    }

    private void forget() {
        phase = Phase.BEGIN;
        version = 0;
        subChannels = 0;
        unsent.clear();
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
        while (channel.receive(packet)) {
            if (packet.type() != Packet.Type.COMPLETION && !take(channel)) {
                return;
            }
        }
    }

    /** Sends what had no room before; false when it still has none. */
    private boolean sendUnsent(Channel channel) {
        Answer a = unsent.get(channel.id());
        if (a != null) {
            if (!channel.complete(a.transaction(), a.bytes(), 0, a.bytes().length)) {
                return false;
            }
            unsent.remove(channel.id());
        }
        if (channel.subChannelIndex() == 0) {
            sendRescan();
        }
        return true;
    }

    /** Does what a packet asks and answers; false when the answer has no room. */
    private boolean take(Channel channel) {
        int length = packet.length() >= SIZE ? SIZE : packet.length() >= SIZE_OLD ? SIZE_OLD : 0;
        Arrays.fill(answer, (byte) 0);
        int offered = 0;
        if (length == 0) {
            Wire.putLittle32(answer, OPERATION, COMPLETE_IO);
            Wire.putLittle32(answer, STATUS, NT_INVALID_PARAMETER);
            length = SIZE;
        } else {
            System.arraycopy(packet.payload(), 0, answer, 0, length);
            int before = subChannels;
            int status = handle(channel, Wire.little32(answer, OPERATION));
            offered = subChannels - before;
            Wire.putLittle32(answer, OPERATION, COMPLETE_IO);
            Wire.putLittle32(answer, STATUS, status);
        }
        boolean sent = true;
        if (packet.completionRequested() && !channel.complete(packet.transactionId(), answer, 0, length)) {
            if (channel.open()) {
                unsent.put(channel.id(), new Answer(packet.transactionId(), Arrays.copyOf(answer, length)));
            }
            sent = false;
        }
        if (offered > 0 && channel.open()) {
            // the guest was told that it gets them all: it waits for those it finds
            subChannels -= offered - channel.offerSubChannels(offered, this);
        }
        return sent;
    }

    /** Does an operation, whose request is in {@link #answer} and whose results go there; gives its NTSTATUS. */
    private int handle(Channel channel, int operation) {
        if (operation == EXECUTE_SRB) {
            return phase == Phase.READY ? executeSrb() : NT_INVALID_DEVICE_STATE;
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
        int wanted = Wire.little16(answer, VERSION);
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
        Wire.putLittle16(answer, PROPERTIES_MOST_SUB_CHANNELS, multi ? mostSubChannels : 0);
        Wire.putLittle32(answer, PROPERTIES_FLAGS, multi ? PROPERTIES_MULTI_CHANNEL : 0);
        Wire.putLittle32(answer, PROPERTIES_MOST_TRANSFER, MOST_TRANSFER);
        phase = Phase.END;
        return NT_SUCCESS;
    }

    private int createSubChannels() {
        int wanted = Wire.little16(answer, SUB_CHANNELS);
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
        if (operation == RESET_LUN) {
            LogicalUnit unit = addressed();
            if (unit == null) {
                return NT_INVALID_PARAMETER;
            }
            unit.reset();
        } else {
            units.values().forEach(LogicalUnit::reset);
        }
        return NT_SUCCESS;
    }

    // ---- requests --------------------------------------------------------------------------------------------------------------

    /** The unit that the request names, or null. */
    private LogicalUnit addressed() {
        int target = answer[SRB_TARGET] & 0xFF;
        int lun = answer[SRB_LUN] & 0xFF;
        boolean possible = answer[SRB_PATH] == 0 && target < ScsiAddress.TARGETS && lun < ScsiAddress.LUNS;
        return possible ? units.get(new ScsiAddress(target, lun)) : null;
    }

    private int executeSrb() {
        if (begin()) {
            LogicalUnit unit = addressed();
            if (command.opcode() == ScsiOpcode.REPORT_LUNS) {
                // on paths and targets without units, too: Linux complains when it fails
                reportLuns(answer[SRB_PATH] == 0 ? answer[SRB_TARGET] & 0xFF : NO_TARGET);
            } else if (unit != null) {
                unit.execute(command);
            } else {
                absent();
            }
        } else {
            command.fail(SrbStatus.INVALID_REQUEST);
        }
        answer[SRB_STATUS] = (byte) command.srbStatus();
        answer[SRB_SCSI_STATUS] = (byte) command.scsiStatus();
        Wire.putLittle32(answer, SRB_TRANSFER_LENGTH, command.transferred());
        byte[] sense = command.sense();
        int room = Math.min(answer[SRB_SENSE_LENGTH] & 0xFF, SRB_SENSE_ROOM);
        int senseLength = sense == null ? 0 : Math.min(sense.length, room);
        answer[SRB_SENSE_LENGTH] = (byte) senseLength;
        if (senseLength > 0) {
            Arrays.fill(answer, SRB_CDB, SRB_CDB + SRB_SENSE_ROOM, (byte) 0);
            System.arraycopy(sense, 0, answer, SRB_CDB, senseLength);
        } else if (sense != null) {
            answer[SRB_STATUS] &= ~SrbStatus.AUTOSENSE_VALID;
        }
        // the request's own status says how it ended
        return NT_SUCCESS;
    }

    /** Fills the command from the request; false when the request makes no sense. */
    private boolean begin() {
        int cdbLength = answer[SRB_CDB_LENGTH] & 0xFF;
        int direction = answer[SRB_DIRECTION] & 0xFF;
        int length = Wire.little32(answer, SRB_TRANSFER_LENGTH);
        if (cdbLength == 0 || cdbLength > ScsiCommand.CDB || direction > 2) {
            return false;
        }
        var way = direction == 0 ? ScsiCommand.Direction.TO_DEVICE
                : direction == 1 ? ScsiCommand.Direction.FROM_DEVICE : ScsiCommand.Direction.NONE;
        GuestBuffer data = packet.buffers().size() == 1 ? packet.buffers().getFirst() : null;
        boolean moves = way != ScsiCommand.Direction.NONE && length != 0;
        if (moves && (data == null || length < 0 || length > data.length())) {
            return false;
        }
        command.begin(answer, SRB_CDB, cdbLength, way, data, length);
        return true;
    }

    /** A command to a unit that is not there (SPC-3 section 6.4.2). */
    private void absent() {
        if (command.opcode() == ScsiOpcode.INQUIRY && command.complete() && !command.bit(1, 1)) {
            byte[] b = LogicalUnit.standardInquiry(NO_UNIT, false, "");
            command.reply(b, b.length, Wire.big16(command.cdb(), 3));
        } else {
            command.fail(SrbStatus.INVALID_LUN);
        }
    }

    /** REPORT LUNS (SPC-3 section 6.21), to whatever unit of the target. */
    private void reportLuns(int target) {
        long allocated = Wire.big32(command.cdb(), 6);
        int select = command.field(2);
        if (!command.complete()) {
            command.fail(SrbStatus.INVALID_REQUEST);
            return;
        }
        if (allocated < 16 || select > 2) {
            command.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        byte[] list = new byte[8 + 8 * ScsiAddress.LUNS];
        int at = 8;
        for (ScsiAddress a : units.keySet()) {
            // there are no well-known units, which is what 1 asks for
            if (a.target() == target && select != 1) {
                list[at + 1] = (byte) a.lun();
                at += 8;
            }
        }
        Wire.putBig32(list, 0, at - 8);
        command.reply(list, at, (int) Math.min(allocated, list.length));
        units.forEach((a, u) -> {
            if (a.target() == target) {
                u.clearAttention(Sense.REPORTED_LUNS_HAVE_CHANGED);
            }
        });
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("storage-controller", STATE_VERSION);
        out.put(phase.ordinal());
        out.put(version);
        out.put(subChannels);
        out.put(rescanUnsent);
        out.put(unsent.size());
        unsent.forEach((channel, a) -> {
            out.put(channel);
            out.put(a.transaction());
            out.put(a.bytes(), 0, a.bytes().length);
        });
        out.put(units.size());
        units.forEach((address, unit) -> {
            out.put(address.target());
            out.put(address.lun());
            unit.save(out);
        });
        out.end();
    }

    /** Restores a controller that has units of the same kinds at the same addresses. */
    @Override
    public void restore(StateReader in) {
        in.begin("storage-controller", STATE_VERSION);
        phase = Phase.values()[(int) in.take()];
        version = (int) in.take();
        subChannels = (int) in.take();
        rescanUnsent = in.takeBoolean();
        unsent.clear();
        for (long n = in.take(); n > 0; n--) {
            int channel = (int) in.take();
            unsent.put(channel, new Answer(in.take(), in.takeBytes()));
        }
        for (long n = in.take(); n > 0; n--) {
            var address = new ScsiAddress((int) in.take(), (int) in.take());
            LogicalUnit unit = units.get(address);
            if (unit == null) {
                throw new StateFormatException("there is no unit at " + address);
            }
            unit.restore(in);
        }
        in.end();
    }
}
