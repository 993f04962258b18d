package dev.hv.cli.guest;

import dev.hv.cli.config.WorkFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** Builds the disk of a parent: Debian sid's own QEMU, whose packages are as they are there, and a guest for it to boot. */
public final class DebianParent {

    /** Smallest size that holds all. */
    public static final long LEAST = 384L << 20;

    private static final int STEPS = 6;
    private static final String RELEASE = "sid";
    /** The shell is for who looks around there. */
    private static final List<String> PACKAGES = List.of("qemu-system-x86", "busybox-static");
    /** What nobody reads in a guest. */
    private static final String UNUSED = "usr/share/(doc|man|locale|icons|lintian|bug)/.*";
    /** Folders that have moved into usr; packages' files may still have their old names. */
    private static final List<String> MOVED = List.of("bin", "sbin", "lib", "lib64");

    private DebianParent() {}

    /**
     * Builds the disk, an ext4 image without a partition table, which appears under its name only when whole.
     *
     * @param nested the guest that its QEMU boots
     * @param size bytes
     * @param force whether a file of this name is replaced
     * @throws GuestException with a line for the user
     */
    public static void build(GuestFolder nested, Path image, long size, boolean force, Progress progress) throws GuestException {
        if (!force) {
            RootImage.requireFree(image);
        }
        try (var work = new WorkFolder(GuestFolder.WORK)) {
            progress.step(0, STEPS, "reading package lists of " + RELEASE);
            var apt = new Apt(Files.createDirectory(work.path().resolve("packages")), RELEASE, "amd64");
            apt.update();
            var packages = apt.withDependencies(PACKAGES);
            progress.step(1, STEPS, "downloading " + PACKAGES.getFirst() + " and " + (packages.size() - 1) + " packages more");
            List<Path> files = apt.download(packages);
            progress.step(2, STEPS, "unpacking");
            Path tree = Files.createDirectory(work.path().resolve("root"));
            prepare(tree);
            for (Path deb : files) {
                DebPackage.visit(deb, new Tree(tree));
            }
            progress.step(3, STEPS, "adding the guest");
            Files.copy(nested.kernel(), tree.resolve("boot/vmlinuz"));
            Files.copy(nested.initrd(), tree.resolve("boot/initrd.img"));
            progress.step(4, STEPS, "looking for mke2fs");
            Mke2fs mke2fs = Mke2fs.find(work.path());
            progress.step(5, STEPS, "building " + image);
            // nothing is kept there that a journal would save
            mke2fs.build(tree, image, size, List.of("-O", "^has_journal", "-m", "0"));
            progress.step(STEPS, STEPS, "done");
        } catch (IOException | UncheckedIOException e) {
            throw new GuestException(image + ": cannot be built: " + e.getMessage());
        } finally {
            progress.end();
        }
    }

    private static void prepare(Path tree) throws IOException {
        for (String folder : List.of("proc", "sys", "dev", "run", "tmp", "root", "boot", "etc", "mnt", "var/tmp")) {
            Files.createDirectories(tree.resolve(folder));
        }
        for (String folder : MOVED) {
            Files.createDirectories(tree.resolve("usr").resolve(folder));
            Files.createSymbolicLink(tree.resolve(folder), Path.of("usr", folder));
        }
        Files.createSymbolicLink(tree.resolve("usr/bin/sh"), Path.of("busybox"));
    }

    /** Packages' files in a folder. */
    record Tree(Path root) implements DebPackage.Visitor {

        @Override
        public void file(String path, InputStream contents) throws IOException {
            file(path, false, contents);
        }

        @Override
        public void file(String path, boolean executable, InputStream contents) throws IOException {
            if (!path.matches(UNUSED)) {
                Path to = place(path);
                Files.copy(contents, to, StandardCopyOption.REPLACE_EXISTING);
                if (executable && !to.toFile().setExecutable(true, false)) {
                    throw new IOException(to + " cannot be made executable");
                }
            }
        }

        @Override
        public void link(String path, String target) throws IOException {
            if (!path.matches(UNUSED) && !Files.isDirectory(place(path))) {
                Files.deleteIfExists(place(path));
                Files.createSymbolicLink(place(path), Path.of(target));
            }
        }

        private Path place(String path) throws IOException {
            List<String> names = new ArrayList<>(List.of(path.split("/")));
            if (MOVED.contains(names.getFirst())) {
                names.addFirst("usr");
            }
            Path to = root.resolve(String.join("/", names)).normalize();
            if (!to.startsWith(root) || to.equals(root)) {
                throw new IOException("a package names a file outside of its root: " + path);
            }
            Files.createDirectories(to.getParent());
            return to;
        }
    }
}
