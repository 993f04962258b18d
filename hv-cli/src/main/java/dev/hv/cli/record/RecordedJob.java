package dev.hv.cli.record;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.run.GuestJob;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the agent was asked for in a recorded run. All else of it follows: the agent's end in this process is run by the machine's clock and by what the guest sends.
 *
 * @param command for the guest's shell; empty for none
 * @param input its standard input
 */
record RecordedJob(String command, byte[] input, List<Put> puts, List<String> gets) {

    /** Bytes of standard input that are kept. */
    static final int MOST_INPUT = 8 << 20;

    private static final int MOST = 10_000;

    /** A file of the host, of which the recording keeps the check sum, for a path of the guest. */
    record Put(InputFile from, String to, int mode) {}

    /** What a job asks for; null for none. */
    static RecordedJob of(GuestJob job) {
        if (job == null) {
            return null;
        }
        if (job.input().length > MOST_INPUT) {
            throw new UsageException("--exec-stdin: more than 8M are not recorded; put a file with --put");
        }
        List<Put> puts = new ArrayList<>();
        for (GuestJob.Put p : job.puts()) {
            try {
                puts.add(new Put(InputFile.whole(p.from()), p.to(), p.mode()));
            } catch (IOException e) {
                throw new UsageException("--put " + p.from() + ": cannot be read: " + e.getMessage());
            }
        }
        return new RecordedJob(job.command() == null ? "" : job.command(), job.input(), puts, job.gets().stream().map(GuestJob.Get::from).toList());
    }

    /**
     * The same once more. What it fetches is written nowhere.
     *
     * @param shown whether what the command prints is shown
     */
    GuestJob again(boolean shown) {
        List<GuestJob.Put> again = new ArrayList<>();
        for (Put p : puts) {
            Path from = Path.of(p.from().file());
            try {
                again.add(new GuestJob.Put(from, Files.readAllBytes(from), p.to(), p.mode()));
            } catch (IOException e) {
                throw new UsageException(from + ": cannot be read: " + e.getMessage());
            }
        }
        return GuestJob.repeated(command.isEmpty() ? null : command, input, again, gets.stream().map(g -> new GuestJob.Get(g, null)).toList(), shown);
    }

    void save(StateWriter out) {
        out.put(command);
        out.put(new String(input, StandardCharsets.ISO_8859_1));
        out.put(puts.size());
        for (Put p : puts) {
            p.from().save(out);
            out.put(p.to());
            out.put(p.mode());
        }
        out.put(gets.size());
        gets.forEach(out::put);
    }

    static RecordedJob restored(StateReader in) {
        String command = in.takeText();
        byte[] input = in.takeText().getBytes(StandardCharsets.ISO_8859_1);
        List<Put> puts = new ArrayList<>();
        for (int n = RecordingHeader.count(in, MOST); n > 0; n--) {
            puts.add(new Put(InputFile.restored(in), in.takeText(), (int) in.take() & 07777));
        }
        List<String> gets = new ArrayList<>();
        for (int n = RecordingHeader.count(in, MOST); n > 0; n--) {
            gets.add(in.takeText());
        }
        return new RecordedJob(command, input, puts, gets);
    }
}
