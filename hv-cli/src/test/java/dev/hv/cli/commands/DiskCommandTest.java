package dev.hv.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.config.UsageException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code hv disk} as it is typed. */
class DiskCommandTest {

    private static final int SIZE = 8 << 20;

    @TempDir
    private Path temp;

    private String out;
    private String error;

    private int hv(String line) {
        var text = new StringWriter();
        error = "";
        List<String> words = Stream.concat(Stream.of("disk"), Stream.of(line.split(" ")).map(w -> w.startsWith("@") ? temp.resolve(w.substring(1)).toString() : w)).toList();
        CommandLine command = HvCommand.line(words.toArray(String[]::new));
        command.setOut(new PrintWriter(text)).setExecutionExceptionHandler((e, c, r) -> {
            assertThat(e).isInstanceOf(UsageException.class);
            error = e.getMessage();
            return ExitStatus.USAGE;
        });
        int status = command.execute(words.toArray(String[]::new));
        out = text.toString();
        return status;
    }

    private void ok(String line) {
        assertThat(hv(line)).as(line + ": " + error).isZero();
    }

    private void refused(String line, String why) {
        assertThat(hv(line)).as(line).isEqualTo(ExitStatus.USAGE);
        assertThat(error).contains(why).doesNotContain("\n");
    }

    /** A raw image with two blocks of data. */
    private byte[] raw(String name) throws Exception {
        byte[] b = new byte[SIZE];
        byte[] data = new byte[1 << 20];
        new Random(7).nextBytes(data);
        System.arraycopy(data, 0, b, 0, data.length);
        System.arraycopy(data, 0, b, 5 << 20, data.length);
        Files.write(temp.resolve(name), b);
        return b;
    }

    private byte[] contents(String disk) throws Exception {
        Files.deleteIfExists(temp.resolve("back.raw"));
        ok("convert @" + disk + " @back.raw");
        return Files.readAllBytes(temp.resolve("back.raw"));
    }

