package dev.hv.cli.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.LoggerFactory;

/** Builds a Debian guest: the suite's cloud kernel, and an initrd with busybox, the Hyper-V modules and a small init. */
public final class DebianGuest {

    private static final int STEPS = 5;
    private static final List<String> MODULES = List.of("scsi_mod", "sd_mod", "sr_mod", "virtio_pci", "virtio_blk", "hv_vmbus", "hv_utils", "hv_balloon",
            "hyperv_keyboard", "hid_hyperv", "hyperv_fb", "hyperv_drm", "hv_storvsc", "hv_netvsc", "hv_sock", "pci_hyperv");
    private static final List<String> APPLETS = List.of("sh", "mount", "umount", "insmod", "rmmod", "lsmod", "modprobe", "poweroff", "reboot", "dmesg", "grep", "cat",
            "echo", "ls", "ln", "mkdir", "mknod", "rm", "cp", "mv", "dd", "df", "du", "free", "sleep", "sync", "ip", "ifconfig", "ping", "nc", "wget", "ps", "kill",
            "head", "tail", "wc", "sort", "cut", "sed", "awk", "tr", "find", "xargs", "test", "true", "false", "date", "hostname", "uname", "md5sum", "sha256sum",
            "cmp", "seq", "yes", "tee", "vi", "stty", "chroot", "switch_root", "blockdev", "losetup", "mkfs.ext2", "time", "top", "nproc", "hexdump", "devmem");

    private DebianGuest() {}

    /** Whether a guest stands complete in a folder. */
    public static boolean complete(Path folder) {
        return Files.isRegularFile(folder.resolve("vmlinuz")) && Files.isRegularFile(folder.resolve("initrd.img"));
    }

    /**
     * Fetches and builds; a complete folder is left as it is. Files appear under their names only when whole.
     *
     * @param release bookworm, trixie, sid
     * @param arch amd64 or i386
     * @throws GuestException with a line for the user
     */
    public static void build(String release, String arch, Path folder, Progress progress) throws GuestException {
        if (complete(folder)) {
            return;
        }
        Path work = null;
        try {
            Files.createDirectories(folder);
            work = Files.createTempDirectory("hv-guest-");
            progress.step(0, STEPS, "reading package lists of " + release);
            var apt = new Apt(work, release, arch);
            apt.update();
            String kernel = arch.equals("amd64") ? "linux-image-cloud-amd64" : "linux-image-686-pae";
            Set<String> packages = new LinkedHashSet<>(apt.closure(kernel, "linux-(image|binary|modules)-.*"));
            packages.add("busybox-static");
            progress.step(1, STEPS, "downloading " + String.join(", ", packages));
            List<Path> files = apt.download(packages);
            progress.step(2, STEPS, "unpacking");
            var found = new Contents();
            for (Path deb : files) {
                DebPackage.visit(deb, found);
            }
            progress.step(3, STEPS, "building the initrd");
            byte[] initrd = initrd(found);
            progress.step(4, STEPS, "writing " + folder);
            write(folder.resolve("initrd.img"), initrd);
            write(folder.resolve("vmlinuz"), found.kernel);
            progress.step(STEPS, STEPS, "done");
        } catch (IOException | UncheckedIOException e) {
            throw new GuestException("the guest could not be built: " + e.getMessage());
        } finally {
            progress.end();
            remove(work);
        }
    }

    /** What the packages hold that a guest needs. */
    private static final class Contents implements DebPackage.Visitor {
        private final KernelModules modules = new KernelModules();
        private byte[] kernel;
        private byte[] busybox;

        @Override
        public void file(String path, InputStream contents) throws IOException {
            if (path.matches("(boot/vmlinuz-.*|usr/lib/modules/[^/]+/vmlinuz)")) {
                kernel = contents.readAllBytes();
            } else if (path.matches("(usr/)?bin/busybox")) {
                busybox = contents.readAllBytes();
            } else if (KernelModules.name(path) != null) {
                modules.add(path, contents.readAllBytes());
            }
        }
    }

    private static byte[] initrd(Contents found) throws IOException, GuestException {
        if (found.kernel == null || found.busybox == null) {
            throw new GuestException("the packages hold no " + (found.kernel == null ? "kernel image" : "busybox"));
        }
        var archive = new Initrd();
        for (String d : List.of("bin", "dev", "etc", "etc/hv", "lib", "lib/modules", "mnt", "proc", "root", "sys", "tmp")) {
            archive.directory(d);
        }
        archive.file("bin/busybox", true, found.busybox);
        for (String applet : APPLETS) {
            archive.link("bin/" + applet, "busybox");
        }
        var order = new StringBuilder();
        for (Map.Entry<String, byte[]> m : found.modules.closure(MODULES).entrySet()) {
            archive.file("lib/modules/" + m.getKey() + ".ko", false, m.getValue());
            order.append(m.getKey()).append(".ko\n");
        }
        archive.file("etc/hv/modules", false, order.toString().getBytes(StandardCharsets.US_ASCII));
        try (InputStream init = DebianGuest.class.getResourceAsStream("/guest/init")) {
            archive.file("init", true, init.readAllBytes());
        }
        return archive.finish();
    }

    private static void write(Path file, byte[] contents) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.write(part, contents);
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void remove(Path folder) {
        if (folder == null) {
            return;
        }
        try (var all = Files.walk(folder)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(p);
            }
        } catch (IOException e) {
            LoggerFactory.getLogger(DebianGuest.class).warn("{} could not be removed: {}", folder, e.getMessage());
        }
    }
}
