package dev.hv.cli.guest;

import dev.hv.cli.config.OutputFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The program that makes ext4 file systems of folders, without root rights: the host's own, or Debian's from its unpacked package.
 *
 * @param program its file
 * @param libraries the folder of its libraries; null when they are the host's
 */
record Mke2fs(Path program, Path libraries) {

    /** The oldest suite known here: its program runs on hosts that are as old or newer. */
    private static final String TOOLS_RELEASE = "bookworm";

    /**
     * Makes an image, which appears under its name only when whole.
     *
     * @param tree what it holds
     * @param size bytes
     * @param options further ones of mke2fs
     */
    void build(Path tree, Path image, long size, List<String> options) throws IOException, GuestException {
        OutputFiles.sweep(image.toAbsolutePath().getParent());
        OutputFiles.whole(image, "rw-r--r--", part -> {
            try (var file = new RandomAccessFile(part.toFile(), "rw")) {
                file.setLength(size);
            }
            run(tree, part, options);
        });
    }

    private void run(Path tree, Path image, List<String> options) throws IOException, GuestException {
        // the owner of files in the tree is whoever runs this; root's rights in the guest do not depend on it
        List<String> command = new ArrayList<>(List.of(program.toString(), "-q", "-F", "-t", "ext4", "-L", "hv-root", "-E", "root_owner=0:0"));
        command.addAll(options);
        command.addAll(List.of("-d", tree.toString(), image.toString()));
        var builder = new ProcessBuilder(command);
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

    /** The host's, or one that is fetched into a folder. */
    static Mke2fs find(Path work) throws IOException, GuestException {
        Path program = HostTools.find("mke2fs", System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin");
        return program == null ? fetch(work) : new Mke2fs(program, null);
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
