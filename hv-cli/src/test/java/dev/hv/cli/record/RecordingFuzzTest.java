package dev.hv.cli.record;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cli.checkpoint.Manifest;
import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.GuestRights;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.MemoryConfig;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.record.RecordingFormat.Instant;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.ReplayDivergence;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.snapshot.SectionWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Recordings of random bytes, and good ones with random contents under right check sums: they are refused, or what they say turns out to be none of what a
 * machine asks for. Nothing else comes of them.
 */
class RecordingFuzzTest {

    private static final int ROUNDS = 200;

    @FuzzTest
    void randomRecordingsHarmNobody(FuzzedDataProvider data) throws IOException {
        Path file = Files.createTempFile("hv-fuzz", ".hvr");
        try {
            Files.write(file, bytes(data));
            Recording recording = Recording.open(file, data.consumeBoolean());
            read(recording, data);
        } catch (RecordingException | ReplayDivergence e) {
            // refused, in words
            if (e.getMessage() == null || e.getMessage().contains("\n")) {
                throw new AssertionError("not one line: " + e.getMessage(), e);
            }
        } finally {
            Files.delete(file);
        }
    }

    private static byte[] bytes(FuzzedDataProvider data) throws IOException {
        var all = new ByteArrayOutputStream();
        if (data.consumeBoolean()) {
            all.write(RecordingFormat.MAGIC);
            all.write(data.consumeBytes(2000));
            return all.toByteArray();
        }
        all.write(RecordingFormat.MAGIC);
        var header = new RecordingHeader();
        var vm = new VmConfig("g", new BootConfig.Multiboot(Path.of("/x"), "", List.of()), MemoryConfig.fixed(1 << 23), 1, GuestRights.CHILD, false, "stdio", null, List.of(), List.of(), List.of());
        header.manifest = new Manifest("test", new Conditions(false, true, "intel", 1, false, 10_000, 0), new LabConfig(List.of(vm)), List.of()).toText();
        header.sockets.add("");
        header.maxInstructions = Long.MAX_VALUE;
        var out = new SectionWriter();
        header.save(out);
        out.begin(RecordingFormat.START, RecordingFormat.VERSION);
        out.put("");
        out.end();
        long number = 0;
        long round = 0;
        while (data.consumeBoolean()) {
            long end = round + data.consumeInt(0, 50);
            out.begin(RecordingFormat.EVENTS, RecordingFormat.VERSION);
            for (long v : new long[] {number++, round, 0, 0, end, 0, 0, data.consumeLong()}) {
                out.put(v);
            }
            byte[] entries = data.consumeBytes(100);
            out.put(entries, 0, entries.length);
            out.end();
            round = end;
        }
        if (data.consumeBoolean()) {
            new RecordingEnd(new Instant(round, 0, 0), "", List.of()).save(out);
        }
        all.write(out.toBytes());
        return all.toByteArray();
    }

    /** Asks for what a machine might ask for. */
    private static void read(Recording recording, FuzzedDataProvider data) throws IOException, RecordingException {
        try (var journal = new JournalReader(recording); var memory = new SystemMemory(1 << 20)) {
            var machine = new Machine(new SystemBus(memory), VirtualClock.real(1_000_000_000L));
            for (int round = 1; round <= ROUNDS; round++) {
                journal.round(machine, round);
                for (int i = data.consumeInt(0, 3); i > 0; i--) {
                    switch (data.consumeInt(0, 2)) {
                        case 0 -> journal.nanoTime(() -> 0);
                        case 1 -> journal.answer(() -> 0);
                        default -> journal.answerBytes(() -> new byte[0]);
                    }
                }
                while (journal.next() != null) {
                    // whatever it is
                }
                journal.over(false);
                journal.waits(false);
            }
        }
    }
}
