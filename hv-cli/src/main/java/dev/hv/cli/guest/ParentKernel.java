package dev.hv.cli.guest;

import dev.hv.cli.config.WorkFolder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;

/**
 * The kernel of a Linux that can be a parent partition, with {@code /dev/mshv}, which Debian doesn't build: made of Debian's package with the kernel's sources, once, and kept by the hash of
 * these and of its settings.
 */
final class ParentKernel {

    /** Its sources: those of this suite are new enough. */
    static final String RELEASE = "sid";
    /** In percent, where the compiler begins and ends. */
    static final int BEGIN = 5;
    static final int END = 90;
    private static final String SOURCE = "linux-source";
    private static final int SHOWN = 12;
    /** Where a bzImage says what it is (Linux, Documentation/arch/x86/boot.rst): "HdrS" at 202, and the word before the protocol's header, AA55. */
    private static final int MAGIC_AT = 0x202;
    private static final byte[] MAGIC = "HdrS".getBytes(StandardCharsets.US_ASCII);

    private final Path cache;
    private final int jobs;
    private final byte[] settings;

    /** How the sources come. */
    interface Download {
        Path get() throws IOException, GuestException;
    }

    /**
     * A kernel.
     *
     * @param cache where it is kept
     * @param jobs processes that make starts at once
     * @param settings lines of its configuration; {@link #settings()} are those of hv
     */
    ParentKernel(Path cache, int jobs, byte[] settings) {
        this.cache = cache;
        this.jobs = jobs;
        this.settings = settings;
    }

    /** The settings that a parent needs. */
    static byte[] settings() throws IOException {
        return GuestInitrd.resource("linux-parent.config");
    }

    /** A word that stands for settings, or for a kernel that somebody gives. */
    static String hash(byte[]... contents) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] c : contents) {
                digest.update(c);
            }
            return HexFormat.of().formatHex(digest.digest()).substring(0, SHOWN);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads a kernel that was built elsewhere.
     *
     * @throws GuestException when the file is none
     */
    static byte[] read(Path file) throws GuestException {
        byte[] kernel;
        try {
            kernel = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new GuestException("--from " + file + ": " + (Files.isDirectory(file) ? "a directory; a kernel is needed" : "cannot be read: " + (Files.exists(file) ? e.getMessage() : "there is no such file")));
        }
        if (kernel.length < MAGIC_AT + MAGIC.length || !Arrays.equals(kernel, MAGIC_AT, MAGIC_AT + MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new GuestException("--from " + file + ": no Linux kernel for x86 (a bzImage); one with /dev/mshv is needed");
        }
        return kernel;
    }

    /** The kernel of the newest sources in an archive, built unless it was before. */
    byte[] get(Apt apt, Progress progress) throws IOException, GuestException {
        String source = apt.closure(SOURCE, SOURCE + "-.*").stream().filter(n -> !n.equals(SOURCE)).findFirst()
                .orElseThrow(() -> new GuestException("the archive has no sources of a kernel (" + SOURCE + ")"));
        String key = hash(apt.field(source, "SHA256").getBytes(StandardCharsets.US_ASCII), settings);
        if (!Files.isRegularFile(kept(key))) {
            // said before much is fetched
            HostTools.requireForKernel(System.getenv().getOrDefault("PATH", ""));
        }
        return get(key, () -> {
            progress.step(1, 100, "downloading " + source);
            return apt.download(Set.of(source)).stream().filter(f -> f.getFileName().toString().startsWith(source + "_")).findFirst()
                    .orElseThrow(() -> new GuestException("apt-get downloaded no " + source));
        }, progress);
    }

    /** The kernel of a hash, built of what a download brings unless it was before. */
    byte[] get(String key, Download source, Progress progress) throws IOException, GuestException {
        Path kernel = kept(key);
        Path folder = kernel.getParent();
        if (Files.isRegularFile(kernel)) {
            return Files.readAllBytes(kernel);
        }
        Path place = Files.createDirectories(folder.resolve("build"));
        try (FileChannel file = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE); FileLock first = file.tryLock()) {
            if (first == null) {
                progress.step(1, 100, "waiting for another hv that builds this kernel");
            }
            try (FileLock _ = first == null ? file.lock() : null) {
                if (!Files.isRegularFile(kernel)) {
                    GuestFolder.whole(kernel, build(new KernelBuild(Files.createDirectories(place), jobs), source, progress));
                    WorkFolder.remove(place);
                }
                return Files.readAllBytes(kernel);
            }
        }
    }

    private Path kept(String key) {
        return cache.resolve(key).resolve("vmlinuz");
    }

    private byte[] build(KernelBuild build, Download source, Progress progress) throws IOException, GuestException {
        if (!build.unpacked()) {
            Path sources = source.get();
            progress.step(2, 100, "unpacking " + sources.getFileName());
            build.unpack(sources);
        }
        progress.step(BEGIN - 1, 100, "configuring the kernel");
        var shown = new int[] {BEGIN - 1};
        return build.build(settings, (what, before) -> {
            int percent = Math.min(END, BEGIN + (END - BEGIN) * before / KernelBuild.FILES);
            if (percent > shown[0]) {
                shown[0] = percent;
                progress.step(percent, 100, what);
            }
        });
    }
}
