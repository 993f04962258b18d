package dev.hv.cli.record;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The case of a suite that a recorded run was. What its steps did at the machines is not in the recording: they are done again, as all else of them follows from the machines.
 *
 * @param suite the file that it is written in, from whose folder names in it count
 * @param text what stood in that file
 * @param id names the case in it
 * @param first how many of its steps were done before the state that the recording begins with
 * @param steps how many of its steps were begun
 * @param guest nanoseconds of the guest's time that the others had
 * @param unread what each machine had printed then that no step had read, in their order
 * @param failure what came of the last one, in a line
 */
public record RecordedCase(String suite, String text, String id, int first, int steps, long guest, List<String> unread, String failure) {

    private static final int MOST_MACHINES = 10_000;

    void save(StateWriter out) {
        out.put(suite);
        out.put(text);
        out.put(id);
        out.put(first);
        out.put(steps);
        out.put(guest);
        out.put(unread.size());
        unread.forEach(out::put);
        out.put(failure);
    }

    static RecordedCase restored(StateReader in) {
        String suite = in.takeText();
        String text = in.takeText();
        String id = in.takeText();
        int first = RecordingHeader.count(in, Integer.MAX_VALUE);
        int steps = RecordingHeader.count(in, Integer.MAX_VALUE);
        long guest = in.take();
        List<String> unread = new ArrayList<>();
        for (int n = RecordingHeader.count(in, MOST_MACHINES); n > 0; n--) {
            unread.add(in.takeText());
        }
        return new RecordedCase(suite, text, id, first, steps, guest, List.copyOf(unread), in.takeText());
    }
}
