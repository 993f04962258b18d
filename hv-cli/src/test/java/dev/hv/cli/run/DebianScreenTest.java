package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.screen.ConsoleText;
import dev.hv.cli.vnc.RfbClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Debian's console on the screen, read back from pictures; a shell there that is typed at; clicks as the kernel's input layer has them. */
class DebianScreenTest {

    private static final String TYPED = "echo 'Hello, {World}!' >/tmp/typed; uname -s";

    private static final int TIMES = 20;

    @TempDir
    private Path temp;

    private String[] options(GuestFolder guest, String... more) throws Exception {
        String[] all = {"--video", "800x600"};
        return DebianGuests.options(guest, "quiet", DebianGuests.script("screen.sh", temp), Stream.of(all, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private HvProcess run(GuestFolder guest, String... more) throws Exception {
        String[] all = {"--time", "virtual", "--at", "console=ready-to type:type=" + TYPED + "\\n", "--at", "console=ready-to click:click=400,300,right",
            "--at", "console=ready-to show:screenshot=" + temp.resolve("screen.png"), "--digest"};
        HvProcess hv = HvProcess.run(options(guest, Stream.of(all, more).flatMap(Stream::of).toArray(String[]::new)));
        DebianGuests.allOk(hv, 4);
        assertThat(hv.status()).as(hv.err()).isZero();
        // the middle of the pixel, of 32768 places (16404 and 16411); the right button (273) down and up
        assertThat(hv.out()).contains("mouse 0300000014400000", "mouse 030001001b400000", "mouse 0100110101000000", "mouse 0100110100000000");
        return hv;
    }

    private static List<String> lines(Path picture) throws Exception {
        var text = new ConsoleText(picture, 0);
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < text.rows(); row++) {
            lines.add(text.line(row));
        }
        return lines;
    }

    private void shown() throws Exception {
        List<String> lines = lines(temp.resolve("screen.png"));
        assertThat(lines).contains("screen# " + TYPED, "Linux", "screen#");
        assertThat(lines.getLast()).isEmpty();
    }

    /** The kernel for clouds has hyperv_fb, which looks for the display adapter on PCI. */
    @Test
    void theConsoleIsSeenAndTypedAt() throws Exception {
        run(DebianGuests.guest("bookworm"));
        shown();
    }

    /** hyperv_drm, and equal runs. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    @Tag("environment")
    void kernelsForAllMachinesDoTheSame(String release) throws Exception {
        GuestFolder guest = DebianGuests.generic(release);
        Path trace = temp.resolve("trace.txt");
        HvProcess first = run(guest, "--trace", "vmbus=" + trace);
        shown();
        assertThat(Files.readString(trace)).contains("version response 3.5 accepted", "VRAM location 0x", "situation update 800x600, 32 bits, pitch 3200", "dirt 0,",
                "key down 23", "report 16404,16411 buttons 2 wheel 0");
        HvProcess second = run(guest);
        assertThat(second.err().lines().filter(l -> l.startsWith("digest")).toList()).isEqualTo(first.err().lines().filter(l -> l.startsWith("digest")).toList()).hasSize(1);
    }

    /** All three devices go and come 20 times while the guest draws, and serve afterwards. */
    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "sid"})
    @Tag("environment")
    void devicesGoAndComeUnderLoad(String release) throws Exception {
        List<String> more = new ArrayList<>(List.of("--video", "800x600", "--time", "virtual", "--at", "console=ready-to type:type=" + TYPED + "\\n", "--at", "console=ready-to click:click=400,300,right",
                "--at", "console=ready-to show:screenshot=" + temp.resolve("screen.png")));
        for (int i = 1; i <= TIMES; i++) {
            for (String device : new String[] {"video", "keyboard", "mouse"}) {
                more.addAll(List.of("--at", "console=take-" + i + ".:rescind=" + device, "--at", "console=give-" + i + ".:offer=" + device));
            }
        }
        Path load = DebianGuests.script("screen-load.sh", temp);
        String serves = Files.readString(DebianGuests.script("screen.sh", temp));
        Files.writeString(load, Files.readString(load) + serves.substring(serves.indexOf("# A shell on the screen")));
        HvProcess hv = HvProcess.run(DebianGuests.options(DebianGuests.generic(release), "quiet", load, more.toArray(String[]::new)));
        DebianGuests.allOk(hv, 7);
        assertThat(hv.err().lines().filter(l -> l.endsWith(": injected"))).hasSize(TIMES * 6);
        shown();
    }

