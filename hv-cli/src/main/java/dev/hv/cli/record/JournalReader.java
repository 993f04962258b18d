package dev.hv.cli.record;

import dev.hv.core.machine.ReplayDivergence;
import dev.hv.core.machine.Journal;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.StopReason;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Has a machine take what another took, at the same rounds; sees at once when it asks for something else, and at the end of every section of events when it
 * is elsewhere than the other was.
 */
final class JournalReader implements Journal, AutoCloseable {

    /** Bytes of a number at most, but for the last. */
    private static final int LAST_BYTE = 9;
    private static final int NOT_READ = -3;
    private static final int NOTHING = -2;
    private static final int TIME = -1;

    private final Recording recording;
    private final Recording.Sections sections;
    private final Thread owner = Thread.currentThread();
    private Recording.Events events;
    private byte[] bytes = new byte[0];
    private int at;
    private Machine machine;
    private long round;
    private long entryRound;
    private long time;
    /** The kind of the entry that comes next, and its round; no kind while it has not been looked at. */
    private int kind = NOT_READ;
    private long due;
    /** The run may go beyond what is recorded: it is over. */
    private boolean closed;
    private boolean cutOff;
    private boolean limit;
    /** What this goes on from; null for the beginning. */
    private final Position from;
    /** The state is being restored: time stands still. */
    private boolean restoring;
    /** Instructions after which the replay is to stop, perhaps in the middle of a round. */
    private long stopAt = Long.MAX_VALUE;
    /** The round in which the machine rested last: a section may end in the middle of it. */
    private long rested;
    private Consumer<Machine> atRest = machine -> { };

    /** Reads a recording from its beginning. The calling thread is the machine's. */
    JournalReader(Recording recording) throws IOException, RecordingException {
        this(recording, null);
    }

    /**
     * Reads a recording. The calling thread is the machine's.
     *
     * @param from what the machine goes on from when it is built; null for the beginning
     */
    JournalReader(Recording recording, Position from) throws IOException, RecordingException {
        this.from = from;
        this.recording = recording;
        sections = recording.sections();
        advance();
    }

    // ---- the machine's -----------------------------------------------------------------------------------------------------

    @Override
    public boolean exact() {
        return true;
    }

    @Override
    public boolean replays() {
        return true;
    }

    @Override
    public long nanoTime(LongSupplier host) {
        if (closed || restoring || Thread.currentThread() != owner) {
            return time;
        }
        if (peek() != TIME) {
            if (beyond() || stops()) {
                return time;
            }
            throw diverged("the host's clock was read");
        }
        kind = NOT_READ;
        time += due;
        return time;
    }

    @Override
    public long answer(LongSupplier host) {
        if (closed || !comes(RecordingFormat.ANSWER, true)) {
            if (closed || beyond()) {
                return 0;
            }
            throw diverged("the host was asked");
        }
        long n = number();
        return n >>> 1 ^ -(n & 1);
    }

    @Override
    public byte[] answerBytes(Supplier<byte[]> host) {
        if (closed || !comes(RecordingFormat.ANSWER_BYTES, true)) {
            if (closed || beyond()) {
                return new byte[0];
            }
            throw diverged("the host was asked");
        }
        return some();
    }

    @Override
    public boolean round(Machine of, long number) {
        machine = of;
        // a turn that was cut short leaves things that nobody asks for any more
        closed |= stops();
        // what belongs to a section's last round is in it
        while (!closed && events != null && number > events.end().round()) {
            int next = peek();
            if (beyond() || number <= events.end().round()) {
                break;
            }
            if (next != NOTHING) {
                throw diverged("it went on to round " + number);
            }
            checkEnd(of);
            if (!advance()) {
                break;
            }
        }
        round = number;
        if (!closed && peek() >= 0 && due < round) {
            throw diverged("something else came");
        }
        if (beyond() && recording.end() == null) {
            // the run was killed somewhere behind this
            cutOff = true;
            of.stop(StopReason.of(StopReason.Kind.REQUESTED));
        } else if (recording.end() != null && !closed && number > recording.end().at().round()) {
            throw diverged("it did not end");
        }
        if (closed || !comes(RecordingFormat.REST, true)) {
            return false;
        }
        rested = round;
        atRest.accept(of);
        return true;
    }

    /** Has somebody told of rounds in which the machine rests: it may look at it then ({@link Machine#whenAtRest}). */
    void onRest(Consumer<Machine> told) {
        atRest = told;
    }

    /** Where in the recording the machine, which looks at itself at rest, can go on; -1 where it cannot. */
    long place() {
        // what belongs to the first half of the round is in the section before
        peek();
        return events != null && events.begin().round() == round ? sections.began() : -1;
    }

    @Override
    public boolean resumes() {
        return from != null;
    }

    @Override
    public void resume() {
        if (from == null) {
            return;
        }
        try {
            sections.seek(from.offset());
        } catch (IOException e) {
            throw new ReplayDivergence("the recording has changed meanwhile: " + e.getMessage());
        }
        if (!advance() || events.begin().round() != from.mark().round()) {
            throw new ReplayDivergence("the checkpoint belongs to another recording: there are no events in it from round " + from.mark().round() + " on");
        }
        round = from.mark().round();
        restoring = true;
    }

    /** The state is restored: the machine goes on. */
    void goOn(Machine restored) {
        machine = restored;
        restoring = false;
    }

    @Override
    public void leave() {
        stop();
    }

    /** The replay goes no further, wherever the recording does. */
    void stop() {
        closed = true;
    }

