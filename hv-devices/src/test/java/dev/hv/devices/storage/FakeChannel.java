package dev.hv.devices.storage;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.channel.ChannelStatistics;
import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.ring.Packet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A channel whose rings are queues. */
final class FakeChannel implements Channel {

    /** A packet that went to the guest; completions have {@code completion} set. */
    record Sent(boolean completion, long transaction, byte[] bytes) {}

    private record Waiting(long transaction, byte[] bytes, GuestBuffer[] buffers, boolean wantsCompletion) {}

    final List<Sent> sent = new ArrayList<>();
    /** Packets that fit into the ring to the guest. */
    int room = Integer.MAX_VALUE;
    boolean open = true;
    int offeredSubChannels;

    private final int id;
    private final int index;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    FakeChannel(int id, int index) {
        this.id = id;
        this.index = index;
    }

    void guestSends(long transaction, byte[] bytes, GuestBuffer... buffers) {
        waiting.add(new Waiting(transaction, bytes, buffers, true));
    }

    void guestSendsWithoutCompletion(long transaction, byte[] bytes) {
        waiting.add(new Waiting(transaction, bytes, new GuestBuffer[0], false));
    }

    int waiting() {
        return waiting.size();
    }

    @Override
    public ChannelOffer offer() {
        return StorageController.offer("scsi0", new Guid(1, 2));
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public int subChannelIndex() {
        return index;
    }

    @Override
    public boolean open() {
        return open;
    }

    @Override
    public byte[] openData() {
        return new byte[120];
    }

    @Override
    public int targetProcessor() {
        return 0;
    }

    @Override
    public boolean receive(Packet into) {
        Waiting w = open ? waiting.poll() : null;
        if (w == null) {
            return false;
        }
        into.set(w.buffers.length > 0 ? Packet.Type.GPA_DIRECT : Packet.Type.IN_BAND, w.wantsCompletion, w.transaction, w.bytes, 0, w.bytes.length);
        for (GuestBuffer b : w.buffers) {
            into.addBuffer(b);
        }
        return true;
    }

    private boolean put(boolean completion, long transaction, byte[] payload, int offset, int length) {
        if (room == 0 || !open) {
            return false;
        }
        room--;
        sent.add(new Sent(completion, transaction, Arrays.copyOfRange(payload, offset, offset + length)));
        return true;
    }

    @Override
    public boolean send(byte[] payload, int offset, int length, long transactionId, boolean completionRequested) {
        return put(false, transactionId, payload, offset, length);
    }

    @Override
    public boolean complete(long transactionId, byte[] payload, int offset, int length) {
        return put(true, transactionId, payload, offset, length);
    }

    @Override
    public boolean sendTransferPages(int setId, int[] ranges, int rangeCount, byte[] payload, int offset, int length, long transactionId) {
        throw new AssertionError("storage sends no transfer pages");
    }

    /** Memory that a saved request names; a channel that takes another's place shares it. */
    List<GuestBuffer> saved = new ArrayList<>();

    @Override
    public void saveRange(GuestBuffer range, StateWriter out) {
        out.put(saved.size());
        saved.add(range);
    }

    @Override
    public GuestBuffer restoredRange(StateReader in) {
        return saved.get((int) in.take());
    }

    @Override
    public GuestBuffer gpadl(int gpadl) {
        return null;
    }

    @Override
    public Channel subChannel(int index) {
        return null;
    }

    @Override
    public int offerSubChannels(int count, ChannelHandler handler) {
        offeredSubChannels += count;
        return count;
    }

    @Override
    public void rescind() {
        open = false;
    }

    @Override
    public ChannelStatistics statistics() {
        return new ChannelStatistics(0, 0, 0, 0, 0, 0);
    }

    @Override
    public void save(StateWriter out) {
        throw new AssertionError("the bus saves channels");
    }

    @Override
    public void restore(StateReader in) {
        throw new AssertionError("the bus restores channels");
    }
}
