package dev.hv.devices.storage;

import static dev.hv.devices.storage.StorvscFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.vmbus.Channel;
import dev.hv.vmbus.ChannelHandler;
import dev.hv.vmbus.ChannelOffer;
import dev.hv.vmbus.Guid;
import dev.hv.vmbus.Packet;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A synthetic SCSI controller: the provider's side of storvsc. Requests are carried out one after the other while the guest's
 * signal is being handled, so that a run can be repeated.
 */
public final class StorageController implements ChannelHandler, Saveable {

    /** What the guest's driver looks for. */
    public static final Guid INTERFACE = Guid.of("ba6163d9-04a1-4d29-b605-72e2ffb1dc7f");

    private static final int STATE_VERSION = 1;
    private static final int MOST_TARGETS = 2;
    private static final int MOST_LUNS = 64;
    private static final int MOST_SUB_CHANNELS = 16;
    private static final int MOST_TRANSFER = 8 << 20;
    private static final int V6_0 = 0x600;
    private static final int V5_1 = 0x501;
    private static final int V4_2 = 0x402;
    private static final int V2_0 = 0x200;
    private static final int REPORT_LUNS = 0xA0;
    private static final int INQUIRY = 0x12;
    /** Peripheral qualifier 3, type 1Fh: nothing can be there. */
    private static final byte NO_UNIT = 0x7F;

    private final SortedMap<Integer, ScsiDevice> units = new TreeMap<>();
    private final Map<Channel, ArrayDeque<Reply>> replies = new HashMap<>();
    private final Packet packet = new Packet();
    private final ScsiCommand command = new ScsiCommand();
    private Channel primary;
    private boolean initialized;
    private boolean enumerate;

    /** A completion that found no room in the ring. */
    private record Reply(long transaction, byte[] bytes) {}

    /** The offer of a controller; {@code instance} tells controllers of a machine apart. */
    public static ChannelOffer offer(Guid instance, String name) {
        return ChannelOffer.of(INTERFACE, instance, name, false);
    }

    /**
     * Plugs a disk in; a running guest is told to look.
     *
     * @throws IllegalArgumentException when the place is taken or does not exist
     */
    public void add(int target, int lun, Disk disk, String serial) {
        put(target, lun, new ScsiDisk(disk, serial));
    }

    void put(int target, int lun, ScsiDevice device) {
        if (target < 0 || target >= MOST_TARGETS || lun < 0 || lun >= MOST_LUNS || units.containsKey(place(target, lun))) {
            throw new IllegalArgumentException("target %d, unit %d is taken or does not exist".formatted(target, lun));
        }
        units.put(place(target, lun), device);
        changed();
    }

    /** Takes a disk out; a running guest is told to look. The caller closes it. */
    public void remove(int target, int lun) {
        units.remove(place(target, lun));
        changed();
    }

    private static int place(int target, int lun) {
        return target << 8 | lun;
    }

    private void changed() {
        if (initialized) {
            enumerate = true;
            tellChange();
        }
    }

    private void tellChange() {
        if (enumerate && primary != null && primary.open()) {
            byte[] p = new byte[SIZE];
            put(p, OPERATION, ENUMERATE_BUS);
            enumerate = !primary.send(p, 0, SIZE, 0, false);
        }
    }

    // ---- channel -------------------------------------------------------------------------------------------------------

    @Override
    public int opened(Channel channel) {
        if (channel.subChannelIndex() == 0) {
            primary = channel;
            initialized = false;
            enumerate = false;
        }
        replies.put(channel, new ArrayDeque<>());
        return 0;
    }

    @Override
    public void closed(Channel channel) {
        replies.remove(channel);
        if (channel == primary) {
            primary = null;
            initialized = false;
        }
    }

    @Override
    public void spaceAvailable(Channel channel) {
        ArrayDeque<Reply> waiting = replies.get(channel);
        while (!waiting.isEmpty()) {
            Reply r = waiting.peek();
            if (!channel.complete(r.transaction(), r.bytes(), 0, SIZE)) {
                return;
            }
            waiting.poll();
        }
        if (channel == primary) {
            tellChange();
        }
    }

