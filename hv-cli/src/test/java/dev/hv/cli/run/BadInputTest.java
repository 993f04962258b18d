package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Bad usage and bad input: exit status 2 and one line that says what is wrong and what would be right. */
class BadInputTest {

    @TempDir
    private Path temp;
    private Path image;

    @BeforeEach
    void image() throws Exception {
        image = temp.resolve("demo.elf");
        try (var in = BadInputTest.class.getResourceAsStream("/guests/demo.elf")) {
            Files.copy(in, image);
        }
    }

    private static String refused(String... arguments) {
        HvProcess hv = HvProcess.here(arguments);
        String line = hv.err();
        assertThat(hv.status()).as(line).isEqualTo(2);
        assertThat(line.strip().lines()).as(line).hasSize(1);
        assertThat(line).startsWith("hv: ").doesNotContain("Exception").doesNotContain("\tat ");
        return line;
    }

    @Test
    void filesThatCannotBeKernelsAreNamedWithTheReason() throws Exception {
        assertThat(refused("run", "--kernel", temp.resolve("none").toString())).contains("none: no such file");
        assertThat(refused("run", "--kernel", temp.toString())).contains("a directory; a file is needed");
        Path empty = Files.createFile(temp.resolve("empty"));
        assertThat(refused("run", "--kernel", empty.toString())).contains("the file is empty");
        Path foreign = Files.write(temp.resolve("foreign"), new byte[5000]);
        assertThat(refused("run", "--kernel", foreign.toString())).contains("not a Linux kernel");
        assertThat(refused("run", "--multiboot", foreign.toString())).contains("no multiboot header");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--kernel", "--initrd", "--guest-script", "--multiboot", "--module", "--disk", "--symbols", "--vmlinux", "LAB", "VECTORS", "RECORDING"})
    @Timeout(60)
    void onlyFilesWithAnEndAreRead(String option) throws Exception {
        Path pipe = temp.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        Path loop = Files.createSymbolicLink(temp.resolve("loop"), temp.resolve("loop"));
        Path dangling = Files.createSymbolicLink(temp.resolve("dangling"), temp.resolve("gone"));
        assertThat(refused(reading(option, "/dev/zero"))).contains("/dev/zero: a character device").contains("a file is needed");
        assertThat(refused(reading(option, pipe.toString()))).contains("pipe: a pipe").contains("a file is needed");
        assertThat(refused(reading(option, loop.toString()))).contains("loop: a symbolic link that leads back to itself");
        assertThat(refused(reading(option, dangling.toString()))).contains("dangling: a symbolic link to a file that is not there");
        assertThat(refused(reading(option, ""))).contains(option.equals("--disk") ? "an empty name" : "an empty name; a file is needed");
    }

    @Test
    void filesAndCommandsForAGuestAreCheckedBeforeItBoots() throws Exception {
        String kernel = Files.write(temp.resolve("kernel"), bzImage()).toString();
        assertThat(forAgent(kernel, "--put", temp.resolve("none") + ":/tmp/a")).contains("--put " + temp.resolve("none") + ": no such file");
        assertThat(forAgent(kernel, "--put", temp + ":/tmp/a")).contains("no regular file");
        for (String wrong : new String[] {"file", "file:a", ":/a", "/a"}) {
            assertThat(forAgent(kernel, "--put", wrong)).contains("--put " + wrong + ": FILE:PATH is needed");
        }
        for (String wrong : new String[] {"/a", "/a:", "a:b", ":b"}) {
            assertThat(forAgent(kernel, "--get", wrong)).contains("--get " + wrong + ": PATH:FILE is needed");
        }
        assertThat(forAgent(kernel, "--get", "/a:" + temp.resolve("none/b"))).contains("none is no folder");
        assertThat(forAgent(kernel, "--exec=")).contains("--exec: an empty command");
        assertThat(forAgent(kernel, "--exec-stdin")).contains("say --exec COMMAND, too");
        assertThat(refused("run", "--kernel", kernel, "--exec", "true")).contains("needs --kernel and --initrd");
        assertThat(refused("run", "--multiboot", image.toString(), "--exec", "true")).contains("needs --kernel and --initrd");
    }

    private static String forAgent(String kernel, String... more) {
        return refused(Stream.concat(Stream.of("run", "--kernel", kernel, "--initrd", kernel), Stream.of(more)).toArray(String[]::new));
    }

    /** A command line that reads a file for one thing, with what has to stand beside it. */
    private String[] reading(String option, String file) throws Exception {
        String kernel = Files.write(temp.resolve("kernel"), bzImage()).toString();
        return switch (option) {
            case "LAB" -> new String[] {"run", file};
            case "RECORDING" -> new String[] {"replay", file};
            case "--vmlinux" -> new String[] {"run", "--multiboot", image.toString(), "--coverage", temp.resolve("x.info").toString(), option + "=" + file};
            case "VECTORS" -> new String[] {"conform", file};
            case "--kernel", "--multiboot" -> new String[] {"run", option + "=" + file};
            case "--initrd" -> new String[] {"run", "--kernel", kernel, option + "=" + file};
            case "--guest-script" -> new String[] {"run", "--kernel", kernel, "--initrd", kernel, option + "=" + file};
            default -> new String[] {"run", "--multiboot", image.toString(), option + "=" + file};
        };
    }

    /** Enough of a kernel to be read beside something else: setup header of protocol 2.15, 16 bytes loaded high. */
    private static byte[] bzImage() {
        byte[] b = new byte[5 * 512 + 16];
        b[0x1F1] = 4;
        b[0x1F4] = 1;
        System.arraycopy(new byte[] {'H', 'd', 'r', 'S', 0x0F, 0x02}, 0, b, 0x202, 6);
        b[0x201] = 0x6A;
        b[0x211] = 1;
        b[0x234] = 1;
        b[0x236] = 1;
        b[0x25B] = 1;
        return b;
    }

    @Test
    void aLabThatIsNestedDeepOrLargeIsRefusedBeforeItIsBuilt() throws Exception {
        Path lab = temp.resolve("lab.yaml");
        for (String deep : new String[] {"machines: " + "[".repeat(2000) + "]".repeat(2000), "machines:\n  - kernel: " + "{a: ".repeat(100_000),
            "machines:\n" + IntStream.range(1, 1000).mapToObj(i -> " ".repeat(i) + "a:").collect(Collectors.joining("\n"))}) {
            Files.writeString(lab, deep);
            assertThat(refused("run", lab.toString())).contains("lab.yaml line").contains("nested more than");
        }
        Files.writeString(lab, "#".repeat((1 << 20) + 1));
        assertThat(refused("run", lab.toString())).contains("larger than 1 MiB");
    }

    @Test
    void namesWithControlCharactersStayInOneLine() throws Exception {
        Path lab = Files.writeString(temp.resolve("lab.yaml"), "machines:\n  - {name: \"a\\nb\\e[2J\", multiboot: demo.elf}\n");
        assertThat(refused("run", lab.toString())).contains("name a\\nb\\x1b[2J: a name is letters").doesNotContain("\033");
        assertThat(refused("run", "--kernel", "/nowhere/a\nb")).contains("/nowhere/a\\nb: no such file");
    }

    @Test
    void foldersAndSizesOfGuestsAreCheckedBeforeAnythingIsFetched() {
        assertThat(refused("guest", "debian", "--dir", image.toString())).contains("--dir").contains("not a folder");
        assertThat(refused("guest", "debian", "--dir", image.resolve("below").toString())).contains("demo.elf is not a folder");
        assertThat(refused("guest", "debian", "--dir=")).contains("--dir: an empty name");
        assertThat(refused("guest", "debian", "--disk", temp.toString())).contains("--disk").contains("a directory");
        assertThat(refused("guest", "debian", "--disk=")).contains("--disk: an empty name");
        assertThat(refused("guest", "debian", "--disk", "/nowhere/d.img")).contains("/nowhere is no folder");
        assertThat(refused("guest", "debian", "--size", "1G")).contains("--disk FILE");
        assertThat(refused("guest", "debian", "--size", "1M", "--disk", "d.img")).contains("at least 32 MiB");
        assertThat(refused("guest", "debian-parent")).contains("--disk FILE is needed");
        assertThat(refused("guest", "debian-parent", "--disk", "d.img", "--size", "200M")).contains("at least 384 MiB");
    }

    @Test
    void whatIsNoKernelOfAParentIsSaidBeforeAnythingIsFetched() {
        assertThat(refused("guest", "linux-parent", "--from", image.toString())).contains("demo.elf: no Linux kernel for x86");
        assertThat(refused("guest", "linux-parent", "--from", temp.toString())).contains("a directory");
        assertThat(refused("guest", "linux-parent", "--from", "/nowhere/vmlinuz")).contains("no such file");
        assertThat(refused("guest", "linux-parent", "--jobs", "0")).contains("from 1 to 1024");
        assertThat(refused("guest", "linux-parent", "--release", "sid")).contains("--release: says nothing of linux-parent");
        assertThat(refused("guest", "linux-parent", "--disk", "d.img")).contains("--disk: says nothing of linux-parent");
        assertThat(refused("guest", "debian-parent", "--arch", "i386")).contains("--arch: says nothing of debian-parent");
        assertThat(refused("guest", "debian", "--from", "vmlinuz")).contains("--from: says nothing of debian");
        assertThat(refused("conform", image.toString(), "--engine", "both")).contains("one of interpreter, single-stepper, machine-code");
        assertThat(refused("completion", "tcsh")).contains("bash, zsh, fish");
    }

    @Test
    void aTruncatedKernelIsRefusedWithBothSizes() throws Exception {
        byte[] cut = new byte[20_000];
        cut[0x1F1] = 4;
        System.arraycopy(new byte[] {'H', 'd', 'r', 'S', 0x0F, 0x02}, 0, cut, 0x202, 6);
        cut[0x1F4] = (byte) 0xFF;
        cut[0x1F5] = (byte) 0xFF;
        cut[0x211] = 1;
        cut[0x236] = 1;
        Path file = Files.write(temp.resolve("cut"), cut);
        // (4 + 1) * 512 bytes of setup and 0xFFFF paragraphs
        assertThat(refused("run", "--kernel", file.toString())).contains("truncated").contains(String.valueOf(2560 + 0xFFFF * 16)).contains("20000");
        byte[] elf = Files.readAllBytes(image);
        // the only segment, with the multiboot header at its start, lies at 0x1000 in the file
        Path half = Files.write(temp.resolve("half"), Arrays.copyOf(elf, 0x1100));
        assertThat(refused("run", "--multiboot", half.toString())).contains("truncated");
    }

    @Test
    void aFileLargerThanMemoryIsRefusedBeforeItIsRead() throws Exception {
        Path large = temp.resolve("large");
        try (var file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(2000L << 20);
        }
        assertThat(refused("run", "--multiboot", image.toString(), "--module", large.toString(), "--memory", "16M")).contains("2000 MiB").contains("16 MiB")
                .contains("--memory");
    }

    @ParameterizedTest
    @CsvSource({"--memory,0,at least 4 MiB", "--memory,3M,at least 4 MiB", "--memory,900000G,more than the", "--memory,lots,such as 512M", "--cpus,0,from 1 to 64",
        "--cpus,5000,from 1 to 64", "--processors,65,from 1 to 64", "--processors,two,from 1 to 64", "--cpu,sparc,'one of intel, amd, x86-64-v1'", "--cpu,'intel,-vmx',add --bare", "--cpu,'intel,+mmx3',mmxext",
        "--cpu,'intel,mmx',no +feature", "--cpu,'intel,',no +feature", "--cpu,'intel,-sse3',ssse3 needs sse3", "--cpu,'intel,-lm',lm", "--cpu,'x86-64-v1,+sse42',sse42 needs sse41", "--cpu,'amd,+vmx',no feature of AMD", "--engine,magic,one of interpreter", "--code-cache,4K,from 1M to 1G", "--code-cache,lots,--code-cache", "--time,never,expected one of", "--timeout,soon,such as 120s", "--seed,dice,decimal or 0x",
        "--serial,lpt1,one of stdio", "--hvsock,/,there is something already", "--hvsock,/no/such/folder/s,is no folder", "--max-instructions,0,at least 1", "--max-instructions,5Q,such as 5M", "--digest-at,5Q,such as 5M", "--digest-at,',',a part is empty", "--digest-at,'1M,,2M',a part is empty", "--digest-at,'1M,',a part is empty", "--digest-at,'',is empty", "--digest-at,'1M,0',at least 1", "--digest-at,'-1M',such as 5M", "--timeout,999us,at least 1ms", "--max-instructions,9999999999999G,too large", "--timeout,0,at least 1ms",
        "--timeout,0s,at least 1ms", "--net,'none,capture=x.pcapng',no adapter", "--net,'user,capture=/nowhere/x.pcapng',/nowhere is no folder", "--stats,/,a directory",
        "--stats,/nowhere/s,/nowhere is no folder", "--trace,vmbus=/nowhere/t,/nowhere is no folder", "--serial,file:/nowhere/s,/nowhere is no folder", "--serial,file:/,a directory",
        "--disk,/dev/zero,a character device", "--module,/dev/zero,a character device", "--net,cable,'one of none, switch:NAME'", "--net,'switch:a b',letters",
        "--net,'user,mac=01:00:00:00:00:00',single station", "--net,'user,mac=zz',six bytes", "--net,'user,speed=1',unknown setting", "--net,socket:/nowhere/s,start the other end",
        "--net,'user,capture=x.txt',.pcapng", "--disk,x.img,no such file", "--disk,'pom.xml,format=vhdx',are those of format raw", "--disk,'pom.xml,bus=sata','scsi, ide, nvme or ahci'",
        "--disk,'pom.xml,ro,ro',given twice", "--disk,',ro',an empty name", "--at,shutdown,TIME:ACTION", "--at,soon:shutdown,such as 120s", "--at,1s:explode,the action is one of",
        "--at,1s:remove-disk=x,from 0", "--at,1s:add-disk=none,no such file", "--at,1s:kvp-set=a,KEY=VALUE",
        "--at,1s:remove-net,from 0", "--at,1s:add-net=cable,switch:NAME", "--at,1s:add-net=none,an adapter is needed", "--at,1s:kvp-list=swimming,external", "--at,1s:kvp-get=host:,a key is needed",
        "--at,1s:ip=first,from 0", "--at,1s:set-ip=0,either dhcp or address", "--at,'1s:set-ip=0,dhcp,address=10.0.0.1/8',either dhcp or address", "--at,'1s:set-ip=0,address=10.0.0.1',either dhcp or address",
        "--at,1s:copy=nowhere:/a,no such file", "--at,1s:copy=nowhere,FILE:PATH", "--at,1s:copy=.:/a,a directory", "--at,1s:cancel-copy=x,takes no value", "--at,1s:eject=first,from 0", "--at,1s:insert=0,a file", "--at,'1s:insert=0,nowhere.iso',no such file",
        "--at,1s:integration=vss,integration=NAME", "--at,'1s:integration=dentist,off',shutdown", "--at,1s:link,link=up or link=down",
        "--at,1s:link=off,link=up or link=down", "--at,'1s:link=up,eth0',link=up or link=down", "--at,1s:sysrq=cc,one key", "--at,1s:nmi=3,takes no value",
        "--at,1s:pause=2s,takes no value", "--at,1s:kvp-delete=,a key is needed", "--net,'user,mac-spoofing=maybe',true or false", "--net,'switch:a,vlan=4095',from 1 to 4094", "--net,'switch:a,vlan=0',from 1 to 4094", "--net,'switch:a,model=rtl8139',netvsc or e1000e", "--net,'switch:a,limit=5',from 8k to 100G", "--net,'user,limit=fast',as in limit=100M", "--at,'1s:add-net=switch:a,model=e1000e',there before the guest starts", "--net,'switch:a,trunk=9-3',is before",
        "--net,'switch:a,trunk=ten',as in trunk=10", "--net,'user,vlan=3',for switch:NAME", "--net,'switch:a,mirror=wall',source or destination",
        "--net,'user,forward=22',tcp:HOST:GUEST", "--net,'user,forward=tcp:0:22',from 1 to 65535", "--net,'user,forward=tcp:70000:22',from 1 to 65535",
        "--net,'user,forward=tcp:2222:22,forward=tcp:2222:23',another forward", "--net,'switch:a,forward=tcp:2222:22',forward is for user",
        "--disk,'pom.xml,ro,snapshot',leave one of them out"})
    void optionValuesAreCheckedWithWhatWouldBeRight(String option, String value, String right) {
        assertThat(refused("run", "--multiboot", image.toString(), option, value)).contains(right);
    }

    /** What would be written over something that the run reads, or writes for something else. */
    @Test
    void noFileOfARunHasTwoUses() throws Exception {
        Path kernel = Files.copy(image, temp.resolve("kernel"));
        Path disk = Files.write(temp.resolve("disk"), new byte[4096]);
        Path link = Files.createSymbolicLink(temp.resolve("link"), kernel);
        String out = temp.resolve("out").toString();
        String here = temp.resolve("../" + temp.getFileName() + "/out").toString();
        for (String[] wrong : new String[][] {
                {"--stats", kernel.toString(), "this file is read: what a guest is given"},
                {"--stats", link.toString(), "this file is read: what a guest is given"},
                {"--record", kernel.toString(), "this file is read"},
                {"--serial", "file:" + kernel, "this file is read"},
                {"--trace", "vmbus=" + kernel, "this file is read"},
                {"--trace", "exits=" + kernel, "this file is read"},
                {"--at", "1s:dump=" + kernel, "this file is read"},
                {"--disk", disk.toString(), "--stats", disk.toString(), "this file is read: a disk"},
                {"--stats", out, "--record", here, "is written to this file, too"},
                {"--trace", "exits=" + out, "--trace", "msrs=" + out, "is written to this file, too"},
                {"--serial", "file:" + out, "--stats", here, "is written to this file, too"}}) {
            List<String> words = new ArrayList<>(List.of("run", "--multiboot", kernel.toString(), "--memory", "16M"));
            words.addAll(List.of(wrong).subList(0, wrong.length - 1));
            assertThat(refused(words.toArray(String[]::new))).as(String.join(" ", words)).contains(wrong[wrong.length - 1]);
            assertThat(kernel).hasSameBinaryContentAs(image);
            assertThat(disk).hasSize(4096);
            assertThat(temp.resolve("out")).doesNotExist();
        }
        // two may go to a device
        HvProcess both = HvProcess.here("run", "--multiboot", kernel.toString(), "--memory", "16M", "--serial", "none", "--stats", "/dev/null", "--trace", "exits=/dev/null", "--max-instructions", "1");
        assertThat(both.status()).as(both.err()).isEqualTo(4);
    }

    @Test
    void whatIsNoMachineAloneToBlameForIsRefused() {
        String disk = "pom.xml";
        assertThat(refused("run", "--multiboot", image.toString(), "--disk", disk, "--disk", disk + ",ro")).contains("attached twice");
        assertThat(refused("run", "--multiboot", image.toString(), "--disk", disk, "--at", "1s:add-disk=" + disk)).contains("attached twice");
        assertThat(refused("run", "--multiboot", image.toString(), "--no-enlightenments", "--net", "user")).contains("VMBus");
        assertThat(refused("run", "--multiboot", image.toString(), "--no-enlightenments", "--at", "1s:shutdown")).contains("need enlightenments");
        assertThat(refused("run", "--multiboot", image.toString(), "--bare", "--disk", disk)).contains("--bare");
        assertThat(refused("run", "--multiboot", image.toString(), "--bare", "--processors", "2")).contains("--bare");
        assertThat(refused("run", "--multiboot", image.toString(), "--bare", "--parallel")).contains("--bare");
        assertThat(refused("run", "--multiboot", image.toString(), "--iommu")).contains("--bare");
    }

    @Test
    void parentsAreChecked() {
        String[][] wrong = {{"--parent", "none", "--parent none: one of l1vh, root"}, {"--scheduler", "core", "scheduler needs --parent"}, {"--parent", "l1vh", "--scheduler", "fair", "--scheduler fair: one of core, root"},
            {"--parent", "root", "--net", "user", "parent root has no VMBus"}, {"--parent", "l1vh", "--iommu", "add --bare or --parent root"}, {"--parent", "root", "--disk", "pom.xml", "give disks bus=nvme"}, {"--parent", "root", "--nested", "exclude each other"},
            {"--parent", "root", "--processors", "2", "as many logical processors as --cpus says"}, {"--parent", "root", "--bare", "--bare"}, {"--parent", "root", "--no-enlightenments", "needs enlightenments"},
            {"--parent", "root", "--at", "1s:shutdown", "go over VMBus"}};
        for (String[] words : wrong) {
            List<String> line = new ArrayList<>(List.of("run", "--multiboot", image.toString()));
            line.addAll(List.of(words).subList(0, words.length - 1));
            assertThat(refused(line.toArray(String[]::new))).contains(words[words.length - 1]);
        }
    }

    @Test
    void vectorsAreBounded() throws Exception {
        String header = "{\"format\":\"hv-vectors-1\",\"cpu\":\"x\"}\n";
        Path code = Files.writeString(temp.resolve("code.jsonl"), header + "{\"bytes\":\"" + "90".repeat(1_000_000) + "\"}\n");
        assertThat(refused("conform", code.toString())).contains("code.jsonl:2:").contains("from 1 to 32");
        Path pages = Files.writeString(temp.resolve("pages.jsonl"), header + "{\"bytes\":\"90\",\"in\":{\"mem\":{\"0x10000\":\"" + "00".repeat(100 * 4096) + "\"}}}\n");
        assertThat(refused("conform", pages.toString())).contains("pages.jsonl:2:").contains("64 pages");
        Path line = temp.resolve("line.jsonl.xz");
        try (var out = new XZOutputStream(Files.newOutputStream(line), new LZMA2Options(1))) {
            out.write(header.getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 100; i++) {
                out.write(new byte[1 << 20]);
            }
        }
        assertThat(refused("conform", line.toString())).contains("line.jsonl.xz:2:").contains("longer than");
        Path blanks = Files.writeString(temp.resolve("blanks.jsonl"), header + "\n".repeat(1 << 17));
        assertThat(refused("conform", blanks.toString())).contains("blank lines");
    }

    @Test
    void screensAndWhatIsDoneAtThemAreChecked() throws Exception {
        Path kernel = Files.write(temp.resolve("kernel"), new byte[5000]);
        String[][] wrong = {
            {"--video", "1023x768", "a multiple of 8"}, {"--video=99999x1", "as in 1024x768"}, {"--at", "1s:type=x", "the machine has no screen; say --video"}, {"--vnc", "5901", "no screen; say --video"},
            {"--video", "--vnc", "70000", "a port from 0 to 65535"}, {"--video", "--vnc", "unix:", "needs a name"}, {"--video", "--vnc", "0,password=" + temp.resolve("none"), "no such file"},
            {"--video", "--screen", temp.resolve("none").toString(), "a folder that is there"}, {"--video", "--at", "1s:type=\u00e9", "no key of the US layout"}, {"--video", "--at", "1s:type=\\x", "behind a backslash"},
            {"--video", "--at", "1s:key=ctrl+any", "as in key=ctrl+alt+delete"}, {"--video", "--at", "1s:click=4", "click=X,Y is needed"}, {"--video", "--at", "1s:type=", "from 1 to 4000"},
            {"--video", "--at", "1s:screenshot=" + temp.resolve("no/file.png"), "in a folder that is there"}, {"--video", "--no-enlightenments", "video needs enlightenments"}};
        for (String[] w : wrong) {
            String[] all = new String[w.length + 2];
            all[0] = "run";
            all[1] = "--kernel=" + kernel;
            System.arraycopy(w, 0, all, 2, w.length - 1);
            assertThat(refused(Arrays.copyOf(all, all.length - 1))).contains(w[w.length - 1]);
        }
        assertThat(refused("type", "--control", "unix:" + temp.resolve("nobody"), "x")).contains("--control unix:");
        assertThat(refused("key", "enter")).contains("unix:PATH is needed");
        assertThat(refused("screenshot", temp.toString())).contains("a checkpoint's folder or --control unix:PATH is needed");
        assertThat(refused("guest", "debian", "--kernel", "tiny")).contains("cloud, generic");
        assertThat(refused("guest", "debian", "--arch", "i386", "--kernel", "generic")).contains("i386 has one kernel");
    }

    @Test
    void usageErrorsPointToTheHelp() {
        assertThat(refused()).contains("--help");
        assertThat(refused("fly")).contains("fly").contains("--help");
        assertThat(refused("run", "--warp", "9")).contains("--warp").contains("hv run --help");
        assertThat(refused("run")).contains("--kernel FILE or --multiboot ELF");
        assertThat(refused("guest", "debian", "--release", "potato")).contains("bookworm, trixie, sid");
        assertThat(refused("guest", "beos")).contains("debian, linux-parent, debian-parent");
        assertThat(refused("conform", "none.jsonl")).contains("no such file");
    }
}