    /** A viewer and commands at a run that is recorded: the replay does the same without them. */
    @Test
    @Tag("environment")
    void whatPeopleDoIsPartOfRecordings() throws Exception {
        Path control = temp.resolve("ctl");
        Path viewers = temp.resolve("vnc");
        Path recording = temp.resolve("run.rec");
        String[] options = options(DebianGuests.guest("bookworm"), "--time", "real", "--control", "unix:" + control, "--vnc", "unix:" + viewers, "--record", recording.toString());
        try (LiveProcess hv = LiveProcess.hv(options)) {
            hv.await("ready-to type");
            try (RfbClient c = RfbClient.connect(viewers)) {
                c.encodings(RfbClient.ZRLE, RfbClient.DESKTOP_SIZE, RfbClient.CURSOR);
                c.request(false);
                c.update();
                assertThat(c.pixels).as("text is white on black").contains(0xAAAAAA, 0);
                c.type("echo 'Hello, {Wor");
                HvProcess typed = HvProcess.run("type", "--control", "unix:" + control, "ld}!' >/tmp/typed; uname -s");
                assertThat(typed.status()).as(typed.err()).isZero();
                assertThat(HvProcess.run("key", "--control", "unix:" + control, "enter").status()).isZero();
                hv.await("ready-to click");
                c.pointer(10, 10, 0);
                HvProcess clicked = HvProcess.run("click", "--control", "unix:" + control, "400,300,right");
                assertThat(clicked.status()).as(clicked.err()).isZero();
                hv.await("ready-to show");
                HvProcess shot = HvProcess.run("screenshot", "--control", "unix:" + control, temp.resolve("screen.png").toString());
                assertThat(shot.status()).as(shot.err()).isZero();
            }
            hv.await("HV-GUEST-STATUS 0");
            assertThat(hv.out()).contains("Power down");
            assertThat(hv.status()).isZero();
        }
        shown();
        HvProcess replay = HvProcess.run("replay", recording.toString());
        assertThat(replay.status()).as(replay.err()).isZero();
        assertThat(replay.out()).contains("ok typed", "ok clicked", "mouse 0100110101000000");
    }

    /** In a lab each machine's screen is seen at a place of its own. */
    @Test
    @Tag("environment")
    void eachMachineOfALabHasItsScreen() throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path shots = Files.createDirectory(temp.resolve("shots"));
        Path viewers = temp.resolve("vnc");
        for (String name : List.of("a", "b")) {
            Files.writeString(temp.resolve(name + ".sh"), """
                    exec 3> /dev/tty0
                    printf '\\033[H\\033[2J\\033[?25l' >&3
                    cat << 'END' >&3
                    %s
                    this is %s
                    END
                    echo shown
                    sleep 30
                    """.formatted(ConsoleText.ALPHABET.strip(), name));
        }
        Path lab = Files.writeString(temp.resolve("lab.yaml"), """
                defaults: {kernel: %s, initrd: %s, append: console=tty0 console=ttyS0 quiet, memory: 128M}
                machines:
                  - {name: a, guest-script: a.sh, video: 800x600}
                  - {name: b, guest-script: b.sh, video: 1024x768}
                  - {name: c, guest-script: a.sh}
                """.formatted(guest.kernel().toAbsolutePath(), guest.initrd().toAbsolutePath()));
        try (LiveProcess hv = LiveProcess.hv("run", lab.toString(), "--time", "real", "--timeout", DebianGuests.LONGEST, "--vnc", "unix:" + viewers, "--screen", shots.toString())) {
            hv.await("a| shown");
            hv.await("b| shown");
            for (int i = 0; i < 2; i++) {
                try (RfbClient c = RfbClient.connect(temp.resolve(i == 0 ? "vnc-a" : "vnc-b"))) {
                    c.encodings(RfbClient.ZRLE);
                    c.request(false);
                    c.update();
                    assertThat(c.pixels).hasSize(i == 0 ? 800 * 600 : 1024 * 768).contains(0xAAAAAA, 0);
                }
            }
            hv.await("b| HV-GUEST-STATUS 0");
            assertThat(hv.out()).contains("Power down");
            assertThat(hv.status()).isZero();
        }
        for (String name : List.of("a", "b")) {
            try (Stream<Path> all = Files.list(shots.resolve(name))) {
                assertThat(lines(all.sorted().toList().getLast())).as("the last picture of " + name).contains("this is " + name);
            }
        }
        assertThat(shots.resolve("c")).doesNotExist();
        assertThat(temp.resolve("vnc-c")).doesNotExist();
    }

    /** The screen is part of checkpoints, and can be looked at there. */
    @Test
    @Tag("environment")
    void aCheckpointShowsItsScreen() throws Exception {
        Path folder = temp.resolve("kept");
        HvProcess hv = HvProcess.run(options(DebianGuests.guest("bookworm"), "--time", "virtual", "--at", "console=ready-to type:type=" + TYPED + "\\n", "--at", "console=ready-to click:click=400,300,right",
                "--at", "console=shown:checkpoint=" + folder + ",stop"));
        assertThat(hv.status()).as(hv.err()).isZero();
        HvProcess shot = HvProcess.run("screenshot", folder.toString(), temp.resolve("screen.png").toString());
        assertThat(shot.status()).as(shot.err()).isZero();
        shown();
        Files.delete(temp.resolve("screen.png"));
        HvProcess more = HvProcess.run("run", "--restore", folder.toString(), "--at", "200s:screenshot=" + temp.resolve("screen.png"), "--screen", temp.toString());
        assertThat(more.status()).as(more.err()).isZero();
    }
}