    @Override
    public void packetsAvailable(Channel channel) {
        ArrayDeque<Reply> waiting = replies.get(channel);
        // a guest that does not take its completions gets no more of them
        while (waiting.isEmpty() && channel.receive(packet)) {
            if (packet.type() != Packet.Type.COMPLETION) {
                request(channel, waiting);
            }
        }
    }

    private void request(Channel channel, ArrayDeque<Reply> waiting) {
        byte[] p = new byte[SIZE];
        System.arraycopy(packet.payload(), 0, p, 0, Math.min(packet.length(), SIZE));
        if (packet.length() < BODY) {
            put(p, STATUS, STATUS_INVALID_PARAMETER);
        } else {
            put(p, STATUS, carryOut(channel, p));
        }
        put(p, OPERATION, COMPLETE_IO);
        if (packet.completionRequested() && !channel.complete(packet.transactionId(), p, 0, SIZE)) {
            waiting.add(new Reply(packet.transactionId(), p));
        }
    }

    /** Carries an operation out; the packet becomes its own answer. */
    private int carryOut(Channel channel, byte[] p) {
        int operation = u32(p, OPERATION);
        return switch (operation) {
            case BEGIN_INITIALIZATION -> {
                initialized = false;
                yield STATUS_SUCCESS;
            }
            case QUERY_PROTOCOL_VERSION -> switch (u16(p, VERSION)) {
                case V2_0, V4_2, V5_1, V6_0 -> STATUS_SUCCESS;
                default -> STATUS_REVISION_MISMATCH;
            };
            case QUERY_PROPERTIES -> {
                Arrays.fill(p, BODY, SIZE, (byte) 0);
                put16(p, MAX_SUB_CHANNELS, MOST_SUB_CHANNELS);
                put(p, PROPERTY_FLAGS, MULTI_CHANNEL);
                put(p, MAX_TRANSFER, MOST_TRANSFER);
                yield STATUS_SUCCESS;
            }
            case END_INITIALIZATION -> {
                initialized = true;
                yield STATUS_SUCCESS;
            }
            case CREATE_SUB_CHANNELS -> subChannels(channel, u16(p, SUB_CHANNELS));
            case EXECUTE_SRB -> {
                execute(p);
                yield STATUS_SUCCESS;
            }
            // nothing is in flight when these come
            case RESET_LUN, RESET_ADAPTER, RESET_BUS -> STATUS_SUCCESS;
            default -> STATUS_INVALID_PARAMETER;
        };
    }

    private int subChannels(Channel channel, int count) {
        if (channel != primary || !initialized || count == 0 || count > MOST_SUB_CHANNELS || replies.size() > 1) {
            return STATUS_UNSUCCESSFUL;
        }
        channel.offerSubChannels(count, this);
        return STATUS_SUCCESS;
    }

    // ---- requests ------------------------------------------------------------------------------------------------------

    private void execute(byte[] p) {
        ScsiCommand c = command;
        int length = p[CDB_LENGTH] & 0xFF;
        if (packet.length() < CDB + CDB_LIMIT || length > CDB_LIMIT || packet.buffers().size() > 1) {
            finish(p, SRB_INVALID_REQUEST, 0, 0, null);
            return;
        }
        System.arraycopy(p, CDB, c.cdb, 0, CDB_LIMIT);
        for (int i = length; i < CDB_LIMIT; i++) {
            c.cdb[i] = 0;
        }
        c.cdbLength = length;
        c.data = packet.buffers().isEmpty() ? null : packet.buffers().getFirst();
        c.fromDevice = p[DIRECTION] == 1;
        c.allocation = c.data == null ? 0 : Math.min(u32(p, TRANSFER_LENGTH) & 0xFFFF_FFFFL, c.data.length());
        c.begin();
        int target = p[TARGET] & 0xFF;
        int lun = p[LUN] & 0xFF;
        ScsiDevice unit = p[PATH] == 0 ? units.get(place(target, lun)) : null;
        if (unit == null) {
            absent(p, c, target);
            return;
        }
        if (c.u8(0) == REPORT_LUNS) {
            reportLuns(c, target);
        } else {
            unit.execute(c);
        }
        if (c.status == ScsiCommand.GOOD) {
            finish(p, SRB_SUCCESS, ScsiCommand.GOOD, c.transferred, null);
        } else {
            finish(p, SRB_ERROR | SRB_AUTOSENSE_VALID, c.status, c.transferred, c.sense);
        }
    }

