package dev.hv.cli.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Builds a Debian guest: the suite's cloud kernel or its generic one, and an initrd with busybox, the Hyper-V modules and daemons, and a small init. */
public final class DebianGuest {

    private static final int STEPS = 5;
    /** Loaded where Linux runs on Hyper-V. */
    /** Loaded under the hypervisor. */
    private static final List<String> HYPERV = List.of("hv_vmbus");
    /** Loaded where devices are offered that the last of each names as its own, in the kernel's way: by alias. */
    private static final List<List<String>> VMBUS = List.of(List.of("hv_utils"), List.of("sd_mod", "sr_mod", "hv_storvsc"), List.of("hv_netvsc"), List.of("hv_balloon"),
            List.of("evdev", "hyperv_keyboard"), List.of("evdev", "hid_hyperv"), List.of("hyperv_fb"), List.of("hyperv_drm"), List.of("nvme", "ahci", "sd_mod", "pci_hyperv"));
    /** Loaded where virtio devices are: the same guest then boots elsewhere, for comparisons. */
    private static final List<String> VIRTIO = List.of("virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "virtio_net", "virtio_rng");
    /** Loaded where the IDE controller is: disks of a guest that is not told about the hypervisor. */
    private static final List<String> IDE = List.of("ata_piix", "sd_mod");
    /** Loaded where PCI has a controller of NVMe, of SATA, or a network adapter of its driver, where the kernel has the driver as a module. */
    private static final List<String> PCI = List.of("nvme", "ahci", "sd_mod", "e1000e");
    /** There to be loaded by hand. */
    private static final List<String> FURTHER = List.of("hv_sock", "uio_hv_generic");
    private static final List<String> APPLETS = List.of("sh", "mount", "umount", "insmod", "rmmod", "lsmod", "modprobe", "poweroff", "reboot", "dmesg", "grep", "cat",
            "echo", "ls", "ln", "mkdir", "mknod", "rm", "rmdir", "cp", "mv", "dd", "df", "du", "free", "sleep", "sync", "ip", "ifconfig", "ping", "nc", "wget", "ps",
            "kill", "killall", "head", "tail", "wc", "sort", "cut", "sed", "awk", "tr", "find", "xargs", "test", "true", "false", "date", "hostname", "uname", "md5sum",
            "sha256sum", "cmp", "seq", "yes", "tee", "vi", "stty", "chroot", "switch_root", "blockdev", "losetup", "mkfs.ext2", "mke2fs", "time", "timeout", "top",
            "nproc", "hexdump", "devmem", "udhcpc", "nslookup", "arp", "route", "httpd", "touch", "stat", "chmod", "env", "expr", "usleep", "readlink", "basename",
            "dirname", "setsid", "taskset", "less", "more", "which", "mktemp", "fallocate", "fstrim", "blkdiscard", "lsscsi", "fdisk", "uptime", "id");
    private static final List<String> DAEMONS = List.of("hv_kvp_daemon", "hv_vss_daemon", "hv_fcopy_daemon", "hv_fcopy_uio_daemon");
    /** What the daemons are linked with. */
    private static final String LIBRARIES = "(usr/)?lib(64)?/(x86_64-linux-gnu/|i386-linux-gnu/)?(ld-linux(-x86-64)?\\.so\\.2|libc\\.so\\.6)";

    private DebianGuest() {}

    /**
     * Fetches and builds, of the suite's newest packages; a complete folder is left as it is. Files appear under their names only when whole.
     *
     * @param release bookworm, trixie, sid
     * @param arch amd64 or i386
     * @param generic whether it has the kernel for all machines, with more drivers (video's among them), instead of the one for clouds
     * @param force whether files that are not known to be a guest's are replaced
     * @throws GuestException with a line for the user
     */
    public static void build(String release, String arch, boolean generic, Path folder, boolean force, Progress progress) throws GuestException {
        var guest = new GuestFolder(folder);
        String flavour = flavour(arch, generic);
        if (guest.holds(release, flavour)) {
            return;
        }
        if (!force) {
            guest.requireFreeFor(release, flavour);
        }
        try (var work = new WorkFolder()) {
            Files.createDirectories(folder);
            progress.step(0, STEPS, "reading package lists of " + release);
            var apt = new Apt(work.path(), release, arch);
            apt.update();
            String kernel = !arch.equals("amd64") ? "linux-image-686-pae" : generic ? "linux-image-amd64" : "linux-image-cloud-amd64";
            Set<String> packages = new LinkedHashSet<>(apt.closure(kernel, "linux-(image|binary|modules)-.*"));
            packages.addAll(List.of("busybox-static", "hyperv-daemons", "libc6"));
            progress.step(1, STEPS, "downloading " + String.join(", ", packages));
            List<Path> files = apt.download(packages);
            progress.step(2, STEPS, "unpacking");
            var found = new Contents(Files.createDirectories(work.path().resolve("modules")));
            for (Path deb : files) {
                DebPackage.visit(deb, found);
            }
            progress.step(3, STEPS, "building the initrd");
            byte[] initrd = initrd(found);
            progress.step(4, STEPS, "writing " + folder);
            guest.write(release, flavour, found.kernel, initrd);
            progress.step(STEPS, STEPS, "done");
        } catch (IOException | UncheckedIOException e) {
            throw new GuestException("the guest could not be built: " + e.getMessage());
        } finally {
            progress.end();
        }
    }

    /** What a guest's folder names its kernel by: the architecture, and what is not usual. */
    public static String flavour(String arch, boolean generic) {
        return generic ? arch + " generic" : arch;
    }

    /** What the packages hold that a guest needs. */
    private static final class Contents implements DebPackage.Visitor {
        private final KernelModules modules;
        private final Map<String, byte[]> programs = new TreeMap<>();
        private byte[] kernel;
        private byte[] busybox;

        Contents(Path folder) {
            modules = new KernelModules(folder);
        }

        @Override
        public void file(String path, InputStream contents) throws IOException {
            String name = path.substring(path.lastIndexOf('/') + 1);
            if (path.matches("(boot/vmlinuz-.*|usr/lib/modules/[^/]+/vmlinuz)")) {
                kernel = contents.readAllBytes();
            } else if (path.matches("(usr/)?bin/busybox")) {
                busybox = contents.readAllBytes();
            } else if (KernelModules.name(path) != null) {
                modules.add(path, contents);
            } else if (path.matches("(usr/)?sbin/.*") && DAEMONS.contains(name)) {
                programs.put("sbin/" + name, contents.readAllBytes());
            } else if (path.matches(LIBRARIES)) {
                // the loader is sought in lib64 by 64-bit programs and in lib by others; libraries in lib by both
                programs.put((name.contains("x86-64") ? "lib64/" : "lib/") + name, contents.readAllBytes());
            }
        }
    }

    private static byte[] initrd(Contents found) throws IOException, GuestException {
        if (found.kernel == null || found.busybox == null) {
            throw new GuestException("the packages hold no " + (found.kernel == null ? "kernel image" : "busybox"));
        }
        var archive = new Initrd();
        for (String d : List.of("bin", "dev", "etc", "etc/hv", "etc/udhcpc", "lib", "lib/modules", "lib64", "mnt", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "usr/libexec", "usr/libexec/hypervkvpd", "var", "var/lib", "var/lib/hyperv")) {
            archive.directory(d);
        }
        archive.file("bin/busybox", true, found.busybox);
        for (String applet : APPLETS) {
            archive.link("bin/" + applet, "busybox");
        }
        found.programs.forEach((path, contents) -> archive.file(path, true, contents));
        Map<String, byte[]> hyperv = found.modules.closure(HYPERV);
        Map<String, byte[]> virtio = found.modules.closure(VIRTIO);
        Map<String, byte[]> all = new TreeMap<>(found.modules.closure(FURTHER));
        all.putAll(hyperv);
        all.putAll(virtio);
        Map<String, byte[]> ide = found.modules.closure(IDE);
        all.putAll(ide);
        Map<String, byte[]> pci = found.modules.closure(PCI);
        all.putAll(pci);
        archive.file("etc/hv/modules.hyperv", false, list(hyperv.keySet()));
        for (List<String> drivers : VMBUS) {
            Map<String, byte[]> needed = found.modules.closure(drivers);
            all.putAll(needed);
            needed.keySet().removeAll(hyperv.keySet());
            byte[] driver = found.modules.closure(drivers.subList(drivers.size() - 1, drivers.size())).get(drivers.getLast());
            for (String alias : driver == null ? List.<String>of() : KernelModules.values(driver, "alias")) {
                archive.file("etc/hv/modules." + alias, false, list(needed.keySet()));
            }
        }
        all.forEach((name, contents) -> archive.file("lib/modules/" + name + ".ko", false, contents));
        archive.file("etc/hv/modules.virtio", false, list(virtio.keySet()));
        archive.file("etc/hv/modules.ide", false, list(ide.keySet()));
        archive.file("etc/hv/modules.pci", false, list(pci.keySet()));
        archive.file("init", true, resource("init"));
        archive.file("sbin/init", true, resource("root-init"));
        archive.file("etc/hv/agent.sh", true, AgentScript.bytes(null));
        archive.file("sbin/poweroff", true, resource("poweroff"));
        archive.file("sbin/hv-daemons", true, resource("hv-daemons"));
        // where Debian's hv_kvp_daemon looks for what distributions provide; older ones look for one of them among programs
        archive.file("sbin/hv_set_ifconfig", true, resource("hv_set_ifconfig"));
        archive.link("usr/libexec/hypervkvpd/hv_set_ifconfig", "/sbin/hv_set_ifconfig");
        archive.file("usr/libexec/hypervkvpd/hv_get_dns_info", true, resource("hv_get_dns_info"));
        archive.file("usr/libexec/hypervkvpd/hv_get_dhcp_info", true, resource("hv_get_dhcp_info"));
        // where Debian's udhcpc looks for it
        archive.file("etc/udhcpc/default.script", true, resource("dhcp"));
        return archive.finish();
    }

    private static byte[] list(Set<String> modules) {
        var lines = new StringBuilder();
        modules.forEach(m -> lines.append(m).append(".ko\n"));
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = DebianGuest.class.getResourceAsStream("/guest/" + name)) {
            return in.readAllBytes();
        }
    }
}
