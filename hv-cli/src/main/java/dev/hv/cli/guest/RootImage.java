package dev.hv.cli.guest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    /** The oldest suite known here: its program runs on hosts that are as old or newer. */
    private static final String TOOLS_RELEASE = "bookworm";

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
        try (var work = new WorkFolder()) {
            progress.step(0, STEPS, "unpacking " + guest.initrd());
            Path tree = Files.createDirectory(work.path().resolve("root"));
            unpack(guest.initrd(), tree);
            progress.step(1, STEPS, "looking for mke2fs");
            Mke2fs mke2fs = find(work.path());
            progress.step(2, STEPS, "building " + image);
            Path part = image.resolveSibling(image.getFileName() + ".part");
            try {
                try (var file = new RandomAccessFile(part.toFile(), "rw")) {
                    file.setLength(0);
                    file.setLength(size);
                }
                mke2fs.run(tree, part);
                Files.move(part, image, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(part);
            }
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

    /** The program and the folder of its libraries; none when they are the host's. */
    private record Mke2fs(Path program, Path libraries) {

        void run(Path tree, Path image) throws IOException, GuestException {
            // the owner of files in the tree is whoever runs this; root's rights in the guest do not depend on it
            var builder = new ProcessBuilder(program.toString(), "-q", "-F", "-t", "ext4", "-L", "hv-root", "-E", "root_owner=0:0", "-d", tree.toString(), image.toString());
            builder.redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            if (libraries != null) {
                Map<String, String> environment = builder.environment();
                environment.put("LD_LIBRARY_PATH", libraries.toString());
                environment.put("MKE2FS_CONFIG", libraries.resolve("mke2fs.conf").toString());
            }
            Process p = builder.start();
            String output;
            try (var reader = p.inputReader(StandardCharsets.UTF_8)) {
                output = String.join("; ", reader.lines().toList());
            }
            try {
                if (p.waitFor() != 0) {
                    throw new GuestException("mke2fs failed: " + (output.isEmpty() ? "no output" : output));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new GuestException("mke2fs was interrupted");
            }
        }
    }

    private static Mke2fs find(Path work) throws IOException, GuestException {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin";
        for (String folder : path.split(":")) {
            Path program = Path.of(folder, "mke2fs");
            if (!folder.isEmpty() && Files.isExecutable(program)) {
                return new Mke2fs(program, null);
            }
        }
        return fetch(work);
    }

    /** Fetches the package and its libraries, and unpacks them into one folder. */
    static Mke2fs fetch(Path work) throws IOException, GuestException {
        String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        Path state = Files.createDirectories(work.resolve("apt"));
        var apt = new Apt(state, TOOLS_RELEASE, arch);
        apt.update();
        Set<String> packages = apt.closure("e2fsprogs", "lib(ext2fs2|com-err2|ss2|blkid1|uuid1).*");
        Path to = Files.createDirectories(work.resolve("tools"));
        for (Path deb : apt.download(packages)) {
            DebPackage.visit(deb, new DebPackage.Visitor() {
                @Override
                public void file(String path, InputStream contents) throws IOException {
                    String name = path.substring(path.lastIndexOf('/') + 1);
                    if (name.equals("mke2fs") || name.equals("mke2fs.conf") || name.matches("lib.*\\.so\\..*")) {
                        Files.copy(contents, to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                    }
                }

                @Override
                public void link(String path, String target) throws IOException {
                    String name = path.substring(path.lastIndexOf('/') + 1);
                    if (name.matches("lib.*\\.so\\..*") && !Files.exists(to.resolve(name))) {
                        Files.createSymbolicLink(to.resolve(name), Path.of(target).getFileName());
                    }
                }
            });
        }
        Path program = to.resolve("mke2fs");
        if (!Files.exists(program) || !program.toFile().setExecutable(true)) {
            throw new GuestException("the package e2fsprogs holds no mke2fs");
        }
        if (!Files.exists(to.resolve("mke2fs.conf"))) {
            // without its configuration mke2fs would make another file system than ext4
            Files.writeString(to.resolve("mke2fs.conf"), """
                    [defaults]
                    base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
                    blocksize = 4096
                    inode_size = 256
                    inode_ratio = 16384
                    [fs_types]
                    ext4 = {
                    features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
                    }
                    """);
        }
        return new Mke2fs(program, to);
    }
}
