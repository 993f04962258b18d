package dev.hv.cli.record;

import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.Manifest;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.record.RecordingFormat.Instant;
import dev.hv.cli.run.RunResult;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.StateFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.Consumer;

/** A recording that was read once and checked, section by section, but for what its events say: that shows when they are repeated. */
public final class Recording {

    private static final int NAME = 2;
    private static final int MOST_NAME = 64;
    private static final int VERSION_AND_LENGTH = 12;
    private static final int CRC = 4;

    private final Path path;
    private final RecordingHeader header = new RecordingHeader();
    private Manifest manifest;
    private String start;
    private RecordingEnd end;
    private Instant last = new Instant(0, 0, 0);
    private CaseRepeater cases = (replayer, settings, witness) -> {
        throw new IllegalStateException("nobody repeats cases");
    };

    /** Does the steps of a recorded case again. */
    @FunctionalInterface
    public interface CaseRepeater {
        /**
         * Runs {@link Replayer#ofCase} to the end of what was recorded.
         *
         * @param witness whose journal it is run with, and who is told of all
         */
        RunResult repeat(Replayer replayer, RunSettings settings, RunWitness witness);
    }

    private Recording(Path path) {
        this.path = path;
    }

    /**
     * Reads and checks a file.
     *
     * @param prefix whether a file that is cut off within a section serves as far as it goes
     * @throws RecordingException when it is no recording, is damaged or cut off, or is of another version
     */
    public static Recording open(Path path, boolean prefix) throws RecordingException {
        var recording = new Recording(path);
        try (var sections = new Sections(path)) {
            recording.read(sections, prefix);
        } catch (NoSuchFileException e) {
            throw new RecordingException("no such file");
        } catch (CutOffException e) {
            throw new RecordingException(e.getMessage());
        } catch (IOException e) {
            throw new RecordingException("cannot be read: " + e.getMessage());
        } catch (CheckpointException e) {
            throw new RecordingException("section recording: " + e.getMessage().replace("manifest.json", "its description"));
        }
        return recording;
    }

    private void read(Sections sections, boolean prefix) throws IOException, RecordingException, CheckpointException {
        byte[] first = sections.next();
        if (first == null) {
            throw new RecordingException("section recording is missing");
        }
        sections.restore(header::restore);
        manifest = Manifest.parse(header.manifest);
        if (header.sockets.size() != manifest.lab().machines().size()) {
            throw new RecordingException("section recording makes no sense: sockets of " + header.sockets.size() + " guests");
        }
        long number = 0;
        while (true) {
            try {
                if (sections.next() == null) {
                    break;
                }
            } catch (CutOffException e) {
                if (prefix && start != null) {
                    break;
                }
                throw new RecordingException(e.getMessage() + (start == null ? "" : "; --prefix repeats what is whole before it"));
            }
            if (end != null) {
                throw new RecordingException("there is something behind section end");
            }
            switch (sections.name()) {
                case RecordingFormat.START -> sections.restore(in -> {
                    in.begin(RecordingFormat.START, RecordingFormat.VERSION);
                    start = in.takeText();
                    in.end();
                });
                case RecordingFormat.EVENTS -> {
                    Events e = sections.events();
                    if (e.number() != number++ || e.begin().round() != last.round() || e.end().round() < last.round() || e.end().instructions() < last.instructions()) {
                        throw new RecordingException("section events %d is not the one that belongs there".formatted(number - 1));
                    }
                    last = e.end();
                }
                case RecordingFormat.END -> sections.restore(in -> end = RecordingEnd.restored(in));
                default -> throw new RecordingException("section " + sections.name() + " is none of a recording");
            }
        }
        if (start == null) {
            throw new RecordingException("section start is missing: the run was ended before its guests were booted");
        }
    }

