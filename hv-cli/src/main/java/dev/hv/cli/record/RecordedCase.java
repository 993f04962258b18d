package dev.hv.cli.record;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The case of a suite that a recorded run was. What its steps did at the machines is not in the recording: they are done again, as all else of them follows from the machines.
 *
 * @param suite the file that it is written in, from whose folder names in it count
 * @param text what stood in that file
 * @param id names the case in it
 * @param steps how many of its steps were begun
 * @param failure what came of the last one, in a line
 */
public record RecordedCase(String suite, String text, String id, int steps, String failure) {

    void save(StateWriter out) {
        out.put(suite);
        out.put(text);
        out.put(id);
        out.put(steps);
        out.put(failure);
    }

    static RecordedCase restored(StateReader in) {
        return new RecordedCase(in.takeText(), in.takeText(), in.takeText(), RecordingHeader.count(in, Integer.MAX_VALUE), in.takeText());
    }
}
