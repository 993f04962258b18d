package dev.hv.cli.coverage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.debug.LinuxLike;
import dev.hv.cli.debug.LinuxModules;
import dev.hv.cli.root.machine.BareMachine;
import dev.hv.cli.run.HvProcess;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Lines of modules: files that are not linked, and what is executed of them where a kernel has put them. The kernel here is {@link LinuxLike}; DebianModulesTest has Debian's. */
class ModuleCoverageTest {

    private static final long TEXT = 0xFFFFFFFFC0123000L;
    private static final long INIT = 0xFFFFFFFFC0456000L;
    private static final int TABLES = 0x100000;
    private static final int LINUX = 0x200000;

    @TempDir
    private Path temp;

    /** A relocatable file with code in two sections. */
    private Path module(String name, String... flags) throws Exception {
        Path source = Files.writeString(temp.resolve("driver.c"), """
                static int seen;
                __attribute__((noinline)) int twice(int n) {
                    return 2 * n;
                }
                __attribute__((noinline)) int never(int n) {
                    return n + seen;
                }
                __attribute__((section(".init.text"))) int init_module(void) {
                    seen = 1;
                    return 0;
                }
                """);
        var command = new ArrayList<>(List.of("gcc", "-c", "-g", "-O0", "-ffreestanding", "-fno-pic", "-mcmodel=kernel", "-fcf-protection=none", "-o", name, source.toString()));
        command.addAll(Arrays.asList(flags));
        CoverageTest.tool(temp, command.toArray(String[]::new));
        return temp.resolve(name);
    }

    private TreeMap<Integer, Boolean> lines(Path module, long... executed) throws Exception {
        Path info = temp.resolve("lines.info");
        CoverageReport.write(info, new TreeMap<>(Map.of(module, executed)));
        var all = new TreeMap<Integer, Boolean>();
        Files.readAllLines(info).stream().filter(l -> l.startsWith("DA:")).map(l -> l.substring(3).split(",")).forEach(f -> all.put(Integer.parseInt(f[0]), f[1].equals("1")));
        return all;
    }

    private static ElfImage.Symbol symbol(Path module, String name) throws Exception {
        try (var elf = new ElfImage(module)) {
            return elf.symbols().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
        }
    }

    @Test
    void linesOfAFileThatIsNotLinkedAreThoseOfItsSections() throws Exception {
        for (String flag : List.of("-gdwarf-4", "-gdwarf-5", "-gz=zlib")) {
            Path module = module("driver.ko", flag);
            long init = symbol(module, "init_module").address();
            assertThat(lines(module)).as(flag).containsOnlyKeys(2, 3, 4, 5, 6, 7, 8, 9, 10, 11).doesNotContainValue(true);
            assertThat(lines(module, init)).containsEntry(8, true).containsEntry(2, false).containsEntry(9, false);
        }
    }

    private static LinuxModules.Name name(Path module, String name, long section, long first) throws Exception {
        ElfImage.Symbol s = symbol(module, name);
        return new LinuxModules.Name(name, section + s.address() - first, s.size(), 't');
    }

    private Machine machine(LinuxLike linux) {
        var model = CpuModels.parse("intel");
        Machine machine = new BareMachine(model, 16 << 20, 1, VirtualClock.virtual(10_000, model.tscHz(), VirtualClock.EPOCH), c -> { }, false).machine();
        // the last 2 GiB begin with the kernel: a page table of 512 entries
        byte[] tables = new byte[0x4000];
        LittleEndian.put64(tables, 511 * 8, TABLES + 0x1000 | 3);
        LittleEndian.put64(tables, 0x1000 + 510 * 8, TABLES + 0x2000 | 3);
        LittleEndian.put64(tables, 0x2000 + 8 * 8, TABLES + 0x3000 | 3);
        for (int i = 0; i < linux.memory.length >> 12; i++) {
            LittleEndian.put64(tables, 0x3000 + 8 * i, LINUX + (i << 12) | 3);
        }
        assertThat(machine.bus().memory().copyIn(tables, 0, TABLES, tables.length)).isTrue();
        Cpu c = machine.processors().getFirst();
        c.cr3 = TABLES;
        c.cr0 |= Control.CR0_PG;
        c.cr4 |= Control.CR4_PAE;
        c.efer |= Control.EFER_LMA;
        return machine;
    }

    private static void show(Machine machine, LinuxLike linux) {
        assertThat(machine.bus().memory().copyIn(linux.memory, 0, LINUX, linux.memory.length)).isTrue();
    }

    private static void executed(Machine machine, long address) {
        Cpu c = machine.processors().getFirst();
        c.witness.executed(c, address, 0, new short[] {0, 1}, new short[] {0}, 0, 1);
    }

