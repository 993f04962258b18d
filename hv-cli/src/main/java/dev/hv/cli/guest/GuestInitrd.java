package dev.hv.cli.guest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a guest has of Debian's packages: a kernel, and an initrd with busybox, the Hyper-V modules and daemons, and a small init. */
final class GuestInitrd implements DebPackage.Visitor {

    /** The packages that every guest has something of. */
    static final List<String> PACKAGES = List.of("busybox-static", "hyperv-daemons", "libc6");

    /** What guests with the kernel for all machines have besides: adapters have more to ask there. */
    static final List<String> ETHTOOL_PACKAGES = List.of("ethtool", "libmnl0");
    private static final String ETHTOOL = "sbin/ethtool";

    /** Loaded under the hypervisor. */
    private static final List<String> HYPERV = List.of("hv_vmbus");
    /** Loaded where devices are offered that the last of each names as its own, in the kernel's way: by alias. */
    private static final List<List<String>> VMBUS = List.of(List.of("hv_utils"), List.of("sd_mod", "sr_mod", "hv_storvsc"), List.of("hv_netvsc"), List.of("hv_balloon"),
            List.of("evdev", "hyperv_keyboard"), List.of("evdev", "hid_hyperv"), List.of("hyperv_fb"), List.of("hyperv_drm"), List.of("nvme", "ahci", "sd_mod", "e1000e", "pci_hyperv"));
    /** Loaded where virtio devices are: the same guest then boots elsewhere, for comparisons. */
    private static final List<String> VIRTIO = List.of("virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "virtio_net", "virtio_rng");
    /** Loaded where the IDE controller is: disks of a guest that is not told about the hypervisor. */
    private static final List<String> IDE = List.of("ata_piix", "sd_mod");
    /** Loaded where PCI has a controller of NVMe, of SATA, or a network adapter of its driver, where the kernel has the driver as a module. */
    private static final List<String> PCI = List.of("nvme", "ahci", "sd_mod", "e1000e");
    /** Loaded where a root disk is named, where the kernel has the file system, and the check sums that it asks for by name, as modules. */
    private static final List<String> ROOT = List.of("crc32c_generic", "ext4");
    /** There to be loaded by hand. */
    private static final List<String> FURTHER = List.of("hv_sock", "uio_hv_generic");
    /** The same with the kernel for all machines. */
    private static final List<String> GENERIC = List.of("hv_sock", "uio_hv_generic", "8021q");
    private static final List<String> APPLETS = List.of("sh", "mount", "umount", "insmod", "rmmod", "lsmod", "modprobe", "poweroff", "reboot", "dmesg", "grep", "cat",
            "echo", "ls", "ln", "mkdir", "mknod", "rm", "rmdir", "cp", "mv", "dd", "df", "du", "free", "sleep", "sync", "ip", "ifconfig", "ping", "nc", "wget", "ps",
            "kill", "killall", "head", "tail", "wc", "sort", "cut", "sed", "awk", "tr", "find", "xargs", "test", "true", "false", "date", "hostname", "uname", "md5sum",
            "sha256sum", "cmp", "seq", "yes", "tee", "vi", "stty", "chroot", "switch_root", "blockdev", "losetup", "mkfs.ext2", "mke2fs", "time", "timeout", "top",
            "nproc", "hexdump", "devmem", "udhcpc", "nslookup", "arp", "route", "httpd", "touch", "stat", "chmod", "env", "expr", "usleep", "readlink", "basename",
            "dirname", "setsid", "taskset", "less", "more", "which", "mktemp", "fallocate", "fstrim", "blkdiscard", "lsscsi", "fdisk", "uptime", "id");
    private static final List<String> DAEMONS = List.of("hv_kvp_daemon", "hv_vss_daemon", "hv_fcopy_daemon", "hv_fcopy_uio_daemon");
    /** What the daemons are linked with. */
    private static final String LIBRARIES = "(usr/)?lib(64)?/(x86_64-linux-gnu/|i386-linux-gnu/)?(ld-linux(-x86-64)?\\.so\\.2|libc\\.so\\.6)";

    private final KernelModules modules;
    private final Map<String, byte[]> programs = new TreeMap<>();
    private byte[] kernel;
    private byte[] busybox;
    /** The library of mathematics, which ethtool alone is linked with. */
    private byte[] mathematics;

    /** Nothing yet; modules are kept in a folder that is the caller's. */
    GuestInitrd(Path folder) {
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
        } else if (path.matches("(usr/)?" + ETHTOOL)) {
            programs.put(ETHTOOL, contents.readAllBytes());
        } else if (name.matches("libmnl\\.so\\.0\\.\\d.*")) {
            programs.put("lib/libmnl.so.0", contents.readAllBytes());
        } else if (path.matches(".*/libm\\.so\\.6")) {
            mathematics = contents.readAllBytes();
        } else if (path.matches(LIBRARIES)) {
            // the loader is sought in lib64 by 64-bit programs and in lib by others; libraries in lib by both
            programs.put((name.contains("x86-64") ? "lib64/" : "lib/") + name, contents.readAllBytes());
        }
    }