    /**
     * Writes a recording with another header.
     *
     * @param section the header's bytes
     */
    static void withHeader(Path recorded, byte[] section, Path to) throws IOException {
        try (var sections = new Sections(recorded)) {
            sections.next();
            sections.next();
            OutputFiles.<IOException>whole(to, "rw-r--r--", part -> {
                try (var out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                    out.write(ByteBuffer.wrap(RecordingFormat.MAGIC));
                    out.write(ByteBuffer.wrap(section));
                    for (long at = sections.began; at < sections.file.size();) {
                        at += sections.file.transferTo(at, sections.file.size() - at, out);
                    }
                }
            });
        } catch (RecordingException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    Path path() {
        return path;
    }

    /** The case that it is of; null for a run of its own. */
    RecordedCase ofCase() {
        return header.ofCase;
    }

    /** Sets who does the steps of a case. */
    public void cases(CaseRepeater by) {
        cases = by;
    }

    CaseRepeater cases() {
        return cases;
    }

    RecordingHeader header() {
        return header;
    }

    /** Program, machine and guests. */
    public Manifest manifest() {
        return manifest;
    }

    /** Digest of the booted machine. */
    String start() {
        return start;
    }

    /** How it ended; null for a run that was killed. */
    RecordingEnd end() {
        return end;
    }

    /** How far it goes. */
    Instant last() {
        return end == null ? last : end.at();
    }

    /** Its events, to be read in order. */
    Sections sections() throws IOException, RecordingException {
        return new Sections(path);
    }

    /** The file ends within a section. */
    static final class CutOffException extends IOException {
        private static final long serialVersionUID = 1L;

        CutOffException(String message) {
            super(message);
        }
    }

    /**
     * A section of events.
     *
     * @param number its place among them, from 0
     * @param begin where the machine was at its beginning
     * @param end where the machine was at its end
     * @param time the host's clock as it was read before
     * @param entries what is in it
     */
    record Events(long number, Instant begin, Instant end, long time, byte[] entries) {}

    /** The sections of a file, one after the other. */
    static final class Sections implements AutoCloseable {
        private final FileChannel file;
        private byte[] section;
        private String name;
        private long events;
        private long began;

        Sections(Path path) throws IOException, RecordingException {
            file = FileChannel.open(path);
            byte[] magic = take(RecordingFormat.MAGIC.length);
            if (!Arrays.equals(magic, RecordingFormat.MAGIC)) {
                file.close();
                throw new RecordingException("not a recording of hv run --record");
            }
        }

        /** At most so many bytes: fewer at the end of the file. */
        private byte[] take(int length) throws IOException {
            ByteBuffer b = ByteBuffer.allocate(length);
            while (b.hasRemaining() && file.read(b) >= 0) {
                // a read may end early
            }
            return b.hasRemaining() ? Arrays.copyOf(b.array(), b.position()) : b.array();
        }

        /** The bytes of the section that comes next; null at the end of the file. */
        byte[] next() throws IOException, RecordingException {
            String before = name == null ? "at the beginning" : "behind section " + name;
            began = file.position();
            byte[] length = take(NAME);
            if (length.length == 0) {
                return null;
            }
            if (length.length < NAME) {
                throw new CutOffException("a section is cut off, " + before);
            }
            int text = LittleEndian.u16(length, 0);
            if (text == 0 || text > MOST_NAME) {
                throw new RecordingException("a section's head is damaged, " + before);
            }
            byte[] head = take(text + VERSION_AND_LENGTH);
            if (head.length < text + VERSION_AND_LENGTH) {
                throw new CutOffException("a section is cut off, " + before);
            }
            String found = new String(head, 0, text, StandardCharsets.US_ASCII);
            String shown = found.chars().allMatch(c -> c >= 'a' && c <= 'z') ? found.equals(RecordingFormat.EVENTS) ? found + " " + events : found : "?";
            long contents = LittleEndian.u64(head, text + Integer.BYTES);
            if (contents < 0 || contents > RecordingFormat.MOST_SECTION) {
                throw new RecordingException("section %s: its head is damaged".formatted(shown));
            }
            byte[] rest = take((int) contents + CRC);
            if (rest.length < contents + CRC) {
                throw new CutOffException("section %s is cut off".formatted(shown));
            }
            section = new byte[NAME + head.length + rest.length];
            System.arraycopy(length, 0, section, 0, NAME);
            System.arraycopy(head, 0, section, NAME, head.length);
            System.arraycopy(rest, 0, section, NAME + head.length, rest.length);
            try {
                SectionReader.list(section);
            } catch (StateFormatException e) {
                throw new RecordingException(shown.equals(found) || shown.equals("?") ? e.getMessage() : e.getMessage().replace("section " + found, "section " + shown));
            }
            name = found;
            if (found.equals(RecordingFormat.EVENTS)) {
                events++;
            }
            return section;
        }

        /** Goes on with the section that begins there. */
        void seek(long offset) throws IOException {
            file.position(offset);
            name = RecordingFormat.EVENTS;
        }

        /** Where the section begins that was read last. */
        long began() {
            return began;
        }

        /** Name of the section that was read last. */
        String name() {
            return name;
        }

        /** Reads what is in the section that was read last. */
        void restore(Consumer<SectionReader> into) throws RecordingException {
            try {
                into.accept(new SectionReader(section));
            } catch (StateFormatException e) {
                throw new RecordingException(e.getMessage());
            } catch (RuntimeException e) {
                // the check sum is right: what is in the section is not what this program writes
                throw new RecordingException("section %s makes no sense: %s".formatted(name, e.getMessage()));
            }
        }

        /** The section that was read last, as events. */
        Events events() throws RecordingException {
            var found = new Events[1];
            restore(in -> {
                in.begin(RecordingFormat.EVENTS, RecordingFormat.VERSION);
                long number = in.take();
                var begin = new Instant(in.take(), in.take(), in.take());
                var end = new Instant(in.take(), in.take(), in.take());
                long time = in.take();
                found[0] = new Events(number, begin, end, time, in.takeBytes());
                in.end();
            });
            return found[0];
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
