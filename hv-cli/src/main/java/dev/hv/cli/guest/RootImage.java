package dev.hv.cli.guest;

import dev.hv.cli.config.WorkFolder;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;

/**
 * Builds a root file system for a guest, without root rights: an ext4 image with what the initrd holds, made by Debian's
 * {@code mke2fs}. When the host has none, the package is fetched and the program runs from its unpacked folder.
 */
public final class RootImage {

    /** Smallest size that holds the files and a journal. */
    public static final long LEAST = 32L << 20;

    private static final int STEPS = 3;

    private RootImage() {}

    /**
     * Builds an image, which appears under its name only when whole.
     *
     * @param guest complete guest
     * @param size bytes
     * @param force whether a file of this name is replaced
     */
    public static void build(GuestFolder guest, Path image, long size, boolean force, Progress progress) throws GuestException {
        if (!force) {
            requireFree(image);
        }
        try (var work = new WorkFolder(GuestFolder.WORK)) {
            progress.step(0, STEPS, "unpacking " + guest.initrd());
            Path tree = Files.createDirectory(work.path().resolve("root"));
            unpack(guest.initrd(), tree);
            progress.step(1, STEPS, "looking for mke2fs");
            Mke2fs mke2fs = Mke2fs.find(work.path());
            progress.step(2, STEPS, "building " + image);
            mke2fs.build(tree, image, size, List.of());
            progress.step(STEPS, STEPS, "done");
        } catch (IOException | UncheckedIOException e) {
            throw new GuestException(image + ": cannot be built: " + e.getMessage());
        } finally {
            progress.end();
        }
    }

    /**
     * Checks that there is no file of this name: it may hold somebody's work.
     *
     * @throws GuestException when there is
     */
    public static void requireFree(Path image) throws GuestException {
        if (Files.exists(image, LinkOption.NOFOLLOW_LINKS)) {
            throw new GuestException(image + ": is there already; give another name, or --force to replace it");
        }
    }

    private static void unpack(Path initrd, Path tree) throws IOException {
        try (var cpio = new CpioArchiveInputStream(new BufferedInputStream(Files.newInputStream(initrd)))) {
            for (CpioArchiveEntry e = cpio.getNextEntry(); e != null; e = cpio.getNextEntry()) {
                Path to = tree.resolve(e.getName()).normalize();
                if (!to.startsWith(tree)) {
                    throw new IOException(initrd + " names a file outside of itself: " + e.getName());
                }
                if (e.isDirectory()) {
                    Files.createDirectories(to);
                } else if (e.isSymbolicLink()) {
                    Files.createSymbolicLink(to, Path.of(new String(cpio.readAllBytes(), StandardCharsets.UTF_8)));
                } else {
                    Files.copy(cpio, to);
                    if ((e.getMode() & 0100) != 0 && !to.toFile().setExecutable(true, false)) {
                        throw new IOException(to + " cannot be made executable");
                    }
                }
            }
        }
    }
}