    /**
     * There is no such unit. INQUIRY says so in its data (SPC-3, 6.4.1), also where a whole target is absent: Linux takes INQUIRY as
     * successful whatever its status is.
     */
    private void absent(byte[] p, ScsiCommand c, int target) {
        boolean targetThere = units.keySet().stream().anyMatch(place -> place >> 8 == target);
        if (c.u8(0) == INQUIRY) {
            byte[] b = new byte[36];
            b[0] = NO_UNIT;
            b[4] = 31;
            c.reply(b, c.u16(3));
            finish(p, SRB_SUCCESS, ScsiCommand.GOOD, c.transferred, null);
        } else if (targetThere && c.u8(0) == REPORT_LUNS) {
            reportLuns(c, target);
            finish(p, SRB_SUCCESS, ScsiCommand.GOOD, c.transferred, null);
        } else {
            finish(p, targetThere ? SRB_INVALID_LUN : SRB_NO_DEVICE, 0, 0, null);
        }
    }

    private void reportLuns(ScsiCommand c, int target) {
        int[] luns = units.keySet().stream().filter(place -> place >> 8 == target).mapToInt(place -> place & 0xFF).toArray();
        byte[] b = new byte[8 + 8 * luns.length];
        b[2] = (byte) (8 * luns.length >>> 8);
        b[3] = (byte) (8 * luns.length);
        for (int i = 0; i < luns.length; i++) {
            b[9 + 8 * i] = (byte) luns[i];
        }
        c.reply(b, c.u32(6));
    }

    private static void finish(byte[] p, int srbStatus, int scsiStatus, long transferred, Sense sense) {
        p[SRB_STATUS] = (byte) srbStatus;
        p[SCSI_STATUS] = (byte) scsiStatus;
        put(p, TRANSFER_LENGTH, (int) transferred);
        if (sense != null) {
            byte[] bytes = sense.bytes();
            Arrays.fill(p, SENSE, SENSE + SENSE_LIMIT, (byte) 0);
            System.arraycopy(bytes, 0, p, SENSE, bytes.length);
            p[SENSE_LENGTH] = (byte) bytes.length;
        } else {
            p[SENSE_LENGTH] = 0;
        }
    }

    private static int u16(byte[] b, int at) {
        return b[at] & 0xFF | (b[at + 1] & 0xFF) << 8;
    }

    private static int u32(byte[] b, int at) {
        return u16(b, at) | u16(b, at + 2) << 16;
    }

    private static void put16(byte[] b, int at, int value) {
        b[at] = (byte) value;
        b[at + 1] = (byte) (value >>> 8);
    }

    private static void put(byte[] b, int at, int value) {
        put16(b, at, value);
        put16(b, at + 2, value >>> 16);
    }

    // ---- state ---------------------------------------------------------------------------------------------------------

    /** Completions that wait for room are not saved: the guest's driver asks again when a request times out. */
    @Override
    public void save(StateWriter out) {
        out.begin("storage-controller", STATE_VERSION);
        out.put(initialized);
        out.put(enumerate);
        out.put(units.size());
        units.forEach((place, unit) -> {
            out.put(place);
            unit.save(out);
        });
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("storage-controller");
        initialized = in.takeBoolean();
        enumerate = in.takeBoolean();
        if (in.take() != units.size()) {
            throw new StateFormatException("other disks than the " + units.size() + " of this controller");
        }
        for (var unit : units.entrySet()) {
            if (in.take() != unit.getKey()) {
                throw new StateFormatException("no disk at place " + unit.getKey());
            }
            unit.getValue().restore(in);
        }
        in.end();
    }
}
