package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.debug.ElfCore;
import dev.hv.core.machine.MemoryRange;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a checkpoint's core file has is what the guest had, as GDB and readelf read it. */
class CheckpointDumpTest {

    @TempDir
    private Path temp;

    private String tool(String... command) throws Exception {
        assumeTrue(HostProgram.there(command[0]));
        Path out = temp.resolve("tool.txt");
        Process p = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        assertThat(p.waitFor(120, TimeUnit.SECONDS)).as("ends in time").isTrue();
        return Files.readString(out, StandardCharsets.ISO_8859_1);
    }

    private String checkpoint(String... more) throws Exception {
        Path image = TinyGuest.write(temp.resolve("guest.elf"),
                0xBB, 0x78, 0x56, 0x34, 0x12,           // 0x100010: mov ebx,0x12345678
                0x89, 0x1D, 8, 0, 0x20, 0,              // 0x100015: mov [0x200008],ebx
                0xEB, 0xFE);                            // 0x10001B: jmp 0x10001B
        String folder = temp.resolve("saved").toString();
        var all = new ArrayList<>(List.of("run", "--multiboot", image.toString(), "--memory", "16M", "--at", "5ms:checkpoint=" + folder + ",stop"));
        all.addAll(List.of(more));
        HvProcess hv = HvProcess.run(all.toArray(String[]::new));
        assertThat(hv.status()).as(hv.err()).isZero();
        return folder;
    }

    @ParameterizedTest
    @ValueSource(strings = {"--enlightenments=on", "--bare"})
    void aGuestIsReadByItsTools(String kind) throws Exception {
        String folder = kind.equals("--bare") ? checkpoint("--cpus", "2", kind) : checkpoint("--cpus", "2");
        String core = temp.resolve("core").toString();
        HvProcess hv = HvProcess.run("dump", "--elf", core, folder);
        assertThat(hv.status()).as(hv.err()).isZero();
        assertThat(tool("readelf", "-W", "-l", "-n", core)).containsPattern("LOAD +0x001000 0x0+ 0x0+ 0x1000000 0x1000000 RWE 0( |\n|$)").containsPattern("(?s)NT_PRSTATUS.*NT_PRSTATUS")
                .doesNotContain("VMCOREINFO").doesNotContain("Error").doesNotContain("Warning");
        String read = tool("gdb", "-batch", "-nx", "-c", core, "-ex", "thread 1", "-ex", "printf \"rip %lx rbx %lx\\n\", $rip, $rbx", "-ex", "x/2xw 0x200008", "-ex", "x/2xb 0x10001b",
                "-ex", "info threads");
        assertThat(read).contains("rip 10001b rbx 12345678").containsPattern("0x200008:\\s+0x12345678\\s+0x00000000").containsPattern("0x10001b:\\s+0xeb\\s+0xfe").containsPattern("LWP 2");
    }

    @Test
    void aGuestThatRunsIsDumpedByAnAction() throws Exception {
        Path image = TinyGuest.write(temp.resolve("guest.elf"), 0xBB, 0x78, 0x56, 0x34, 0x12, 0xEB, 0xFE);
        String core = temp.resolve("core").toString();
        HvProcess hv = HvProcess.run("run", "--multiboot", image.toString(), "--memory", "16M", "--max-instructions", "5M", "--at", "1ms:dump=" + core);
        assertThat(hv.err()).contains("core file " + core + " written");
        String read = tool("gdb", "-batch", "-nx", "-c", core, "-ex", "printf \"rip %lx rbx %lx\\n\", $rip, $rbx", "-ex", "x/2xb 0x100015");
        assertThat(read).contains("rip 100015 rbx 12345678").containsPattern("0x100015:\\s+0xeb\\s+0xfe");
    }

    @Test
    void badInputIsOneLineAndLeavesNothing() throws Exception {
        String folder = checkpoint();
        String file = temp.resolve("core").toString();
        refused("checkpoint " + temp + ": manifest.json is missing", "dump", "--elf", file, temp.toString());
        refused("--machine other: not in the checkpoint, which has guest", "dump", "--elf", file, "--machine", "other", folder);
        refused("there is no such folder", "dump", "--elf", temp.resolve("no/core").toString(), folder);
        refused("is a folder", "dump", "--elf", temp.toString(), folder);
        Files.write(Path.of(folder, "memory"), new byte[] {1});
        refused("memory is cut off", "dump", "--elf", file, folder);
        try (var left = Files.list(temp)) {
            assertThat(left.map(p -> p.getFileName().toString())).containsExactlyInAnyOrder("guest.elf", "saved");
        }
    }

    private static void refused(String why, String... arguments) throws Exception {
        HvProcess hv = HvProcess.here(arguments);
        assertThat(hv.err()).contains(why).hasLineCount(1);
        assertThat(hv.status()).isEqualTo(2);
    }

    /** Memory below and above 4 GiB, with Linux's text in a page, and something like it before. */
    private static final class Linux implements ElfCore.Source {

        private static final String INFO = "OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=ffffffff82a14b40\n";

        @Override
        public List<long[]> processors() {
            return List.of(new long[ElfCore.Register.values().length]);
        }

        @Override
        public List<MemoryRange> memory() {
            return List.of(new MemoryRange(0, 64 << 20), new MemoryRange(1L << 32, 4 << 20));
        }

        @Override
        public boolean read(long physical, byte[] to) {
            String text = physical == 0x5000 ? "OSRELEASE=somebody's notes" : physical == (1L << 32) + 0x3000 ? INFO : "";
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            Arrays.fill(to, (byte) 0);
            System.arraycopy(bytes, 0, to, 0, Math.min(bytes.length, to.length));
            return true;
        }
    }

    @Test
    void linuxsOwnNoteIsFoundAndZerosTakeNoRoom() throws Exception {
        Path core = temp.resolve("core");
        ElfCore.write(new Linux(), core);
        assertThat(Files.size(core)).isEqualTo(0x1000 + (68L << 20));
        assertThat(tool("readelf", "-W", "-l", "-n", core.toString())).containsPattern("LOAD +0x4001000 0x0*100000000 0x0*100000000 0x400000 ")
                .containsPattern("VMCOREINFO +0x%08x".formatted(Linux.INFO.length()));
        if (HostProgram.there("crash")) {
            assertThat(tool("crash", "--osrelease", core.toString())).isEqualTo("6.1.0\n");
        }
        try (var file = new RandomAccessFile(core.toFile(), "r")) {
            file.seek(0x4001000 + 0x3000);
            byte[] at = new byte[Linux.INFO.length()];
            file.readFully(at);
            assertThat(new String(at, StandardCharsets.US_ASCII)).isEqualTo(Linux.INFO);
        }
        assumeTrue(HostProgram.there("du"));
        assertThat(Integer.parseInt(tool("du", "-k", core.toString()).split("\\s")[0])).as("KiB on the disk").isLessThan(1024);
    }
}