    /** The kernel that the packages hold. */
    byte[] kernel() throws GuestException {
        if (kernel == null) {
            throw new GuestException("the packages hold no kernel image");
        }
        return kernel;
    }

    /**
     * The initrd.
     *
     * @param more programs that it holds besides, by path
     */
    byte[] archive(Map<String, byte[]> more) throws IOException, GuestException {
        if (busybox == null) {
            throw new GuestException("the packages hold no busybox");
        }
        var archive = new Initrd();
        for (String d : List.of("bin", "dev", "etc", "etc/hv", "etc/udhcpc", "lib", "lib/modules", "lib64", "mnt", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "usr/libexec", "usr/libexec/hypervkvpd", "var", "var/lib", "var/lib/hyperv")) {
            archive.directory(d);
        }
        archive.file("bin/busybox", true, busybox);
        for (String applet : APPLETS) {
            archive.link("bin/" + applet, "busybox");
        }
        programs.forEach((path, contents) -> archive.file(path, true, contents));
        if (programs.containsKey(ETHTOOL) && mathematics != null) {
            archive.file("lib/libm.so.6", true, mathematics);
        }
        Map<String, byte[]> hyperv = modules.closure(HYPERV);
        Map<String, byte[]> virtio = modules.closure(VIRTIO);
        Map<String, byte[]> all = new TreeMap<>(modules.closure(programs.containsKey(ETHTOOL) ? GENERIC : FURTHER));
        all.putAll(hyperv);
        all.putAll(virtio);
        Map<String, byte[]> ide = modules.closure(IDE);
        all.putAll(ide);
        Map<String, byte[]> root = modules.closure(ROOT);
        all.putAll(root);
        Map<String, byte[]> pci = modules.closure(PCI);
        all.putAll(pci);
        archive.file("etc/hv/modules.hyperv", false, list(hyperv.keySet()));
        for (List<String> drivers : VMBUS) {
            Map<String, byte[]> needed = modules.closure(drivers);
            all.putAll(needed);
            needed.keySet().removeAll(hyperv.keySet());
            byte[] driver = modules.closure(drivers.subList(drivers.size() - 1, drivers.size())).get(drivers.getLast());
            for (String alias : driver == null ? List.<String>of() : KernelModules.values(driver, "alias")) {
                archive.file("etc/hv/modules." + alias, false, list(needed.keySet()));
            }
        }
        all.forEach((name, contents) -> archive.file("lib/modules/" + name + ".ko", false, contents));
        archive.file("etc/hv/modules.virtio", false, list(virtio.keySet()));
        archive.file("etc/hv/modules.ide", false, list(ide.keySet()));
        archive.file("etc/hv/modules.pci", false, list(pci.keySet()));
        archive.file("etc/hv/modules.root", false, list(root.keySet()));
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
        more.forEach((path, contents) -> archive.file(path, true, contents));
        return archive.finish();
    }

    private static byte[] list(Set<String> modules) {
        var lines = new StringBuilder();
        modules.forEach(m -> lines.append(m).append(".ko\n"));
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** A file that guests have of hv. */
    static byte[] resource(String name) throws IOException {
        try (InputStream in = GuestInitrd.class.getResourceAsStream("/guest/" + name)) {
            return in.readAllBytes();
        }
    }
}
