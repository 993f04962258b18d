package dev.hv.cli.record;

import dev.hv.cli.record.RecordingFormat.Instant;
import dev.hv.cli.run.EndedVm;
import dev.hv.core.machine.StopReason;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.cpu.snapshot.StateFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a recorded run ended: the section {@code end}.
 *
 * @param at where the machine was
 * @param digest of all its state
 * @param ended why its guests ended
 */
record RecordingEnd(Instant at, String digest, List<EndedVm> ended) {

    private static final int MOST = 10_000;

    void save(SectionWriter out) {
        out.begin(RecordingFormat.END, RecordingFormat.VERSION);
        out.put(at.round());
        out.put(at.instructions());
        out.put(at.nanos());
        out.put(digest);
        out.put(ended.size());
        for (EndedVm vm : ended) {
            out.put(vm.name());
            out.put(vm.reason().kind().name());
            out.put(vm.reason().value());
            out.put(vm.reason().detail());
        }
        out.end();
    }

    static RecordingEnd restored(SectionReader in) {
        in.begin(RecordingFormat.END, RecordingFormat.VERSION);
        var at = new Instant(in.take(), in.take(), in.take());
        String digest = in.takeText();
        List<EndedVm> ended = new ArrayList<>();
        long n = in.take();
        if (n < 0 || n > MOST) {
            throw new StateFormatException("section end has " + n + " guests");
        }
        for (; n > 0; n--) {
            String name = in.takeText();
            String kind = in.takeText();
            try {
                ended.add(new EndedVm(name, new StopReason(StopReason.Kind.valueOf(kind), (int) in.take(), in.takeText())));
            } catch (IllegalArgumentException e) {
                throw new StateFormatException("section end has an end that this program does not know: " + kind);
            }
        }
        in.end();
        return new RecordingEnd(at, digest, List.copyOf(ended));
    }

    /** The ends in words, for comparison and for people. */
    static String text(List<EndedVm> ended) {
        var text = new StringBuilder();
        for (EndedVm vm : ended) {
            StopReason r = vm.reason();
            text.append(text.isEmpty() ? "" : ", ").append(vm.name()).append(' ').append(r.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            if (r.value() != 0) {
                text.append(' ').append(r.value());
            }
        }
        return text.toString();
    }
}
