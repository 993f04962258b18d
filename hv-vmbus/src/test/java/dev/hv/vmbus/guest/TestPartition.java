package dev.hv.vmbus.guest;

import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.vmbus.VmbusPartition;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A partition in memory: pages, messages and event flags in both directions, without a hypervisor. */
public final class TestPartition implements VmbusPartition, DmaView {

    private static final int PAGE = 4096;

    /**
     * A message to the guest.
     *
     * @param vp virtual processor that got it
     * @param sint synthetic interrupt source that got it
     * @param bytes its payload
     */
    public record Message(int vp, int sint, byte[] bytes) {}

    /**
     * A place where the guest is signalled.
     *
     * @param vp virtual processor
     * @param sint synthetic interrupt source
     * @param flag event flag
     */
    public record Flag(int vp, int sint, int flag) {}

    /** What a device sees that an IOMMU keeps out. */
    private static final DmaView NOTHING = new DmaView() {
        @Override
        public boolean read(long address, byte[] to, int offset, int length) {
            return false;
        }

        @Override
        public boolean write(long address, byte[] from, int offset, int length) {
            return false;
        }
    };

    private final Set<DmaRequester> barred = new HashSet<>();
    private final byte[] memory;
    private final Map<Integer, MessageListener> messagePorts = new HashMap<>();
    private final Map<Integer, Runnable> eventPorts = new HashMap<>();
    private final Deque<Message> messages = new ArrayDeque<>();
    private final Map<Flag, Integer> signals = new HashMap<>();
    private int nextPage;
    private boolean refuses;
    private long reads;
    private long writes;

    /** A partition with so many pages of memory; pages are handed out from the end, so that no two in a row are neighbours upwards. */
    public TestPartition(int pages) {
        memory = new byte[pages * PAGE];
        nextPage = pages;
    }

    /** No memory is shown to a device from its next offer on. */
    public void bar(DmaRequester device) {
        barred.add(device);
    }

    /** Takes fresh pages. */
    public GuestPages allocate(int pages) {
        long[] pfns = new long[pages];
        for (int i = 0; i < pages; i++) {
            if (nextPage == 1) {
                throw new IllegalStateException("the test guest has no more memory");
            }
            pfns[i] = --nextPage;
        }
        return new GuestPages(this, pfns);
    }

    // ---- what the guest does -----------------------------------------------------------------------------------------------

    /** Posts a message; false when nobody listens on the connection. */
    public boolean post(int connection, byte[] message) {
        MessageListener listener = messagePorts.get(connection);
        if (listener == null) {
            return false;
        }
        // a listener must not keep the array: the hypervisor uses it again
        byte[] buffer = Arrays.copyOf(message, 240);
        listener.message(buffer, message.length);
        Arrays.fill(buffer, (byte) 0xEE);
        return true;
    }

    /** Signals; false when nobody listens on the connection. */
    public boolean signal(int connection) {
        Runnable port = eventPorts.get(connection);
        if (port == null) {
            return false;
        }
        port.run();
        return true;
    }

    /** Takes the oldest message to the guest; null when there is none. */
    public Message take() {
        return messages.poll();
    }

    /** Times a flag was signalled since this was asked last. */
    public int takeSignals(int vp, int sint, int flag) {
        Integer n = signals.remove(new Flag(vp, sint, flag));
        return n == null ? 0 : n;
    }

    /** Whether the guest was signalled anywhere and nobody asked. */
    public boolean anySignals() {
        return !signals.isEmpty();
    }

    /** Whether messages to the guest are refused from now on, as when its queue is full. */
    public void refuseMessages(boolean refuse) {
        refuses = refuse;
    }

    /** Whether the host listens on a connection. */
    public boolean connected(int connection) {
        return messagePorts.containsKey(connection) || eventPorts.containsKey(connection);
    }

    /** Reads and writes of memory by the host so far. */
    public long accesses() {
        return reads + writes;
    }

    // ---- memory as the guest sees it ------------------------------------------------------------------------------------------

    void copyFrom(long address, byte[] to, int at, int length) {
        System.arraycopy(memory, (int) address, to, at, length);
    }

    void copyTo(long address, byte[] from, int at, int length) {
        System.arraycopy(from, at, memory, (int) address, length);
    }

    // ---- what the host does --------------------------------------------------------------------------------------------------

    @Override
    public boolean read(long address, byte[] to, int offset, int length) {
        reads++;
        if (address < 0 || length < 0 || address > memory.length - length) {
            return false;
        }
        System.arraycopy(memory, (int) address, to, offset, length);
        return true;
    }

    @Override
    public boolean write(long address, byte[] from, int offset, int length) {
        writes++;
        if (address < 0 || length < 0 || address > memory.length - length) {
            return false;
        }
        System.arraycopy(from, offset, memory, (int) address, length);
        return true;
    }

    @Override
    public DmaBus memory() {
        return device -> barred.contains(device) ? NOTHING : this;
    }

    @Override
    public boolean postMessage(int vp, int sint, byte[] payload, int length) {
        if (refuses) {
            return false;
        }
        messages.add(new Message(vp, sint, Arrays.copyOf(payload, length)));
        return true;
    }

    @Override
    public void signalEvent(int vp, int sint, int flag) {
        signals.merge(new Flag(vp, sint, flag), 1, Integer::sum);
    }

    @Override
    public void listenMessages(int connection, MessageListener listener) {
        if (connected(connection)) {
            throw new IllegalStateException("connection " + connection + " is in use");
        }
        messagePorts.put(connection, listener);
    }

    @Override
    public void listenEvents(int connection, Runnable signalled) {
        if (connected(connection)) {
            throw new IllegalStateException("connection " + connection + " is in use");
        }
        eventPorts.put(connection, signalled);
    }

    @Override
    public void disconnect(int connection) {
        if (messagePorts.remove(connection) == null && eventPorts.remove(connection) == null) {
            throw new IllegalStateException("connection " + connection + " is not in use");
        }
    }
}