    /** The replay is to stop when so many instructions have been run since power-on. */
    void stopAt(long instructions) {
        stopAt = instructions;
    }

    private boolean stops() {
        return machine != null && stopAt != Long.MAX_VALUE && machine.instructions() >= stopAt;
    }

    private void checkEnd(Machine of) {
        if (round == events.end().round() && of.instructions() != events.end().instructions()) {
            throw new ReplayDivergence("between instruction %d and %d, in section events %d: %d instructions have run where %d were recorded".formatted(
                    events.begin().instructions(), events.end().instructions(), events.number(), of.instructions(), events.end().instructions()));
        }
    }

    @Override
    public boolean over(boolean own) {
        limit |= own;
        return !closed && comes(RecordingFormat.OVER, true) || own;
    }

    @Override
    public boolean waits(boolean given) {
        return !closed && comes(RecordingFormat.WAITED, true);
    }

    @Override
    public void took(int inlet, byte[] taken) {
        throw new IllegalStateException("nothing is taken in a replay but what was recorded");
    }

    @Override
    public Taken next() {
        if (closed || !comes(RecordingFormat.TAKEN, true)) {
            return null;
        }
        long inlet = number();
        if (inlet < 0 || inlet > Integer.MAX_VALUE) {
            throw damaged();
        }
        return new Taken((int) inlet, some());
    }

    // ---- entries -----------------------------------------------------------------------------------------------------------

    /** Whether an entry of a kind is next, in this round; takes it then. */
    private boolean comes(int wanted, boolean take) {
        if (peek() != wanted || due != round) {
            return false;
        }
        if (take) {
            kind = NOT_READ;
            entryRound = due;
        }
        return true;
    }

    /** The kind of what comes next in this section. */
    private int peek() {
        if (kind != NOT_READ) {
            return kind;
        }
        if (at == bytes.length && events != null && events.end().round() == round && (round == 0 || rested == round)) {
            rested = -1;
            advance();
        }
        if (at == bytes.length) {
            return NOTHING;
        }
        long first = number();
        if ((first & 1) == 0) {
            kind = TIME;
            due = first >>> 1;
        } else {
            kind = (int) (first >> RecordingFormat.KIND_SHIFT) & (1 << RecordingFormat.KIND_BITS) - 1;
            due = entryRound + (first >>> RecordingFormat.ROUNDS_SHIFT);
            if (kind >= RecordingFormat.KINDS || due < entryRound) {
                throw damaged();
            }
        }
        return kind;
    }

    private byte[] some() {
        long length = number();
        if (length < 0 || length > RecordingFormat.MOST_TAKEN || length > bytes.length - at) {
            throw damaged();
        }
        at += (int) length;
        return Arrays.copyOfRange(bytes, at - (int) length, at);
    }

    private long number() {
        long value = 0;
        for (int i = 0; i <= LAST_BYTE; i++) {
            if (at == bytes.length) {
                throw damaged();
            }
            int b = bytes[at++];
            value |= (long) (b & 0x7F) << 7 * i;
            if (b >= 0) {
                return value;
            }
        }
        throw damaged();
    }

    /** Goes on to the next section of events; false when there is none. */
    private boolean advance() {
        try {
            while (sections.next() != null) {
                if (sections.name().equals(RecordingFormat.EVENTS)) {
                    events = sections.events();
                    bytes = events.entries();
                    at = 0;
                    kind = NOT_READ;
                    entryRound = events.begin().round();
                    time = events.time();
                    return true;
                }
            }
        } catch (Recording.CutOffException e) {
            // it was said that this is wanted
        } catch (IOException | RecordingException e) {
            throw new ReplayDivergence("the recording has changed meanwhile: " + e.getMessage());
        }
        events = null;
        bytes = new byte[0];
        at = 0;
        kind = NOT_READ;
        return false;
    }

    /** Whether the machine is where nothing is recorded any more. */
    private boolean beyond() {
        return events == null;
    }

    private ReplayDivergence diverged(String what) {
        return new ReplayDivergence("at instruction %d, round %d: %s where the recording has %s".formatted(machine == null ? 0 : machine.instructions(), round, what, shown()));
    }

    private String shown() {
        return switch (peek()) {
            case NOTHING -> "nothing";
            case TIME -> "a reading of the host's clock";
            case RecordingFormat.ANSWER, RecordingFormat.ANSWER_BYTES -> "an answer of the host";
            case RecordingFormat.TAKEN -> "something that came in round " + due;
            case RecordingFormat.WAITED -> "something that waited in round " + due;
            case RecordingFormat.OVER -> "a limit in round " + due;
            default -> "a look at rest in round " + due;
        };
    }

    private ReplayDivergence damaged() {
        return new ReplayDivergence("section events %d makes no sense".formatted(events == null ? 0 : events.number()));
    }

    // ---- the end -----------------------------------------------------------------------------------------------------------

    /** Where the machine is that reads this. */
    RecordingFormat.Instant last() {
        return new RecordingFormat.Instant(round, machine.instructions(), machine.clock().seenNanos());
    }

    /** Whether everything that is recorded has happened, and the recording has no end. */
    boolean cutOff() {
        return cutOff;
    }

    /** Whether a limit of the replay itself ended it. */
    boolean ownLimit() {
        return limit;
    }

    /** Nothing is read any more. */
    @Override
    public void close() {
        closed = true;
        try {
            sections.close();
        } catch (IOException e) {
            // nothing is lost
        }
    }
}
