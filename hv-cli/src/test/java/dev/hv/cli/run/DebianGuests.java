package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.config.CacheFolder;
import dev.hv.cli.guest.DebianGuest;
import dev.hv.cli.guest.DebianParent;
import dev.hv.cli.guest.GuestFolder;
import dev.hv.cli.guest.LinuxParent;
import dev.hv.cli.guest.Progress;
import dev.hv.cli.guest.RootImage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Debian guests for tests: fetched once, kept under target/guests. */
public final class DebianGuests {

    private static final Progress SILENT = new Progress() {
        @Override
        public void step(int done, int total, String what) {}

        @Override
        public void end() {}
    };
    private static final Path GUESTS = Path.of("target", "guests");
    private static final long ROOT_SIZE = 64L << 20;
    private static final long PARENT_SIZE = 640L << 20;
    private static final Path KEPT_PARENT = Path.of("..", "..", "shared", "guests", "linux-parent", "vmlinuz");

    /** How long a guest may take on the host's clock, which may be busy: the interpreter takes several times as long as machine code. */
    static final String LONGEST = "interpreter".equals(System.getenv("HV_ENGINE")) ? "40m" : "500s";

    private static final Path HELLO = GUESTS.resolve("hello.img");

    /**
     * Debian 6.1 as a suite for {@code @HvTest}, booted once for the tests of all classes: two processors, a disk of 16 MiB that begins with "hello guest", an adapter at a switch. {@link #booted} is called before.
     */
    public static final String BOOTED = """
            machine:
              kernel: target/guests/bookworm/vmlinuz
              initrd: target/guests/bookworm/initrd.img
              append: console=ttyS0 quiet
              cpus: 2
              memory: 256M
              disks: ["target/guests/hello.img,snapshot"]
              nets: ["switch:lab"]
            platform: {time: virtual}
            setups:
              booted: {timeout: 5m, host-timeout: 30m}
            defaults: {timeout: 5m, host-timeout: 30m}
            """;

    private DebianGuests() {}

    /** The files that {@link #BOOTED} names; skips the test where they cannot be fetched. */
    public static void booted() throws Exception {
        guest("bookworm");
        alone(() -> {
            if (!Files.exists(HELLO)) {
                Path part = disk(HELLO.resolveSibling("hello.part"), "hello guest", 16);
                Files.move(part, HELLO, StandardCopyOption.ATOMIC_MOVE);
            }
        });
    }

    /** A guest of a release; skips the test where none can be fetched. */
    public static GuestFolder guest(String release) throws Exception {
        return guest(release, "amd64");
    }

    /** A guest of a release and architecture; skips the test where none can be fetched. */
    public static GuestFolder guest(String release, String arch) throws Exception {
        return guest(release, arch, false);
    }

    /** A guest of a release with the generic kernel, which has all drivers; skips the test where none can be fetched. */
    public static GuestFolder generic(String release) throws Exception {
        return guest(release, "amd64", true);
    }

    private static GuestFolder guest(String release, String arch, boolean generic) throws Exception {
        requireApt();
        Path folder = GUESTS.resolve(arch.equals("amd64") ? release + (generic ? "-generic" : "") : release + "-" + arch);
        alone(() -> DebianGuest.build(release, arch, generic, folder, false, SILENT));
        return new GuestFolder(folder);
    }

    private static void requireApt() {
        if (System.getenv("HV_REQUIRE_GUESTS") == null) {
            assumeTrue(HostProgram.there("apt-get"), "SKIPPED: no apt-get on this host, so the Debian guests cannot be fetched");
        }
    }

    /** Makes a guest while no other test does, of this process or of another one. */
    private static synchronized void alone(HvProcess.Action make) throws Exception {
        Files.createDirectories(GUESTS);
        try (FileChannel file = FileChannel.open(GUESTS.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE); FileLock _ = file.lock()) {
            make.run();
        }
    }