    private long length(String name) throws Exception {
        return Files.size(temp.resolve(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vhd", "vhdx"})
    void disksAreMadeChangedAndMerged(String format) throws Exception {
        String disk = "disk." + format;
        byte[] expected = raw("disk.raw");
        ok("convert @disk.raw @" + disk + " --block-size 1M");
        assertThat(contents(disk)).isEqualTo(expected);
        ok("info @" + disk);
        assertThat(out).contains(format + ", dynamic", "size: " + SIZE, "block size: 1048576");
        ok("check @" + disk);
        assertThat(out).isEqualTo("sound\n");

        refused("create @" + disk + " --size 1M", "is there already");
        refused("resize @" + disk + " 4M", "--shrink cuts off what is behind");
        refused("resize @" + disk + " 9000001", "no multiple of 512");
        ok("resize @" + disk + " 16M");
        assertThat(contents(disk)).hasSize(16 << 20).startsWith(expected);
        ok("resize @" + disk + " 8M --shrink");
        assertThat(contents(disk)).isEqualTo(expected);

        ok("create @child." + format + " --parent @" + disk + (format.equals("vhd") ? "" : " --block-size 1M"));
        ok("chain @child." + format);
        assertThat(out.lines()).containsExactly(temp.resolve("child." + format).toString(), temp.resolve(disk).toRealPath().toString());
        ok("info @child." + format);
        assertThat(out).contains("differencing", "parent: ");
        refused("merge @" + disk, "has no parent to merge into");
        refused("compact @child." + format, "only dynamic and raw disks are compacted");
        assertThat(contents("child." + format)).isEqualTo(expected);
        ok("merge @child." + format + " --keep");
        assertThat(temp.resolve("child." + format)).exists();
        refused("info @nowhere." + format, "no such file");
        Files.delete(temp.resolve("child." + format));
        ok("create @child." + format + " --parent @" + disk);
        ok("merge @child." + format);
        assertThat(out).contains("merged into ");
        assertThat(temp.resolve("child." + format)).doesNotExist();
        assertThat(contents(disk)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vhd", "vhdx"})
    void blocksOfZeroesAreGivenBack(String format) throws Exception {
        byte[] expected = raw("disk.raw");
        String disk = "disk." + format;
        ok("convert @disk.raw @" + disk + " --block-size 1M");
        long before = length(disk);
        // the second block's data is made zero behind hv's back, where its bytes are found in the file
        byte[] file = Files.readAllBytes(temp.resolve(disk));
        int at = indexOf(file, java.util.Arrays.copyOfRange(expected, 5 << 20, (5 << 20) + 512), indexOf(file, java.util.Arrays.copyOf(expected, 512), 0) + 1);
        try (var f = new RandomAccessFile(temp.resolve(disk).toFile(), "rw")) {
            f.seek(at);
            f.write(new byte[1 << 20]);
        }
        java.util.Arrays.fill(expected, 5 << 20, 6 << 20, (byte) 0);
        assertThat(contents(disk)).isEqualTo(expected);
        ok("compact @" + disk);
        assertThat(out).isEqualTo((1 << 20) + " bytes given back\n");
        assertThat(length(disk)).isLessThanOrEqualTo(before);
        assertThat(contents(disk)).isEqualTo(expected);
        ok("check @" + disk);
        ok("compact @" + disk);
        assertThat(out).isEqualTo("0 bytes given back\n");
    }

    private static int indexOf(byte[] in, byte[] what, int from) {
        for (int i = from; i <= in.length - what.length; i++) {
            if (in[i] == what[0] && java.util.Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
                return i;
            }
        }
        throw new AssertionError("not there");
    }

    @Test
    void whatCannotBeIsRefusedAndLeavesNothing() throws Exception {
        raw("disk.raw");
        refused("create @x.vhdx", "--size SIZE is needed");
        refused("create @x.vhdx --size 1M --parent @disk.raw", "as long as that");
        refused("create @x.vhd --size 1M --sector-size 4096", "only a VHDX");
        refused("create @x.vhdx --size 1M --sector-size 513", "512 or 4096");
        refused("create @x.vhdx --size 1M --block-size 3M", "power of two");
        refused("create @x.vhdx --size 1M --block-size 0", "--block-size 0: a power of two");
        refused("create @x.vhdx --size 1M --block-size -1", "such as 512M");
        refused("create @x.vhdx --size 1M --block-size 512M", "up to 256M");
        refused("create @x.vhdx --size 1M --block-size 99999999999999999999", "not a size");
        refused("create @x.vhdx --size 0", "no multiple of");
        refused("create @x.vhd --size 1M --fixed --block-size 1M", "have no blocks");
        refused("create @x.img --size 1M --block-size 1M", "have no blocks");
        refused("convert @disk.raw @x.vhdx --block-size 0", "--block-size 0: a power of two");
        refused("convert @disk.raw @x.img --block-size 1M", "have no blocks");
        for (String option : new String[] {"--fixed", "--format vhdx", "--sector-size 512"}) {
            refused("create @x.vhdx --parent @disk.raw " + option, option.split(" ")[0] + ": a disk with a parent is as that is");
        }
        refused("create @x.vhdx --size 1M --format qcow2", "raw, vhd or vhdx");
        refused("create @x.vhdx --parent @disk.raw", "a raw disk cannot be a parent");
        refused("create @no/x.vhdx --size 1M", "no such folder");
        refused("convert @nowhere @x.vhdx", "no such file");
        assertThat(temp.resolve("x.vhdx")).doesNotExist();
        ok("create @a.vhdx --size 1M");
        ok("create @b.vhdx --parent @a.vhdx");
        Files.move(temp.resolve("a.vhdx"), temp.resolve("moved.vhdx"));
        refused("chain @b.vhdx", "no such file");
        ok("chain @b.vhdx --parent @moved.vhdx");
        assertThat(out).contains("moved.vhdx");
        Files.write(temp.resolve("a.vhdx"), new byte[0]);
        refused("info @a.vhdx", "disk");
    }

    @Test
    void findingsThatDoNotKeepADiskFromBeingReadHaveAStatusOfTheirOwn() throws Exception {
        ok("create @a.vhdx --size 1M");
        try (var f = new RandomAccessFile(temp.resolve("a.vhdx").toFile(), "rw")) {
            f.seek(64 << 10);
            f.write(0);
        }
        assertThat(hv("check @a.vhdx")).isEqualTo(ExitStatus.FAILED);
        assertThat(out).contains("a.vhdx: header 1 signature", "1 findings");
    }
}
