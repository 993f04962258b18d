package dev.hv.cli.record;

import dev.hv.core.machine.Journal;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.cpu.snapshot.StateFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where in a recording a checkpoint of the run belongs: a file of its own in the checkpoint's folder.
 *
 * @param start digest of the booted machine, which tells the recording
 * @param mark where the machine is
 * @param first instructions that the machine had run when the run began
 * @param instructions that it had run since then
 * @param nanos of the guest's time
 * @param offset of the next section of events in the recording
 */
record Position(String start, Journal.Mark mark, long first, long instructions, long nanos, long offset) {

    static final String FILE = "position.bin";
    private static final String SECTION = "position";

    void write(Path folder) throws IOException {
        var out = new SectionWriter();
        out.begin(SECTION, RecordingFormat.VERSION);
        out.put(start);
        out.put(mark.round());
        out.put(mark.made());
        out.put(mark.open());
        out.put(first);
        out.put(instructions);
        out.put(nanos);
        out.put(offset);
        out.end();
        Files.write(folder.resolve(FILE), out.toBytes());
    }

    /**
     * Reads it.
     *
     * @throws RecordingException when the folder is no checkpoint of a recorded run
     */
    static Position read(Path folder) throws RecordingException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            throw new RecordingException("no checkpoint that --record wrote: " + FILE + " is missing");
        }
        try {
            var in = new SectionReader(Files.readAllBytes(file));
            in.begin(SECTION, RecordingFormat.VERSION);
            var position = new Position(in.takeText(), new Journal.Mark(in.take(), (int) in.take(), (int) in.take()), in.take(), in.take(), in.take(), in.take());
            in.end();
            if (position.mark.round() < 0 || position.mark.made() < 0 || position.mark.open() < 0 || position.mark.open() > position.mark.made() || position.first < 0 || position.instructions < 0
                    || position.instructions > Long.MAX_VALUE - position.first || position.nanos < 0 || position.offset < 0) {
                throw new RecordingException(FILE + ": section " + SECTION + " makes no sense");
            }
            return position;
        } catch (IOException e) {
            throw new RecordingException(FILE + " cannot be read: " + e.getMessage());
        } catch (StateFormatException e) {
            throw new RecordingException(FILE + ": " + e.getMessage());
        }
    }
}
