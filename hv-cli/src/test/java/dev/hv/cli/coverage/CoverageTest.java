package dev.hv.cli.coverage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.run.HvProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small kernel with line tables: exactly the lines that it runs through are reached, whatever the tables' version and the engine. */
class CoverageTest {

    private static final int OK = 0x10 << 1 | 1;

    @TempDir
    private Path temp;

    private Path kernel(String... flags) throws Exception {
        return kernel(temp, flags);
    }

    /** Builds the kernel, kernel.elf, in a folder. */
    static Path kernel(Path temp, String... flags) throws Exception {
        for (String name : List.of("kernel.c", "start.S", "link.ld")) {
            try (var in = CoverageTest.class.getResourceAsStream(name)) {
                Files.write(temp.resolve(name), in.readAllBytes());
            }
        }
        var command = new ArrayList<>(List.of("gcc", "-m32", "-O0", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fcf-protection=none", "-nostdlib", "-static", "-Wl,-T,link.ld",
                "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments", "-o", "kernel.elf", "start.S", "kernel.c"));
        command.addAll(Arrays.asList(flags));
        tool(temp, command.toArray(String[]::new));
        return temp.resolve("kernel.elf");
    }

    private String tool(String... command) throws Exception {
        return tool(temp, command);
    }

    static String tool(Path temp, String... command) throws Exception {
        Path out = temp.resolve("tool.txt");
        try {
            Process p = new ProcessBuilder(command).directory(temp.toFile()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
            assertThat(p.waitFor(60, TimeUnit.SECONDS)).isTrue();
            String said = Files.readString(out);
            assertThat(p.exitValue()).as(said).isZero();
            return said;
        } catch (IOException e) {
            assumeTrue(false, command[0] + " is not installed");
            return "";
        }
    }

    /** Lines of kernel.c in a tracefile, and whether they were reached. */
    static TreeMap<Integer, Boolean> lines(Path info) throws IOException {
        var all = new TreeMap<Integer, Boolean>();
        boolean here = false;
        for (String l : Files.readAllLines(info)) {
            here = l.startsWith("SF:") ? l.endsWith("kernel.c") : here;
            if (here && l.startsWith("DA:")) {
                String[] f = l.substring(3).split(",");
                all.put(Integer.parseInt(f[0]), f[1].equals("1"));
            }
        }
        return all;
    }

    private HvProcess run(Path kernel, String... more) throws Exception {
        return HvProcess.run(arguments(kernel, more));
    }

    private static String[] arguments(Path kernel, String... more) {
        var all = new ArrayList<>(List.of("run", "--multiboot", kernel.toString(), "--memory", "16M", "--test-devices", "--digest", "--timeout", "100s"));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"interpreter", "compiled", "auto"})
    void exactlyTheLinesThatRanAreReachedAndTheRunIsTheSame(String engine) throws Exception {
        Path kernel = kernel("-g");
        String plain = run(kernel, "--engine", engine).err();
        Path info = temp.resolve("out.info");
        HvProcess hv = run(kernel, "--engine", engine, "--coverage", info.toString(), "--vmlinux", kernel.toString());
        assertThat(hv.status()).as(hv.err()).isEqualTo(OK);
        assertThat(hv.err()).isEqualTo(plain);
        var expected = new TreeMap<Integer, Boolean>();
        for (int line : new int[] {2, 3, 4, 12, 13, 17, 18, 19, 20, 21, 24, 25}) {
            expected.put(line, true);
        }
        for (int line : new int[] {7, 8, 9, 14, 22, 27, 28}) {
            expected.put(line, false);
        }
        assertThat(lines(info)).isEqualTo(expected);
        assertThat(Files.readString(info)).contains("FNDA:1,add\n", "FNDA:0,never\n", "FNDA:1,kmain\n", "LF:19\nLH:12\nend_of_record\n");
        if (engine.equals("auto")) {
            tool("genhtml", "-o", "pages", info.toString());
            assertThat(temp.resolve("pages/index.html")).exists();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-gz=zlib"})
    void tablesOfEveryVersionSayTheSame(String flag) throws Exception {
        var reference = report(kernel("-g"));
        assertThat(report(kernel("-g", flag)).keySet()).isEqualTo(reference.keySet()).hasSize(19);
    }

    private TreeMap<Integer, Boolean> report(Path kernel) throws IOException {
        try (var image = new ElfImage(kernel)) {
            var report = new CoverageReport(image);
            report.add(new long[0], 0);
            Path info = temp.resolve("tables.info");
            try (var out = Files.newBufferedWriter(info)) {
                report.write(out);
            }
            return lines(info);
        }
    }

    @Test
    void damagedFilesEndInASentence() throws Exception {
        for (String flag : List.of("-gdwarf-4", "-gdwarf-5", "-gz=zlib")) {
            byte[] good = Files.readAllBytes(kernel("-g", flag));
            var random = new Random(3);
            Path file = temp.resolve("damaged.elf");
            int refused = 0;
            for (int i = 0; i < 700; i++) {
                byte[] bytes = random.nextInt(8) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
                for (int n = 1 + random.nextInt(4); n > 0 && bytes.length > 0; n--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
                Files.write(file, bytes);
                try {
                    report(file);
                } catch (DwarfException e) {
                    assertThat(e.getMessage()).isNotEmpty().doesNotContain("\n");
                    refused++;
                }
            }
            assertThat(refused).isBetween(50, 690);
        }
    }

    @Test
    void badInputIsOneLine() throws Exception {
        Path kernel = kernel("-g");
        Path bare = kernel.resolveSibling("bare.elf");
        Files.copy(kernel, bare);
        tool("strip", bare.toString());
        String info = temp.resolve("x.info").toString();
        refused("has no line tables", arguments(kernel, "--coverage", info, "--vmlinux", bare.toString()));
        refused("is no ELF image", arguments(kernel, "--coverage", info, "--vmlinux", temp.resolve("kernel.c").toString()));
        refused("no such file", arguments(kernel, "--coverage", info, "--vmlinux", temp.resolve("absent.elf").toString()));
        refused("needs --vmlinux", arguments(kernel, "--coverage", info));
        refused("is for --coverage", arguments(kernel, "--vmlinux", kernel.toString()));
        refused("is no folder", arguments(kernel, "--coverage", info + "/y", "--vmlinux", kernel.toString()));
        HvProcess full = run(kernel, "--coverage", "/dev/full", "--vmlinux", kernel.toString());
        assertThat(full.err()).contains("--coverage /dev/full: could not be written");
        assertThat(full.status()).isEqualTo(6);
    }

    private static void refused(String why, String... arguments) {
        HvProcess hv = HvProcess.here(arguments);
        assertThat(hv.err()).contains(why).hasLineCount(1);
        assertThat(hv.status()).isEqualTo(2);
    }
}
