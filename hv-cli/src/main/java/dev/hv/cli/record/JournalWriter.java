package dev.hv.cli.record;

import dev.hv.cli.record.RecordingFormat.Instant;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.SectionWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Writes down what enters a machine, on the way: a section when there is enough, or when something has waited for some rounds. A host that does not take it
 * any more does not stop the run; the recording ends there.
 */
final class JournalWriter implements Journal {

    /** Rounds after which what has been written down goes to the file, and after which a section says at least where the machine is. */
    private static final int SOON = 256;
    private static final int LATE = 8192;

    private final FileChannel file;
    private final Thread owner = Thread.currentThread();
    private List<Rests> rests = List.of();
    private IOException failure;
    private boolean closed;

    private byte[] bytes = new byte[RecordingFormat.FULL + 64];
    private int size;
    private long sections;
    private long written;
    private Machine machine;
    private long round;
    /** Round of the entry before, and the host's clock as it was read before. */
    private long entryRound;
    private long time;
    private boolean timed;
    private long origin;
    private Instant begin = new Instant(0, 0, 0);
    private long beginTime;

    /**
     * Begins a file. The calling thread is the machine's.
     *
     * @throws IOException when it cannot be written
     */
    JournalWriter(Path path) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        write(RecordingFormat.MAGIC, RecordingFormat.MAGIC.length);
    }

    /** From now on the machine rests where these want it to, the first of them before the others. */
    void rest(List<Rests> at) {
        rests = at;
    }

    /** Ends the section in the middle of a round, at rest. Where the next one begins in the file. */
    long mark() {
        flush();
        return written;
    }

    // ---- the machine's -----------------------------------------------------------------------------------------------------

    @Override
    public boolean exact() {
        return true;
    }

    @Override
    public boolean replays() {
        return false;
    }

    @Override
    public long nanoTime(LongSupplier host) {
        long now = host.getAsLong();
        if (closed || Thread.currentThread() != owner) {
            return now - origin;
        }
        if (!timed) {
            timed = true;
            origin = now;
        }
        now -= origin;
        number((now - time) << 1);
        time = now;
        return now;
    }

    @Override
    public long answer(LongSupplier host) {
        long answer = host.getAsLong();
        if (!closed) {
            entry(RecordingFormat.ANSWER);
            number(answer << 1 ^ answer >> 63);
        }
        return answer;
    }

    @Override
    public byte[] answerBytes(Supplier<byte[]> host) {
        byte[] answer = host.get();
        if (!closed) {
            entry(RecordingFormat.ANSWER_BYTES);
            number(answer.length);
            bytes(answer);
        }
        return answer;
    }

    @Override
    public boolean round(Machine of, long number) {
        machine = of;
        long since = number - begin.round();
        // whatever was typed is in the file before anything comes of it
        if (size >= RecordingFormat.FULL || since >= LATE || since >= SOON && size > 0) {
            flush();
        }
        round = number;
        for (int i = 0; i < rests.size(); i++) {
            if (rests.get(i).due(of, number)) {
                entry(RecordingFormat.REST);
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean over(boolean limit) {
        if (limit && !closed) {
            entry(RecordingFormat.OVER);
        }
        return limit;
    }

    @Override
    public boolean waits(boolean given) {
        if (given && !closed) {
            entry(RecordingFormat.WAITED);
        }
        return given;
    }

    @Override
    public void took(int inlet, byte[] taken) {
        entry(RecordingFormat.TAKEN);
        number(inlet);
        number(taken.length);
        bytes(taken);
    }

    @Override
    public Taken next() {
        throw new IllegalStateException("nothing is read from what is written");
    }

    // ---- entries -----------------------------------------------------------------------------------------------------------

    private void entry(int kind) {
        number((round - entryRound) << RecordingFormat.ROUNDS_SHIFT | (long) kind << RecordingFormat.KIND_SHIFT | 1);
        entryRound = round;
    }

    private void number(long value) {
        room(10);
        long left = value;
        while ((left & ~0x7FL) != 0) {
            bytes[size++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[size++] = (byte) left;
    }

    private void bytes(byte[] some) {
        room(some.length);
        System.arraycopy(some, 0, bytes, size, some.length);
        size += some.length;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
        }
    }

    // ---- the file ----------------------------------------------------------------------------------------------------------

    /** Where the machine is. In real time the clock is not read for it: a look must not be seen. */
    private Instant now() {
        return machine == null ? begin : new Instant(round, machine.instructions(), machine.clock().seenNanos());
    }

    private void flush() {
        Instant now = now();
        var out = new SectionWriter();
        out.begin(RecordingFormat.EVENTS, RecordingFormat.VERSION);
        out.put(sections++);
        for (Instant i : new Instant[] {begin, now}) {
            out.put(i.round());
            out.put(i.instructions());
            out.put(i.nanos());
        }
        out.put(beginTime);
        out.put(bytes, 0, size);
        out.end();
        write(out);
        size = 0;
        begin = now;
        beginTime = time;
        entryRound = now.round();
    }

    /** Writes a section of its own, behind what was written down until now. */
    void write(Saveable section) {
        if (size > 0) {
            flush();
        }
        var out = new SectionWriter();
        section.save(out);
        write(out);
    }

    /** Ends the file: nothing is written down any more. */
    void end(RecordingEnd end) {
        flush();
        closed = true;
        var out = new SectionWriter();
        end.save(out);
        write(out);
        close();
    }

    /** Where the machine is at its end. */
    Instant last() {
        return now();
    }

    private void write(SectionWriter section) {
        byte[] all = section.toBytes();
        write(all, all.length);
    }

    private void write(byte[] all, int length) {
        written += length;
        ByteBuffer b = ByteBuffer.wrap(all, 0, length);
        try {
            while (failure == null && b.hasRemaining()) {
                file.write(b);
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Lets go of the file. */
    void close() {
        try {
            file.close();
        } catch (IOException e) {
            failure = failure == null ? e : failure;
        }
    }

    /** Why the file could not be written to its end; null when it could. */
    IOException failure() {
        return failure;
    }
}
