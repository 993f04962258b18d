package dev.hv.devices.network;

import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.devices.network.NvspFormat.*;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.Channel;
import java.util.ArrayDeque;

/** What is on its way to the guest over one channel: answers and RNDIS messages that found no room. */
final class GuestQueue {

    /** Messages of one packet at most. */
    static final int MOST_MESSAGES = 48;
    /** RNDIS messages that wait for a guest that does not take them; more are dropped. */
    static final int MOST_WAITING = 1024;

    private static final int RECEIVE_ID = 0xCAFE;

    private final ArrayDeque<Answer> answers = new ArrayDeque<>();
    private final ArrayDeque<Delivery> waiting = new ArrayDeque<>();
    private final int[] ranges = new int[2 * MOST_MESSAGES];
    private final byte[] notice = new byte[SIZE];
    private int waitingMessages;

    /** The completion of a packet of the guest. */
    private record Answer(long transaction, byte[] bytes) {}

    /** RNDIS messages for the guest in one packet. */
    private record Delivery(byte[][] messages, boolean control) {}

    /** Whether answers wait: then nothing more is taken from the guest. */
    boolean stuck() {
        return !answers.isEmpty();
    }

    /** Completes a packet now or when there is room. */
    void answer(Channel channel, long transaction, byte[] bytes) {
        if (!channel.complete(transaction, bytes, 0, bytes.length)) {
            answers.add(new Answer(transaction, bytes));
        }
    }

    /** Adds RNDIS messages of one packet; false when too many wait: they are dropped. */
    boolean add(byte[][] messages, boolean control) {
        if (waitingMessages + messages.length > MOST_WAITING) {
            return false;
        }
        waiting.add(new Delivery(messages, control));
        waitingMessages += messages.length;
        return true;
    }

    /**
     * Sends what waits as far as sections and ring allow.
     *
     * @return messages dropped, since they can never be put into this buffer: the guest has described another one since they came
     */
    int pump(Channel channel, ReceiveBuffer receive) {
        int dropped = 0;
        while (!answers.isEmpty()) {
            Answer a = answers.peek();
            if (!channel.complete(a.transaction(), a.bytes(), 0, a.bytes().length)) {
                return dropped;
            }
            answers.poll();
        }
        while (!waiting.isEmpty() && receive != null) {
            Delivery d = waiting.peek();
            if (!receive.fits(d.messages())) {
                dropped += d.messages().length;
                taken(d);
                continue;
            }
            int section = receive.put(d.messages(), ranges);
            if (section < 0) {
                return dropped;
            }
            put32(notice, TYPE, SEND_RNDIS_PACKET);
            put32(notice, RNDIS_CHANNEL, d.control() ? 1 : 0);
            put32(notice, RNDIS_SECTION, NO_SECTION);
            if (!channel.sendTransferPages(RECEIVE_ID, ranges, d.messages().length, notice, 0, SIZE, section + 1L)) {
                receive.release(section);
                return dropped;
            }
            taken(d);
        }
        return dropped;
    }

    private void taken(Delivery first) {
        waiting.poll();
        waitingMessages -= first.messages().length;
    }

    void save(StateWriter out) {
        out.put("answers-count", answers.size());
        for (Answer a : answers) {
            out.put("transaction", a.transaction());
            out.put("bytes", a.bytes(), 0, a.bytes().length);
        }
        out.put("waiting-count", waiting.size());
        for (Delivery d : waiting) {
            out.put("control", d.control());
            out.put("messages-count", d.messages().length);
            for (byte[] m : d.messages()) {
                out.put("messages", m, 0, m.length);
            }
        }
    }

    void restore(StateReader in) {
        answers.clear();
        for (long n = in.take(); n > 0; n--) {
            long transaction = in.take();
            answers.add(new Answer(transaction, in.takeBytes()));
        }
        waiting.clear();
        waitingMessages = 0;
        for (long n = in.take(); n > 0; n--) {
            boolean control = in.takeBoolean();
            byte[][] messages = new byte[(int) in.take()][];
            for (int i = 0; i < messages.length; i++) {
                messages[i] = in.takeBytes();
            }
            add(messages, control);
        }
    }
}
