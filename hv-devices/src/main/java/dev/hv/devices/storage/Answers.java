package dev.hv.devices.storage;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.Channel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a controller answers on its channels, in order: an answer that has no room in the ring waits, and those of the channel behind it. */
final class Answers {

    private record Answer(long transaction, byte[] bytes) {}

    /** Those that wait, by channel id. */
    private final SortedMap<Integer, ArrayDeque<Answer>> unsent = new TreeMap<>();

    /** Answers on a channel, behind answers that wait for room; false when it has none. */
    boolean send(Channel channel, long transaction, byte[] bytes, int length) {
        boolean first = !waiting(channel);
        if (first && channel.complete(transaction, bytes, 0, length)) {
            return true;
        }
        if (channel.open()) {
            unsent.computeIfAbsent(channel.id(), _ -> new ArrayDeque<>()).add(new Answer(transaction, Arrays.copyOf(bytes, length)));
        }
        return false;
    }

    /** Sends what had no room before; false when some of it still has none. */
    boolean sendWaiting(Channel channel) {
        ArrayDeque<Answer> waiting = unsent.get(channel.id());
        while (waiting != null && !waiting.isEmpty()) {
            Answer a = waiting.peek();
            if (!channel.complete(a.transaction(), a.bytes(), 0, a.bytes().length)) {
                return false;
            }
            waiting.poll();
        }
        unsent.remove(channel.id());
        return true;
    }

    /** Whether some wait for room on a channel. */
    boolean waiting(Channel channel) {
        return unsent.containsKey(channel.id());
    }

    /** Whether none waits on any channel. */
    boolean allSent() {
        return unsent.isEmpty();
    }

    /** Forgets those of a channel. */
    void forget(Channel channel) {
        unsent.remove(channel.id());
    }

    /** Forgets all. */
    void clear() {
        unsent.clear();
    }

    void save(StateWriter out) {
        out.put("unsent-count", unsent.size());
        unsent.forEach((channel, answers) -> {
            out.put("channel", channel);
            out.put("answers-count", answers.size());
            for (Answer a : answers) {
                out.put("transaction", a.transaction());
                out.put("bytes", a.bytes(), 0, a.bytes().length);
            }
        });
    }

    void restore(StateReader in) {
        unsent.clear();
        for (long n = in.take(); n > 0; n--) {
            int channel = (int) in.take();
            ArrayDeque<Answer> answers = new ArrayDeque<>();
            for (long m = in.take(); m > 0; m--) {
                answers.add(new Answer(in.take(), in.takeBytes()));
            }
            unsent.put(channel, answers);
        }
    }
}
