package dev.hv.cli.guest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Builds a kernel of Debian's package with the kernel's sources (a tar archive in {@code usr/src}) and a file of settings: what these don't name is left out. The folder that it is
 * built in is kept until it is whole, so that a build that was interrupted goes on where it was.
 */
final class KernelBuild {

    /** Sources that no kernel of ours has anything of, 1.1 of 1.5 GB; what configuration and make read of them is unpacked all the same. */
    private static final String UNUSED = "(Documentation|samples|sound|rust|drivers/(gpu|media|staging|infiniband|usb|iio|comedi|hwmon|mfd|pinctrl|clk|soc|net/wireless|net/can|net/dsa|scsi/.+/.+)"
            + "|arch/(?!x86/).*|tools/(testing|perf|bpf|power|tracing|verification)|fs/(xfs|btrfs|bcachefs|f2fs|ocfs2|nfs|nfsd|smb|ceph|gfs2|ntfs3|jfs|reiserfs|ubifs))/.*";
    private static final String ALWAYS = "(.*/)?(Kconfig|Makefile|Kbuild|Build)[^/]*";
    /** Lines of make that say what is made, about as many as a build has. */
    static final int FILES = 2000;

    private final Path folder;
    private final int jobs;

    /**
     * A build that may have been begun before.
     *
     * @param folder where it is done: the caller's, and of this kernel alone
     * @param jobs processes that make starts at once
     */
    KernelBuild(Path folder, int jobs) {
        this.folder = folder;
        this.jobs = jobs;
    }

    private Path source() {
        return folder.resolve("source");
    }

    private Path log() {
        return folder.resolve("build.log");
    }

    /** Whether the sources are here already. */
    boolean unpacked() {
        return Files.exists(folder.resolve("unpacked"));
    }

    /** Unpacks the sources out of the package. */
    void unpack(Path sourcePackage) throws IOException, GuestException {
        var found = new boolean[1];
        DebPackage.visit(sourcePackage, (path, contents) -> {
            if (path.matches("usr/src/linux-source-.*\\.tar\\.xz")) {
                found[0] = true;
                unpack(new XZInputStream(new BufferedInputStream(contents)));
            }
        });
        if (!found[0]) {
            throw new GuestException(sourcePackage.getFileName() + ": holds no sources of a kernel");
        }
        Files.writeString(folder.resolve("unpacked"), "");
    }

    private void unpack(InputStream archive) throws IOException {
        var tar = new TarArchiveInputStream(archive);
        for (TarArchiveEntry t = tar.getNextEntry(); t != null; t = tar.getNextEntry()) {
            // the archive has one folder with everything in it
            String path = t.getName().replaceFirst("^(\\./)?[^/]+/", "");
            Path to = source().resolve(path).normalize();
            if (!to.startsWith(source())) {
                throw new IOException("the sources name a file outside of themselves: " + t.getName());
            }
            if (t.isDirectory() || path.matches(UNUSED) && !path.matches(ALWAYS)) {
                continue;
            }
            Files.createDirectories(to.getParent());
            if (t.isSymbolicLink()) {
                Files.deleteIfExists(to);
                Files.createSymbolicLink(to, Path.of(t.getLinkName()));
            } else if (t.isFile()) {
                Files.copy(tar, to, StandardCopyOption.REPLACE_EXISTING);
                Files.setLastModifiedTime(to, FileTime.from(t.getLastModifiedTime().toInstant()));
                if ((t.getMode() & 0100) != 0 && !to.toFile().setExecutable(true)) {
                    throw new IOException(to + " cannot be made executable");
                }
            }
        }
    }

    /**
     * Builds, or goes on with that.
     *
     * @param settings lines of the configuration, CONFIG_X=y and the like
     * @param made told of every file that is made, and how many there were before
     * @return the kernel, a bzImage
     */
    byte[] build(byte[] settings, Made made) throws IOException, GuestException {
        Path out = Files.createDirectories(folder.resolve("out"));
        Path given = folder.resolve("settings");
        if (!Files.exists(given)) {
            Files.write(given, settings);
            make(List.of("KCONFIG_ALLCONFIG=" + given.toAbsolutePath(), "allnoconfig"), line -> { });
            requireSettings(settings, Files.readString(out.resolve(".config")));
        }
        var count = new int[1];
        make(List.of("-j", Integer.toString(jobs), "bzImage"), line -> {
            if (line.matches(" +[A-Z][A-Z0-9_]* +\\S.*")) {
                made.file(line.strip().replaceAll(" +", " "), count[0]++);
            }
        });
        return Files.readAllBytes(out.resolve("arch/x86/boot/bzImage"));
    }

    /** Told of what is made. */
    interface Made {
        void file(String what, int before);
    }

    private void requireSettings(byte[] settings, String config) throws IOException, GuestException {
        List<String> lines = config.lines().toList();
        List<String> missing = new String(settings, StandardCharsets.US_ASCII).lines().filter(l -> l.startsWith("CONFIG_") && !lines.contains(l)).toList();
        if (!missing.isEmpty()) {
            Files.delete(folder.resolve("settings"));
            throw new GuestException("the kernel's sources take no " + String.join(", ", missing) + ": they are of another version than this one of hv knows; give a kernel with --from FILE");
        }
    }

    private void make(List<String> arguments, Consumer<String> lines) throws IOException, GuestException {
        List<String> command = new ArrayList<>(List.of("make", "-C", source().toAbsolutePath().toString(), "O=" + folder.resolve("out").toAbsolutePath()));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        Map<String, String> environment = builder.environment();
        // nothing of the host is to be in the kernel
        environment.putAll(Map.of("LC_ALL", "C", "KBUILD_BUILD_USER", "hv", "KBUILD_BUILD_HOST", "hv", "KBUILD_BUILD_VERSION", "1", "KBUILD_BUILD_TIMESTAMP", "1970-01-01 00:00:00 UTC"));
        environment.keySet().removeAll(List.of("MAKEFLAGS", "MAKELEVEL", "ARCH", "CROSS_COMPILE", "KBUILD_OUTPUT", "KCFLAGS"));
        Process p = builder.start();
        // make doesn't end with its parent by itself
        var end = new Thread(() -> stop(p), "stop-make");
        Runtime.getRuntime().addShutdownHook(end);
        String error = null;
        try (var reader = p.inputReader(StandardCharsets.UTF_8); var log = Files.newBufferedWriter(log())) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                log.write(line + "\n");
                lines.accept(line);
                if (error == null && line.matches(".*(error:|\\*\\*\\*|No space left).*")) {
                    error = line.strip();
                }
            }
            if (p.waitFor() != 0) {
                throw new GuestException("make failed: " + (error == null ? "status " + p.exitValue() : error) + " (all that it said is in " + log() + ")");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuestException("make was interrupted");
        } finally {
            stop(p);
            try {
                Runtime.getRuntime().removeShutdownHook(end);
            } catch (IllegalStateException e) {
                // the program is ending: the hook has its turn
            }
        }
    }

    private static void stop(Process p) {
        p.descendants().forEach(ProcessHandle::destroy);
        p.destroy();
    }
}
