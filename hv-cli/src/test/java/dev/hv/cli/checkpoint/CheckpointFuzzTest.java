package dev.hv.cli.checkpoint;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.GuestRights;
import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.MemoryConfig;
import dev.hv.cli.config.VmConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whatever a checkpoint's description says, it is read or refused in a line. */
class CheckpointFuzzTest {

    @FuzzTest
    void descriptionsAreReadOrRefused(FuzzedDataProvider data) throws IOException {
        var vm = new VmConfig("g", new BootConfig.Multiboot(Path.of("/x"), "", List.of()), MemoryConfig.fixed(1 << 23), 1, GuestRights.CHILD, false, "none", null, List.of(), List.of(), List.of());
        String good = new Manifest("test", new Conditions(false, false, "intel", 1, false, 10_000, 0), new LabConfig(List.of(vm)), List.of(new Manifest.Part("state.bin", 3, ""))).toText();
        String text = data.consumeBoolean() ? data.consumeRemainingAsString() : changed(good, data);
        Path folder = Files.createTempDirectory("hv-fuzz");
        try {
            Files.write(folder.resolve(Manifest.FILE), text.getBytes(StandardCharsets.UTF_8));
            Files.write(folder.resolve("state.bin"), data.consumeRemainingAsBytes());
            Checkpoint.open(folder);
        } catch (CheckpointException e) {
            if (e.getMessage() == null || e.getMessage().contains("\n")) {
                throw new AssertionError("not one line: " + e.getMessage(), e);
            }
        } finally {
            Files.deleteIfExists(folder.resolve(Manifest.FILE));
            Files.deleteIfExists(folder.resolve("state.bin"));
            Files.delete(folder);
        }
    }

    /** Some of its characters become others. */
    private static String changed(String text, FuzzedDataProvider data) {
        var changed = new StringBuilder(text);
        while (data.consumeBoolean() && changed.length() > 0) {
            int at = data.consumeInt(0, changed.length() - 1);
            changed.replace(at, Math.min(changed.length(), at + data.consumeInt(0, 12)), data.consumeString(12));
        }
        return changed.toString();
    }
}
