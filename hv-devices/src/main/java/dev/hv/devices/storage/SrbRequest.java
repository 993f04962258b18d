package dev.hv.devices.storage;

import static dev.hv.devices.storage.StorvscFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskRequest;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.ring.Packet;
import java.util.Arrays;
import java.util.function.Consumer;

/** A SCSI request block on its way: the packet that brought it, the command in it, and the packet that will complete it. */
final class SrbRequest implements DiskRequest {

    static final int NO_TARGET = -1;

    private final Channel channel;
    private final long transaction;
    private final boolean wanted;
    /** As the guest sent it, until the request has ended: then the answer. */
    private final byte[] packet;
    /** Null when there was none, or not one range. */
    private final GuestBuffer data;
    private final ScsiCommand command = new ScsiCommand();
    private LogicalUnit unit;
    /** What was in the unit when the request was begun. */
    private Disk medium;
    private Consumer<SrbRequest> ended;

    private SrbRequest(Channel channel, long transaction, boolean wanted, byte[] packet, GuestBuffer data) {
        this.channel = channel;
        this.transaction = transaction;
        this.wanted = wanted;
        this.packet = packet;
        this.data = data;
    }

    /**
     * The request in a packet.
     *
     * @param length of the packet's layout: {@link StorvscFormat#SIZE}, or that of old versions
     */
    static SrbRequest of(Channel channel, Packet p, int length) {
        GuestBuffer data = p.buffers().size() == 1 ? p.buffers().getFirst() : null;
        return new SrbRequest(channel, p.transactionId(), p.completionRequested(), Arrays.copyOf(p.payload(), length), data);
    }

    Channel channel() {
        return channel;
    }

    long transaction() {
        return transaction;
    }

    /** Whether the guest wants to hear of its end. */
    boolean wanted() {
        return wanted;
    }

    byte[] packet() {
        return packet;
    }

    ScsiCommand command() {
        return command;
    }

    /** Target of path 0; {@link #NO_TARGET} on others. */
    int target() {
        return packet[SRB_PATH] == 0 ? packet[SRB_TARGET] & 0xFF : NO_TARGET;
    }

    /** The address it names; null when no unit can be there. */
    ScsiAddress address() {
        int lun = packet[SRB_LUN] & 0xFF;
        int target = target();
        return target >= 0 && target < ScsiAddress.TARGETS && lun < ScsiAddress.LUNS ? new ScsiAddress(target, lun) : null;
    }

    /** Fills the command from the packet; false when the request makes no sense, and it has ended then. */
    boolean parse() {
        int cdbLength = packet[SRB_CDB_LENGTH] & 0xFF;
        int direction = packet[SRB_DIRECTION] & 0xFF;
        int length = LittleEndian.u32(packet, SRB_TRANSFER_LENGTH);
        boolean cdb = cdbLength > 0 && cdbLength <= ScsiCommand.CDB && direction <= 2;
        var way = direction == 0 ? ScsiCommand.Direction.TO_DEVICE
                : direction == 1 ? ScsiCommand.Direction.FROM_DEVICE : ScsiCommand.Direction.NONE;
        boolean moves = cdb && way != ScsiCommand.Direction.NONE && length != 0;
        boolean possible = cdb && (!moves || data != null && length > 0 && length <= data.length());
        command.begin(packet, SRB_CDB, cdb ? cdbLength : 0, way, data, possible ? length : 0);
        if (!possible) {
            command.fail(SrbStatus.INVALID_REQUEST);
        }
        return possible;
    }

    /** Says who does it and who is told when it is done. */
    void goTo(LogicalUnit newUnit, Consumer<SrbRequest> whenEnded) {
        unit = newUnit;
        ended = whenEnded;
    }

    @Override
    public int bytes() {
        return Math.clamp(LittleEndian.u32(packet, SRB_TRANSFER_LENGTH), 0, DiskQueue.MOST_BYTES);
    }

    @Override
    public long late() {
        return unit.late(command);
    }

    @Override
    public Disk disk() {
        return medium;
    }

    @Override
    public boolean begin() {
        medium = unit.medium();
        unit.execute(command);
        return command.left();
    }

    @Override
    public void carryOut() {
        command.carryOut();
    }

    @Override
    public void finish() {
        command.finish();
        answer();
        ended.accept(this);
    }

    /** Turns the packet into the answer: how the command ended. */
    void answer() {
        LittleEndian.put32(packet, OPERATION, COMPLETE_IO);
        // the request's own status says how it ended
        LittleEndian.put32(packet, STATUS, NT_SUCCESS);
        packet[SRB_STATUS] = (byte) command.srbStatus();
        packet[SRB_SCSI_STATUS] = (byte) command.scsiStatus();
        LittleEndian.put32(packet, SRB_TRANSFER_LENGTH, command.transferred());
        byte[] sense = command.sense();
        int room = Math.min(packet[SRB_SENSE_LENGTH] & 0xFF, SRB_SENSE_ROOM);
        int senseLength = sense == null ? 0 : Math.min(sense.length, room);
        packet[SRB_SENSE_LENGTH] = (byte) senseLength;
        if (senseLength > 0) {
            Arrays.fill(packet, SRB_CDB, SRB_CDB + SRB_SENSE_ROOM, (byte) 0);
            System.arraycopy(sense, 0, packet, SRB_CDB, senseLength);
        } else if (sense != null) {
            packet[SRB_STATUS] &= ~SrbStatus.AUTOSENSE_VALID;
        }
    }

    /** It is given up; a request under way may still be carried out, which touches nothing that is answered here. */
    static SrbRequest aborted(SrbRequest r, int status) {
        var answer = new SrbRequest(r.channel, r.transaction, r.wanted, r.packet.clone(), null);
        answer.command.begin(answer.packet, SRB_CDB, 1, ScsiCommand.Direction.NONE, null, 0);
        answer.command.fail(status);
        answer.answer();
        return answer;
    }

    /** Saves what the guest asked for: a request that is under way is begun anew. */
    void save(StateWriter out) {
        out.put("sub-channel-index", channel.subChannelIndex());
        out.put("transaction", transaction);
        out.put("wanted", wanted);
        out.put("packet", packet, 0, packet.length);
        out.put("data-present", data != null);
        if (data != null) {
            channel.saveRange(data, out);
        }
    }

    /** The request that was saved, its command filled. */
    static SrbRequest restored(StateReader in, Channel primary) {
        int index = (int) in.take();
        Channel channel = index == 0 ? primary : primary.subChannel(index);
        long transaction = in.take();
        boolean wanted = in.takeBoolean();
        byte[] packet = in.takeBytes();
        GuestBuffer data = in.takeBoolean() ? channel.restoredRange(in) : null;
        var r = new SrbRequest(channel, transaction, wanted, packet, data);
        r.parse();
        return r;
    }
}
