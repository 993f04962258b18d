package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signals end a run in good order; what a run records is in its files at every moment. */
class SignalsTest {

    @TempDir
    private Path temp;

    private static void isWholeJson(Path file) throws Exception {
        String text = Files.readString(file);
        assertThat(text).endsWith("}\n").contains("\"instructions\"");
        try (JsonParser p = new JsonFactory().createParser(text)) {
            int tokens = 0;
            while (p.nextToken() != null) {
                tokens++;
            }
            assertThat(tokens).isGreaterThan(20);
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM,143,SPIN,virtual", "INT,130,HALT,virtual", "HUP,129,SPIN,real", "TERM,143,HALT,real"})
    void aSignalEndsARunWithStatisticsAndDigest(String signal, int status, SmallGuest.Then then, String time) throws Exception {
        Path guest = SmallGuest.write(temp.resolve("guest"), "here I am\n", then);
        Path stats = temp.resolve("stats.json");
        try (var hv = LiveProcess.hv("run", "--multiboot", guest.toString(), "--memory", "16M", "--time", time, "--stats", stats.toString(), "--digest",
                "--serial", "stdio")) {
            hv.await("here I am");
            hv.signal(signal);
            assertThat(hv.status()).as(hv.err()).isEqualTo(status);
            assertThat(hv.err()).containsPattern("(?m)^digest [0-9a-f]{64}$").contains("hv: SIG" + signal + " ended the run\n");
            isWholeJson(stats);
        }
    }

    @Test
    void whoReadsGetsWhatWasPrintedUntilTheSignal() throws Exception {
        Path guest = SmallGuest.write(temp.resolve("guest"), "and on it goes\n", SmallGuest.Then.PRINT_AGAIN);
        try (var hv = LiveProcess.hv("run", "--multiboot", guest.toString(), "--memory", "16M", "--time", "virtual")) {
            hv.await("goes\nand on it goes");
            hv.signal("TERM");
            String out = hv.out();
            assertThat(hv.status()).as(hv.err()).isEqualTo(143);
            assertThat(hv.err()).isEqualTo("hv: SIGTERM ended the run\n");
            assertThat(out.replace("and on it goes\n", "")).hasSizeLessThan("and on it goes\n".length());
        }
    }

    @Test
    void aRunThatWaitsForAReaderWithoutALimitEndsByASignal() throws Exception {
        // more than a pipe holds, and the guest has crashed by then: nothing but the reader is missing
        Path guest = SmallGuest.write(temp.resolve("guest"), "x".repeat(90_000), SmallGuest.Then.CRASH);
        try (var hv = LiveProcess.hv("run", "--multiboot", guest.toString(), "--memory", "16M", "--time", "virtual")) {
            hv.await("x");
            hv.awaitRest();
            hv.signal("TERM");
            assertThat(hv.status()).as(hv.err()).isEqualTo(3);
            assertThat(hv.err()).contains("bytes that the guest printed were lost");
        }
    }

    @Test
    void aDiskIsConvertedWholeOrNotAtAll() throws Exception {
        Path folder = Files.createDirectory(temp.resolve("disks"));
        Path from = temp.resolve("from.img");
        byte[] full = new byte[16 << 20];
        Arrays.fill(full, (byte) 'x');
        try (var file = new RandomAccessFile(from.toFile(), "rw")) {
            for (int i = 0; i < 24; i++) {
                file.write(full);
            }
        }
        try (var hv = LiveProcess.hv("disk", "convert", from.toString(), folder.resolve("to.vhdx").toString())) {
            while (hv.family().getFirst().isAlive() && folder.toFile().list().length == 0) {
                Thread.sleep(1);
            }
            hv.signal("TERM");
            assertThat(hv.status()).as(hv.err()).isEqualTo(143);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void everyMachineOfALabIsEnded() throws Exception {
        SmallGuest.write(temp.resolve("guest"), "here I am\n", SmallGuest.Then.SPIN);
        Path lab = Files.writeString(temp.resolve("lab.yaml"), "defaults: {multiboot: guest, memory: 16M}\nmachines: [{name: a}, {name: b}]\n");
        try (var hv = LiveProcess.hv("run", lab.toString())) {
            hv.await("a| here I am");
            hv.signal("TERM");
            assertThat(hv.status()).as(hv.err()).isEqualTo(143);
            assertThat(hv.err()).isEqualTo("hv: SIGTERM ended the run\n");
        }
    }

    @Test
    void tracesAndCapturesAreWholeAlsoWhenNothingCanEndThemInGoodOrder() throws Exception {
        Path image = temp.resolve("demo.elf");
        try (InputStream in = SignalsTest.class.getResourceAsStream("/guests/demo.elf")) {
            Files.copy(in, image);
        }
        Path disk = temp.resolve("disk.img");
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(4 << 20);
        }
        Path trace = temp.resolve("bus.txt");
        Path capture = temp.resolve("net.pcapng");
        // beside the guest's own switch there is nobody: it waits for its frames for ever
        String net = "socket:" + temp.resolve("nobody");
        try (var _ = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(temp.resolve("nobody")))) {
            HvProcess.killWhen("requests over storvsc", "run", "--multiboot", image.toString(), "--append", "name=E vmbus", "--memory", "16M", "--time", "virtual",
                    "--disk", disk.toString(), "--net", net + ",capture=" + capture, "--trace", "vmbus=" + trace);
        }
        String text = Files.readString(trace);
        assertThat(text).endsWith("\n").contains("scsi0 > gpa-direct").contains("scsi0 < completion");
        // 512 requests, each with its completion
        assertThat(text.lines().filter(l -> l.contains("scsi0 < completion")).count()).isGreaterThanOrEqualTo(512);
        // the section's header and the interface's
        assertThat(Files.readAllBytes(capture)).startsWith(0x0A, 0x0D, 0x0D, 0x0A).hasSizeGreaterThan(28);
    }
}
