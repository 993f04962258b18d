package dev.hv.devices.disk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.HostFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every format against plain bytes, over random operations, opened again meanwhile, with what power failures leave, and with qemu-img on both sides. */
class VirtualDiskTest {

    private static final int SIZE = 6 << 20;

    @TempDir
    Path temp;

    private final CutFile.Folder folder = new CutFile.Folder();
    private final DiskChain chain = new DiskChain(folder);

    static Stream<Arguments> kinds() {
        return Stream.of(VirtualDisk.Format.VHD, VirtualDisk.Format.VHDX).flatMap(f -> Stream.of(VirtualDisk.Kind.values()).map(k -> Arguments.of(f, k)));
    }

    /** qemu-img has no differencing disks of these formats. */
    static Stream<Arguments> kindsOfQemu() {
        return kinds().filter(a -> a.get()[1] != VirtualDisk.Kind.DIFFERENCING);
    }

    /** Makes a disk with these contents below it; what it reads as. */
    private byte[] create(VirtualDisk.Format format, VirtualDisk.Kind kind, int sector, Random random) throws DiskException {
        byte[] expected = new byte[SIZE];
        if (kind == VirtualDisk.Kind.DIFFERENCING) {
            chain.create("parent", format, VirtualDisk.Kind.DYNAMIC, SIZE, 1 << 20, sector);
            try (VirtualDisk parent = chain.open("parent", false)) {
                random.nextBytes(expected);
                Arrays.fill(expected, 2 << 20, 3 << 20, (byte) 0);
                assertThat(parent.write(0, expected, 0, SIZE)).isEqualTo(DiskStatus.OK);
            }
            chain.createChild("disk", "parent", 1 << 20);
        } else {
            chain.create("disk", format, kind, SIZE, 1 << 20, sector);
        }
        return expected;
    }

    private static void change(VirtualDisk disk, byte[] expected, Random random) {
        int sector = disk.sectorSize();
        int at = random.nextInt(SIZE / sector) * sector;
        int most = random.nextInt(8) == 0 ? 3 << 20 : 64 << 10;
        int n = Math.min(SIZE - at, (1 + random.nextInt(most / sector)) * sector);
        switch (random.nextInt(4)) {
            case 0 -> {
                assertThat(disk.zero(at, n)).isEqualTo(DiskStatus.OK);
                Arrays.fill(expected, at, at + n, (byte) 0);
            }
            case 1 -> assertThat(disk.flush()).isEqualTo(DiskStatus.OK);
            default -> {
                byte[] b = new byte[n];
                random.nextBytes(b);
                assertThat(disk.write(at, b, 0, n)).isEqualTo(DiskStatus.OK);
                System.arraycopy(b, 0, expected, at, n);
            }
        }
    }

