package dev.hv.devices.integration;

import static dev.hv.devices.integration.FileCopyFormat.*;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.protocol.Guid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;

/** Guest file copy: puts files of the host into the guest, one after the other and in pieces, through the guest's daemon. */
public final class FileCopy extends IntegrationComponent {

    /** Largest file, in bytes. */
    public static final int MOST_BYTES = 64 << 20;

    /**
     * A file to copy.
     *
     * @param content its bytes, at most {@link #MOST_BYTES}; not changed any more
     * @param path where it goes: absolute, with '/' between names
     * @param overwrite whether a file that is there is replaced; else the guest refuses
     * @param createPath whether folders that are not there are made; else the guest refuses
     */
    public record Order(byte[] content, String path, boolean overwrite, boolean createPath) {

        /** With a slash at its end: Linux' daemon makes the folders that it finds in front of slashes. */
        private String folder() {
            return path.substring(0, path.lastIndexOf('/') + 1);
        }

        private String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }

        /** Whether the component can carry it: the path is absolute, names a file, and no part of it is too long. */
        public boolean valid() {
            return path.startsWith("/") && !name().isEmpty() && name().length() < NAME_LIMIT && folder().length() < NAME_LIMIT && path.indexOf('\0') < 0 && content.length <= MOST_BYTES;
        }
    }

    /** What guests refuse copies for. */
    public enum Refusal {
        /** There is such a file. */
        EXISTS(IcFormat.ALREADY_EXISTS),
        /** There is no room for it. */
        FULL(IcFormat.DISK_FULL),
        /** Anything else: no daemon, no such folder, no right to write. */
        FAILED(IcFormat.FAIL);

        private final int status;

        Refusal(int status) {
            this.status = status;
        }

        /** The HRESULT. */
        public int status() {
            return status;
        }
    }

    /** How far a copy is. */
    private enum Phase {
        NONE,
        STARTING,
        WRITING,
        COMPLETING,
        CANCELLING
    }

    /**
     * A copy that waits for its turn, or is under way.
     *
     * @param result who waits for its end; null for somebody of another timeline
     */
    private record Wanted(Order order, IntConsumer result) {}

    private static final int MOST_WAITING = 16;
    /** Longer than Linux gives its daemon. */
    private static final long ANSWER_NANOS = 40_000_000_000L;

    private Phase phase = Phase.NONE;
    private final ArrayDeque<Wanted> waiting = new ArrayDeque<>();
    /** Under way; null when {@link #phase} is NONE. */
    private Wanted wanted;
    /** Bytes that are with the guest. */
    private int done;
    /** What is said of a copy that ends now; 0 while all is well. */
    private int failure;
    private boolean cancelled;
    /** The guest let the last message go unanswered, and must be told that nothing more comes. */
    private boolean abandoned;
    private long copied;
    private BiConsumer<String, Integer> restored = (path, status) -> { };

    /** A component without a guest. */
    public FileCopy(Clock clock) {
        super(clock, Guid.of("34d14be3-dee4-41c8-9ae7-6b174977c192"), Guid.of("eb765408-105f-49b6-b4aa-c123b64d17d4"), "fcopy", IcFormat.FILE_COPY, 1 << 16 | 1);
    }

    /** Sets who is told of the end of a copy that was under way when this was saved: its path in the guest, and an HRESULT. */
    public void onRestored(BiConsumer<String, Integer> told) {
        restored = told;
    }

    /**
     * Copies a file.
     *
     * @param newResult gets an HRESULT once: 0 when all of it is there; what the guest said, such as {@code 0x80070050} for a file that
     *     exists; E_FAIL also when no answer comes or the guest has no daemon for it
     * @return false when no guest listens, too many copies wait, or the order is not {@link Order#valid}: then nothing is called
     */
    public boolean copy(Order order, IntConsumer result) {
        if (!listening() || !order.valid() || waiting.size() == MOST_WAITING) {
            return false;
        }
        waiting.add(new Wanted(order, result));
        next();
        return true;
    }

    private void next() {
        if (wanted != null || waiting.isEmpty()) {
            return;
        }
        Order o = waiting.peek().order;
        byte[] p = message(START, START_END);
        put(p, NAME, o.name());
        put(p, FOLDER, o.folder());
        LittleEndian.put32(p, FLAGS, (o.overwrite ? OVERWRITE : 0) | (o.createPath ? CREATE_PATH : 0));
        LittleEndian.put64(p, FILE_SIZE, o.content.length);
        if (request(p, ANSWER_NANOS)) {
            phase = Phase.STARTING;
            wanted = waiting.poll();
            done = 0;
            failure = IcFormat.SUCCESS;
            cancelled = false;
        }
    }

    /** What came of a copy, in words. */
    public static String describe(String path, int status) {
        return switch (status) {
            case IcFormat.SUCCESS -> path + " copied";
            case IcFormat.ALREADY_EXISTS -> path + " was not copied: the guest has such a file (say overwrite)";
            case IcFormat.DISK_FULL -> path + " was not copied: the guest has no room for it";
            case IcFormat.CANCELLED -> path + " was not copied: given up";
            case IcFormat.FAIL -> path + " was not copied: the guest's file copy daemon does not run, refuses the path, or did not answer";
            default -> "%s was not copied: 0x%08x".formatted(path, status);
        };
    }

    /** Gives up what is under way: the guest removes what it has of the file. False when nothing is. */
    public boolean cancel() {
        boolean under = phase == Phase.STARTING || phase == Phase.WRITING;
        cancelled |= under;
        return under;
    }

    /** Files that have been copied. */
    public long copied() {
        return copied;
    }

    private static byte[] message(int operation, int size) {
        byte[] p = new byte[size];
        LittleEndian.put32(p, 0, operation);
        return p;
    }

    private static void put(byte[] p, int at, String text) {
        byte[] b = text.getBytes(StandardCharsets.UTF_16LE);
        System.arraycopy(b, 0, p, at, b.length);
    }

    @Override
    void ready() {
        if (abandoned) {
            abandoned = false;
            ask(Phase.CANCELLING, message(CANCEL, HEADER));
        } else {
            next();
        }
    }

    @Override
    void answered(int status, byte[] message, int length) {
        switch (phase) {
            case STARTING -> {
                if (status != IcFormat.SUCCESS) {
                    // nothing has begun
                    end(status);
                } else {
                    more();
                }
            }
            case WRITING -> {
                if (status != IcFormat.SUCCESS) {
                    giveUp(status);
                } else {
                    more();
                }
            }
            case COMPLETING -> {
                copied += status == IcFormat.SUCCESS ? 1 : 0;
                end(status);
            }
            case CANCELLING -> end(failure);
            case NONE -> { }
        }
    }

    private void more() {
        if (cancelled) {
            giveUp(IcFormat.CANCELLED);
            return;
        }
        int n = Math.min(DATA_LIMIT, wanted.order.content.length - done);
        if (n == 0) {
            ask(Phase.COMPLETING, message(COMPLETE, HEADER));
            return;
        }
        byte[] p = message(WRITE, WRITE_END);
        LittleEndian.put64(p, OFFSET, done);
        LittleEndian.put32(p, SIZE, n);
        System.arraycopy(wanted.order.content, done, p, DATA, n);
        done += n;
        ask(Phase.WRITING, p);
    }

    private void giveUp(int status) {
        failure = status;
        ask(Phase.CANCELLING, message(CANCEL, HEADER));
    }

    private void ask(Phase next, byte[] payload) {
        phase = next;
        if (!request(payload, ANSWER_NANOS)) {
            end(IcFormat.FAIL);
        }
    }

    private void end(int status) {
        Wanted w = wanted;
        phase = Phase.NONE;
        wanted = null;
        tell(w, status);
        next();
    }

    private void tell(Wanted w, int status) {
        if (w != null && w.result != null) {
            w.result.accept(status);
        } else if (w != null) {
            restored.accept(w.order.path, status);
        }
    }

    @Override
    void lost() {
        abandoned = phase == Phase.WRITING || phase == Phase.STARTING || phase == Phase.COMPLETING;
        endAll();
    }

    /** Linux removes what it has of a file when its channel goes. */
    @Override
    void gone() {
        abandoned = false;
        endAll();
    }

    /** Everybody who waits is told: nobody knows whether this guest will ever answer. */
    private void endAll() {
        int status = phase == Phase.CANCELLING ? failure : IcFormat.FAIL;
        var others = new ArrayDeque<>(waiting);
        waiting.clear();
        end(status);
        others.forEach(w -> tell(w, IcFormat.FAIL));
    }

    @Override
    void saveMore(StateWriter out) {
        out.put("phase", phase.ordinal());
        out.put("abandoned", abandoned);
        out.put("copied", copied);
        out.put("under-way", wanted != null);
        if (wanted != null) {
            out.put("done", done);
            out.put("failure", failure);
            out.put("cancelled", cancelled);
            save(wanted.order, out);
        }
        out.put("waiting-count", waiting.size());
        int number = 0;
        for (Wanted w : waiting) {
            out.item("waiting", number++);
            save(w.order, out);
        }
        out.endItems();
    }

    private static void save(Order o, StateWriter out) {
        out.put("path", o.path);
        out.put("overwrite", o.overwrite);
        out.put("create-path", o.createPath);
        out.put("content", o.content, 0, o.content.length);
    }

    private static Wanted restored(StateReader in) {
        String path = in.takeText();
        boolean overwrite = in.takeBoolean();
        boolean createPath = in.takeBoolean();
        return new Wanted(new Order(in.takeBytes(), path, overwrite, createPath), null);
    }

    /** Who asked in this timeline is not of the one that comes, where {@link #onRestored} is told. */
    @Override
    void restoreMore(StateReader in) {
        phase = Phase.values()[(int) in.take()];
        abandoned = in.takeBoolean();
        copied = in.take();
        wanted = null;
        if (in.takeBoolean()) {
            done = (int) in.take();
            failure = (int) in.take();
            cancelled = in.takeBoolean();
            wanted = restored(in);
        }
        waiting.clear();
        for (long n = in.take(); n > 0; n--) {
            waiting.add(restored(in));
        }
    }
}