    /** A copy of the release's root disk. */
    static Path root(String release, Path folder) throws Exception {
        GuestFolder guest = guest(release);
        Path original = guest.path().resolve("root.img");
        alone(() -> {
            if (!Files.exists(original) || Files.getLastModifiedTime(original).compareTo(Files.getLastModifiedTime(guest.initrd())) < 0) {
                RootImage.build(guest, original, ROOT_SIZE, true, SILENT);
            }
        });
        return Files.copy(original, folder.resolve("root-" + release + ".img"), StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * A Linux with /dev/mshv. Its kernel is what {@code HV_LINUX_PARENT} names, one that lies beside the project, or one that "hv guest linux-parent" built on this host; null where there is none, and a line says
     * so: Debian has none, and building one takes too long for a test.
     */
    static GuestFolder parent() throws Exception {
        String named = System.getenv("HV_LINUX_PARENT");
        Path kernel = named != null ? Path.of(named) : Files.exists(KEPT_PARENT) ? KEPT_PARENT : built();
        if (kernel == null) {
            System.err.println("NOT TESTED: parents under Linux, since no kernel with /dev/mshv is here; hv guest linux-parent builds one, or HV_LINUX_PARENT names one");
            return null;
        }
        requireApt();
        var guest = new GuestFolder(GUESTS.resolve("linux-parent"));
        alone(() -> LinuxParent.build(guest, new LinuxParent.Kernel(kernel, 1), false, SILENT));
        return guest;
    }

    private static Path built() throws IOException {
        Path cache = CacheFolder.of("linux-parent");
        if (!Files.isDirectory(cache)) {
            return null;
        }
        try (var all = Files.list(cache)) {
            return all.map(f -> f.resolve("vmlinuz")).filter(Files::isRegularFile).max(Comparator.naturalOrder()).orElse(null);
        }
    }

    /** A disk with Debian sid's QEMU and a guest of bookworm, for {@link #parent}. */
    static Path parentDisk() throws Exception {
        GuestFolder nested = guest("bookworm");
        Path disk = GUESTS.resolve("parent.img");
        alone(() -> {
            if (!Files.exists(disk) || Files.getLastModifiedTime(disk).compareTo(Files.getLastModifiedTime(nested.initrd())) < 0) {
                DebianParent.build(nested, disk, PARENT_SIZE, true, SILENT);
            }
        });
        return disk;
    }

    /** A disk that begins with a text. */
    public static Path disk(Path file, String begin, int megabytes) throws IOException {
        return Files.write(file, Arrays.copyOf(begin.getBytes(StandardCharsets.US_ASCII), megabytes << 20));
    }

    /** A script of checks from the test resources, with the helpers in front. */
    public static Path script(String name, Path folder) throws IOException {
        var text = new StringBuilder();
        for (String part : new String[] {"checks.sh", name}) {
            try (var in = DebianGuests.class.getResourceAsStream("/guest/" + part)) {
                text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return Files.writeString(folder.resolve(name), text);
    }

    /** Options that boot a guest with a script. */
    public static String[] options(GuestFolder guest, String append, Path script, String... more) {
        List<String> all = new ArrayList<>(List.of("run", "--kernel", guest.kernel().toString(), "--initrd", guest.initrd().toString(), "--append",
                "console=ttyS0 " + append, "--timeout", LONGEST));
        if (script != null) {
            all.addAll(List.of("--guest-script", script.toString()));
        }
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /** Every check that a script made succeeded, and there were as many as there should be. */
    public static void allOk(HvProcess hv, int checks) {
        List<String> results = hv.out().lines().map(String::strip).filter(l -> l.matches("(.*\\| )?(not )?ok .*")).toList();
        assertThat(results).as(hv.out() + hv.err()).noneMatch(l -> l.contains("not ok")).hasSize(checks);
    }

    /** A file system is as e2fsck wants it, without a repair; what e2fsck said. */
    static String clean(Path image) throws Exception {
        Path program = Files.isExecutable(Path.of("/sbin/e2fsck")) ? Path.of("/sbin/e2fsck") : Path.of("/usr/sbin/e2fsck");
        if (System.getenv("HV_REQUIRE_GUESTS") == null) {
            assumeTrue(Files.isExecutable(program), "SKIPPED: no e2fsck on this host");
        }
        Process p = new ProcessBuilder(program.toString(), "-fn", image.toString()).redirectErrorStream(true).start();
        String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(p.waitFor()).as(said).isZero();
        return said;
    }
}