    @Test
    void codeIsNotedWhereTheGuestSaysThatItsModuleIs() throws Exception {
        Path module = module("driver.ko");
        long text = symbol(module, "twice").address();
        long init = symbol(module, "init_module").address();
        var linux = new LinuxLike();
        Machine machine = machine(linux);
        try {
            var notes = new CoveredCode(null, ModuleImages.open("", List.of(module))).attach(machine);
            show(machine, linux);
            executed(machine, TEXT);
            assertThat(notes.executed(() -> 0)).as("it is not loaded yet").satisfies(all -> assertThat(all.get(module)).isEmpty());
            var names = List.of(name(module, "twice", TEXT, text), name(module, "never", TEXT, text), name(module, "init_module", INIT, init));
            linux.load("other", List.of(new LinuxModules.Name("twice", 0xFFFFFFFFC0777000L, 0x10, 't')));
            linux.load("driver", names);
            linux.forming(true);
            show(machine, linux);
            executed(machine, 0xFFFFFFFFC0777000L);
            linux.forming(false);
            show(machine, linux);
            executed(machine, INIT);
            executed(machine, TEXT);
            linux.unload();
            show(machine, linux);
            executed(machine, TEXT + symbol(module, "never").address() - text);
            long[] noted = notes.executed(() -> 0).get(module);
            assertThat(noted).containsExactly(Math.min(text, init), Math.max(text, init));
            assertThat(notes.problems()).isEmpty();
            assertThat(lines(module, noted)).containsEntry(2, true).containsEntry(8, true).containsEntry(5, false);
        } finally {
            machine.bus().memory().close();
        }
    }

    @Test
    void anotherModuleAndAKernelThatSaysNothingAreTold() throws Exception {
        Path module = module("driver.ko");
        var linux = new LinuxLike();
        linux.load("driver", List.of(new LinuxModules.Name("twice", TEXT, 0x999, 't')));
        Machine machine = machine(linux);
        try {
            var mute = new CoveredCode(null, ModuleImages.open("", List.of(module))).attach(machine);
            executed(machine, TEXT);
            assertThat(mute.problems()).singleElement().asString().contains("does not say which modules it has");
            var notes = new CoveredCode(null, ModuleImages.open("", List.of(temp))).attach(machine);
            show(machine, linux);
            executed(machine, TEXT);
            assertThat(notes.problems()).containsExactly(module + ": is not of the module that ran: twice is another there");
        } finally {
            machine.bus().memory().close();
        }
    }

    @Test
    void packedFilesAreReadAndDamagedOnesEndInASentence() throws Exception {
        Path module = module("driver.ko");
        Path packed = temp.resolve("driver-two.ko.xz");
        try (OutputStream out = new XZOutputStream(Files.newOutputStream(packed), new LZMA2Options())) {
            Files.copy(module, out);
        }
        assertThat(lines(packed, symbol(module, "twice").address())).isEqualTo(lines(module, symbol(module, "twice").address()));
        byte[] good = Files.readAllBytes(module);
        var random = new Random(5);
        Path file = temp.resolve("damaged.ko");
        int refused = 0;
        for (int i = 0; i < 700; i++) {
            byte[] bytes = random.nextInt(8) == 0 ? Arrays.copyOf(good, 1 + random.nextInt(good.length - 1)) : good.clone();
            for (int n = 1 + random.nextInt(6); n > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                ModuleImages.open("", List.of(file));
            } catch (UsageException e) {
                assertThat(e.getMessage()).startsWith(file + ": ").doesNotContain("\n");
                refused++;
            }
        }
        assertThat(refused).isBetween(30, 690);
    }

    @Test
    void badInputIsOneLine() throws Exception {
        Path module = module("driver.ko");
        assertThatThrownBy(() -> ModuleImages.open("--kernel-module ", List.of(module, module))).isInstanceOf(UsageException.class).hasMessageContaining("already");
        Path zst = Files.writeString(temp.resolve("driver.ko.zst"), "x");
        Path none = Files.createDirectory(temp.resolve("none"));
        Path kernel = CoverageTest.kernel(temp, "-g");
        Path linked = Files.copy(kernel, temp.resolve("linked.ko"));
        Path bare = Files.copy(module, temp.resolve("bare.ko"));
        CoverageTest.tool(temp, "strip", "-g", bare.toString());
        for (var wrong : Map.of(zst, "zstd -d", none, "no modules (.ko)", kernel, "ends in none of .ko", linked, "is no module of a kernel", bare, "no line tables", temp.resolve("missing.ko"), "no such file",
                Files.writeString(temp.resolve("text.ko.xz"), "text"), "is no xz file").entrySet()) {
            HvProcess hv = HvProcess.here("run", "--multiboot", kernel.toString(), "--coverage", temp.resolve("x.info").toString(), "--kernel-module", wrong.getKey().toString());
            assertThat(hv.err()).contains(wrong.getValue()).hasLineCount(1);
            assertThat(hv.status()).isEqualTo(2);
        }
        HvProcess alone = HvProcess.here("run", "--multiboot", kernel.toString(), "--kernel-module", module.toString());
        assertThat(alone.err()).contains("is for --coverage FILE").hasLineCount(1);
        assertThat(temp.resolve("x.info")).doesNotExist();
    }
}
