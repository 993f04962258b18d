package dev.hv.cli.record;

import java.nio.charset.StandardCharsets;

/**
 * The form of a recording. Behind eight bytes {@code HVRECORD} there are sections as {@link dev.hv.cpu.snapshot.SectionWriter} writes them: {@code recording},
 * what was run and from which files; {@code start}, the digest of the booted machine; any number of {@code events}; {@code end}, why it ended and the
 * digest then. A run that was killed leaves a recording without its end.
 *
 * <p>A section of events is its number, the round, the count of instructions, the guest's nanoseconds and the host's nanoseconds at its beginning, the same
 * round, instructions and nanoseconds at its end, and a run of bytes: entries one behind the other, made of variable-length numbers (seven bits a
 * byte, the lowest first, the eighth bit set on all but the last). An entry's first number says what it is by its lowest bit: 0, the host's clock was
 * read, and the others are the nanoseconds since it was read before; 1, the next three bits are one of the kinds below, and the others the rounds since
 * the entry before that had some.
 */
final class RecordingFormat {

    static final byte[] MAGIC = "HVRECORD".getBytes(StandardCharsets.US_ASCII);

    static final String RECORDING = "recording";
    static final String START = "start";
    static final String EVENTS = "events";
    static final String END = "end";
    static final int VERSION = 7;

    /** The answer to a question: a number with its sign in the lowest bit. */
    static final int ANSWER = 0;
    /** Something was taken: number of the way in, number of bytes, bytes. */
    static final int TAKEN = 1;
    /** Something waited when the machine was about to sleep. */
    static final int WAITED = 2;
    /** The limit of host time was reached. */
    static final int OVER = 3;
    /** The machine was looked at at rest. */
    static final int REST = 4;
    /** The answer to a question: number of bytes, bytes. */
    static final int ANSWER_BYTES = 5;
    static final int KINDS = 6;

    /** Bits of an entry's first number. */
    static final int KIND_BITS = 3;
    static final int KIND_SHIFT = 1;
    static final int ROUNDS_SHIFT = KIND_SHIFT + KIND_BITS;

    /** Bytes of a section of events after which the next one begins; an entry may go beyond. */
    static final int FULL = 64 << 10;
    /** Longest that is taken at once: more than a frame or a piece of a socket's bytes. */
    static final int MOST_TAKEN = 1 << 20;
    /** Longest section. */
    static final int MOST_SECTION = 16 << 20;

    private RecordingFormat() {}

    /** Where a machine is: round, instructions of all processors, nanoseconds of its clock. */
    record Instant(long round, long instructions, long nanos) {}
}
