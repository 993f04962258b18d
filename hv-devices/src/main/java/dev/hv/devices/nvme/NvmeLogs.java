package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/** What a controller remembers to tell: log pages (5.14) and asynchronous events (5.2). */
final class NvmeLogs implements Saveable {

    private static final String[] ERROR = {"count", "queue", "command", "status", "block", "namespace"};
    private static final int ERROR_BYTES = 64;
    private static final int MOST_EVENTS = 8;
    /** Data is counted in thousands of 512 bytes. */
    private static final long UNIT = 512_000;

    private final ArrayDeque<long[]> errors = new ArrayDeque<>();
    private long errorCount;
    private final long[] traffic = new long[4];
    /** Events that no request took yet. */
    private final ArrayDeque<Integer> events = new ArrayDeque<>();
    /** Types of events that were told, until their log page is read. */
    private int told;

    /** A controller reset: counters and errors stay, events do not. */
    void forgetEvents() {
        events.clear();
        told = 0;
    }

    void failed(NvmeCommand c, int status, long block) {
        errorCount++;
        errors.addFirst(new long[] {errorCount, c.queue(), c.id(), status, block, c.namespace() & 0xFFFF_FFFFL});
        if (errors.size() > NvmeIdentity.ERRORS) {
            errors.removeLast();
        }
    }

    void moved(boolean write, int bytes) {
        traffic[write ? 1 : 0] += bytes;
        traffic[write ? 3 : 2]++;
    }

    /** Something happens that the system may want to know. */
    void event(int event) {
        if (events.size() < MOST_EVENTS && (told >> (event & 7) & 1) == 0 && !events.contains(event)) {
            events.add(event);
        }
    }

    /** The next event to tell; -1 for none. */
    int nextEvent() {
        if (events.isEmpty()) {
            return -1;
        }
        int event = events.remove();
        told |= 1 << (event & 7);
        events.removeIf(e -> (e & 7) == (event & 7));
        return event;
    }

    /** A log page; null when there is no such. */
    byte[] page(int log, boolean retain, int temperature) {
        if (!retain && log >= LOG_ERRORS && log <= LOG_HEALTH) {
            told &= ~(1 << log - 1);
        }
        return switch (log) {
            case LOG_ERRORS -> errors();
            case LOG_HEALTH -> health(temperature);
            case LOG_FIRMWARE -> {
                byte[] d = new byte[512];
                d[0] = 1;
                byte[] name = NvmeIdentity.FIRMWARE.getBytes(StandardCharsets.US_ASCII);
                LittleEndian.put64(d, 8, 0x2020_2020_2020_2020L);
                System.arraycopy(name, 0, d, 8, name.length);
                yield d;
            }
            case LOG_CHANGED_NAMESPACES -> new byte[PAGE];
            case LOG_EFFECTS -> NvmeIdentity.effects();
            default -> null;
        };
    }

    private byte[] errors() {
        byte[] d = new byte[NvmeIdentity.ERRORS * ERROR_BYTES];
        int at = 0;
        for (long[] e : errors) {
            LittleEndian.put64(d, at, e[0]);
            LittleEndian.put16(d, at + 8, (int) e[1]);
            LittleEndian.put16(d, at + 10, (int) e[2]);
            LittleEndian.put16(d, at + 12, (int) e[3] << 1);
            LittleEndian.put16(d, at + 14, 0xFFFF);
            LittleEndian.put64(d, at + 16, e[4]);
            LittleEndian.put32(d, at + 24, (int) e[5]);
            at += ERROR_BYTES;
        }
        return d;
    }

    private byte[] health(int temperature) {
        byte[] d = new byte[512];
        LittleEndian.put16(d, 1, temperature);
        d[3] = 100;
        d[4] = 10;
        LittleEndian.put64(d, 32, Math.ceilDiv(traffic[0], UNIT));
        LittleEndian.put64(d, 48, Math.ceilDiv(traffic[1], UNIT));
        LittleEndian.put64(d, 64, traffic[2]);
        LittleEndian.put64(d, 80, traffic[3]);
        LittleEndian.put64(d, 112, 1);
        LittleEndian.put64(d, 176, errorCount);
        return d;
    }

    @Override
    public void save(StateWriter out) {
        out.put("error-count", errorCount);
        out.put("errors-kept", errors.size());
        int i = 0;
        for (long[] e : errors) {
            out.item("error", i++);
            out.put(ERROR, e);
        }
        out.endItems();
        out.put("traffic", traffic);
        out.put("told", told);
        out.put("events", events.size());
        i = 0;
        for (int e : events) {
            out.item("event", i++);
            out.put("event", e);
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        errors.clear();
        events.clear();
        errorCount = in.take();
        for (long n = in.take(); n > 0; n--) {
            long[] e = new long[ERROR.length];
            in.take(e);
            errors.add(e);
        }
        in.take(traffic);
        told = (int) in.take();
        for (long n = in.take(); n > 0; n--) {
            events.add((int) in.take());
        }
    }
}