    private static byte[] contents(VirtualDisk disk) {
        byte[] b = new byte[(int) disk.size()];
        assertThat(disk.read(0, b, 0, b.length)).isEqualTo(DiskStatus.OK);
        return b;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void readsWhatWasWrittenAlsoWhenOpenedAgain(VirtualDisk.Format format, VirtualDisk.Kind kind) throws Exception {
        var random = new Random(format.ordinal() * 10 + kind.ordinal());
        byte[] expected = create(format, kind, 512, random);
        for (int round = 0; round < 4; round++) {
            try (VirtualDisk disk = chain.open("disk", false)) {
                for (int i = 0; i < 25; i++) {
                    change(disk, expected, random);
                }
                assertThat(contents(disk)).isEqualTo(expected);
            }
            try (VirtualDisk disk = chain.open("disk", true)) {
                assertThat(contents(disk)).isEqualTo(expected);
                disk.check(p -> assertThat(p).isNull());
            }
        }
    }

    @Test
    void sectorsOf4096BytesAreReadAndWritten() throws Exception {
        var random = new Random(4096);
        for (VirtualDisk.Kind kind : VirtualDisk.Kind.values()) {
            folder.files.clear();
            folder.last.clear();
            byte[] expected = create(VirtualDisk.Format.VHDX, kind, 4096, random);
            try (VirtualDisk disk = chain.open("disk", false)) {
                assertThat(disk.sectorSize()).isEqualTo(4096);
                for (int i = 0; i < 20; i++) {
                    change(disk, expected, random);
                }
            }
            try (VirtualDisk disk = chain.open("disk", true)) {
                assertThat(contents(disk)).isEqualTo(expected);
            }
        }
    }

    /** 200 instants over all formats: after each of them every sector is as it was at the last flush, or as something written since. */
    @ParameterizedTest
    @MethodSource("kinds")
    void anyLossOfPowerLeavesAReadableDisk(VirtualDisk.Format format, VirtualDisk.Kind kind) throws Exception {
        var random = new Random(format.ordinal() + 77L * kind.ordinal());
        byte[] expected = create(format, kind, 512, random);
        var parent = folder.contents("parent");
        byte[] before = folder.contents("disk");
        folder.put("disk", before);
        VirtualDisk disk = chain.open("disk", false);
        CutFile file = folder.last.get("disk");
        byte[][] states = new byte[40][];
        int[] steps = new int[40];
        for (int i = 0; i < states.length; i++) {
            states[i] = expected.clone();
            steps[i] = file.steps();
            change(disk, expected, random);
        }
        disk.close();
        for (int cut = 0; cut < 34; cut++) {
            boolean power = cut % 4 != 0;
            int at = random.nextInt(file.steps());
            folder.put("disk", file.cut(at, power ? random : null));
            if (parent != null) {
                folder.put("parent", parent);
            }
            int flushed = file.lastFlush(at);
            int first = 0;
            int last = 0;
            for (int i = 0; i < states.length; i++) {
                first = steps[i] <= (power ? flushed : at) ? i : first;
                last = steps[i] <= at ? i : last;
            }
            try (VirtualDisk left = chain.open("disk", cut % 2 == 0)) {
                byte[] found = contents(left);
                sectors(found, states, expected, first, Math.min(last + 1, states.length), at);
            }
            if (cut % 2 != 0) {
                chain.open("disk", true).close();
            }
        }
    }

    private static void sectors(byte[] found, byte[][] states, byte[] end, int first, int last, int cut) {
        for (int s = 0; s < SIZE; s += 512) {
            boolean some = false;
            for (int i = first; i <= last && !some; i++) {
                some = Arrays.equals(found, s, s + 512, i < states.length ? states[i] : end, s, s + 512);
            }
            assertThat(some).as("sector at %d after %d steps", s, cut).isTrue();
        }
    }

    @Test
    void growsAndShrinks() throws Exception {
        for (VirtualDisk.Format format : new VirtualDisk.Format[] {VirtualDisk.Format.VHD, VirtualDisk.Format.VHDX}) {
            for (VirtualDisk.Kind kind : new VirtualDisk.Kind[] {VirtualDisk.Kind.FIXED, VirtualDisk.Kind.DYNAMIC}) {
                folder.files.clear();
                folder.last.clear();
                chain.create("disk", format, kind, SIZE, 1 << 20, 512);
                byte[] b = new byte[SIZE];
                new Random(1).nextBytes(b);
                try (VirtualDisk disk = chain.open("disk", false)) {
                    disk.write(0, b, 0, SIZE);
                    disk.resize(40 << 20);
                }
                try (VirtualDisk disk = chain.open("disk", false)) {
                    assertThat(disk.size()).isEqualTo(40 << 20);
                    if (format == VirtualDisk.Format.VHDX && kind == VirtualDisk.Kind.DYNAMIC) {
                        // its table moves for that
                        disk.resize(300L << 30);
                    }
                    disk.resize(2 << 20 | 512);
                    disk.resize(SIZE);
                }
                Arrays.fill(b, 2 << 20 | 512, SIZE, (byte) 0);
                try (VirtualDisk disk = chain.open("disk", true)) {
                    assertThat(contents(disk)).isEqualTo(b);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kindsOfQemu")
    void qemuReadsAndWritesTheSameDisk(VirtualDisk.Format format, VirtualDisk.Kind kind) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/qemu-img")) && Files.isExecutable(Path.of("/usr/bin/qemu-io")));
        var random = new Random(5);
        String theirs = format == VirtualDisk.Format.VHD ? "vpc" : "vhdx";
        String name = temp.resolve("disk").toString();
        var host = new DiskChain(new HostFiles());
        host.create(name, format, kind, SIZE, 0, 512);
        byte[] expected = new byte[SIZE];
        for (int round = 0; round < 2; round++) {
            try (VirtualDisk disk = host.open(name, false)) {
                assertThat(contents(disk)).isEqualTo(expected);
                for (int i = 0; i < 10; i++) {
                    change(disk, expected, random);
                }
            }
            run("qemu-img", "convert", "-f", theirs, "-O", "raw", name, name + ".raw");
            assertThat(Files.readAllBytes(Path.of(name + ".raw"))).isEqualTo(expected);
            run("qemu-io", "-f", theirs, "-c", "write -P 0x5a 1M 512k", "-c", "write -P 0x33 5M 4k", name);
            Arrays.fill(expected, 1 << 20, (1 << 20) + (512 << 10), (byte) 0x5A);
            Arrays.fill(expected, 5 << 20, (5 << 20) + 4096, (byte) 0x33);
        }
        try (VirtualDisk disk = host.open(name, true)) {
            assertThat(contents(disk)).isEqualTo(expected);
        }
        Files.write(Path.of(name + ".raw"), expected);
        run("qemu-img", "convert", "-f", "raw", "-O", theirs, "-o", "subformat=" + (kind == VirtualDisk.Kind.FIXED ? "fixed" : "dynamic"), name + ".raw", name + "2");
        try (VirtualDisk disk = host.open(name + "2", true)) {
            assertThat(disk.kind()).isEqualTo(kind);
            assertThat(Arrays.copyOf(contents(disk), SIZE)).isEqualTo(expected);
        }
    }

    /** Random lengths, down and up, with writes in between: qemu-img finds the same disk after each. */
    @ParameterizedTest
    @MethodSource("kindsOfQemu")
    void qemuReadsDisksThatWereMadeLongerAndShorter(VirtualDisk.Format format, VirtualDisk.Kind kind) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/qemu-img")));
        var random = new Random(13L + format.ordinal() * 2 + kind.ordinal());
        String theirs = format == VirtualDisk.Format.VHD ? "vpc" : "vhdx";
        String name = temp.resolve("disk").toString();
        var host = new DiskChain(new HostFiles());
        host.create(name, format, kind, SIZE, format == VirtualDisk.Format.VHD ? 512 << 10 : 1 << 20, 512);
        byte[] expected = new byte[SIZE];
        for (int round = 0; round < 6; round++) {
            try (VirtualDisk disk = host.open(name, false)) {
                for (int i = 0; i < 6; i++) {
                    byte[] b = new byte[(1 + random.nextInt(600)) * 512];
                    random.nextBytes(b);
                    int at = random.nextInt((expected.length - b.length) / 512) * 512;
                    assertThat(disk.write(at, b, 0, b.length)).isEqualTo(DiskStatus.OK);
                    System.arraycopy(b, 0, expected, at, b.length);
                }
                // a VHDX has whole megabytes for qemu-img
                int unit = format == VirtualDisk.Format.VHDX ? 1 << 20 : 512;
                int length = (4 << 20) + random.nextInt((20 << 20) / unit) * unit;
                disk.resize(length);
                expected = Arrays.copyOf(expected, length);
                assertThat(contents(disk)).isEqualTo(expected);
            }
            try (VirtualDisk disk = host.open(name, true)) {
                disk.check(p -> assertThat(p).isNull());
            }
            run("qemu-img", "convert", "-f", theirs, "-O", "raw", name, name + ".raw");
            assertThat(Files.readAllBytes(Path.of(name + ".raw"))).as("round %d", round).isEqualTo(expected);
        }
    }

    @Test
    void aDifferencingVhdKeepsItsLength() throws Exception {
        create(VirtualDisk.Format.VHD, VirtualDisk.Kind.DIFFERENCING, 512, new Random(3));
        try (VirtualDisk disk = chain.open("disk", false)) {
            assertThatThrownBy(() -> disk.resize(SIZE * 2L)).isInstanceOf(DiskException.class).hasMessageContaining("a differencing VHD is as long as its parent");
            assertThat(disk.size()).isEqualTo(SIZE);
        }
    }

    private static void run(String... command) throws Exception {
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes());
        assertThat(p.waitFor()).as(said).isZero();
    }

    @Test
    void parentsThatAreMissingChangedOrCircularAreNamed() throws Exception {
        for (VirtualDisk.Format format : new VirtualDisk.Format[] {VirtualDisk.Format.VHD, VirtualDisk.Format.VHDX}) {
            folder.files.clear();
            folder.last.clear();
            create(format, VirtualDisk.Kind.DIFFERENCING, 512, new Random(3));
            byte[] parent = folder.contents("parent");
            byte[] child = folder.contents("disk");
            try (VirtualDisk changed = chain.open("parent", false)) {
                changed.write(0, new byte[512], 0, 512);
            }
            refused("changed since");
            folder.put("parent", child);
            refused("changed since");
            folder.files.remove("parent");
            folder.last.remove("parent");
            refused("no such file");
            folder.put("parent", parent);
            try (VirtualDisk disk = chain.openAlone("disk", false)) {
                disk.relink(new ParentLink(disk.parentLink().identity(), java.util.List.of("disk", "disk")));
            }
            refused("circular");
        }
    }

    private void refused(String why) {
        assertThatThrownBy(() -> chain.open("disk", true)).isInstanceOf(DiskException.class).hasMessageContaining("disk disk: parent").hasMessageContaining(why).message().doesNotContain("\n");
    }

    /** Bytes of tables and headers turned over: refused with a field, or read; and a file that is refused is not written. */
    @ParameterizedTest
    @MethodSource("kinds")
    void damagedFilesAreRefusedAndNotWritten(VirtualDisk.Format format, VirtualDisk.Kind kind) throws Exception {
        var random = new Random(9);
        create(format, kind, 512, random);
        CutFile file;
        try (VirtualDisk disk = chain.open("disk", false)) {
            file = folder.last.get("disk");
            for (int i = 0; i < 6; i++) {
                disk.write(i << 20, filled(random), 0, 512);
            }
        }
        byte[] sound = file.contents();
        byte[] dirty = file.cut(file.steps() - 6, null);
        int refused = 0;
        for (int i = 0; i < 60; i++) {
            byte[] bad = (i % 3 == 0 ? dirty : sound).clone();
            int at = format == VirtualDisk.Format.VHD ? i % 2 == 0 ? bad.length - 512 + random.nextInt(88) : random.nextInt(2048)
                    : new int[] {64 << 10, 128 << 10, 192 << 10, 1 << 20, 2 << 20, (2 << 20) + (64 << 10), 3 << 20}[random.nextInt(7)] + random.nextInt(96);
            bad[at] ^= (byte) (1 + random.nextInt(255));
            if (format == VirtualDisk.Format.VHDX && at < 192 << 10 && i % 2 == 0) {
                bad[at ^ 192 << 10] ^= 1;
            }
            folder.put("disk", bad);
            try (VirtualDisk disk = chain.open("disk", false)) {
                contents(disk);
            } catch (DiskException e) {
                refused++;
                assertThat(e.getMessage()).startsWith("disk disk: ").doesNotContain("\n");
                assertThat(folder.last.get("disk").steps()).isZero();
            } catch (AssertionError e) {
                // reading may fail; nothing worse may happen
                assertThat(e).hasMessageContaining("IO_ERROR");
            }
        }
        assertThat(refused).isPositive();
    }

    private static byte[] filled(Random random) {
        byte[] b = new byte[512];
        random.nextBytes(b);
        return b;
    }
}
