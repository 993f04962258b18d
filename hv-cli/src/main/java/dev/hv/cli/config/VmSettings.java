package dev.hv.cli.config;

import dev.hv.devices.video.Resolution;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The settings of a virtual machine as they are collected, in the words of the command line and of YAML alike; {@link #build} checks how
 * they go together.
 */
public final class VmSettings {

    /** A kernel that is told nothing prints where hv shows it. */
    public static final String DEFAULT_APPEND = "console=ttyS0";

    /** Addresses of Unix sockets have 108 bytes; a port takes up to 11 of them. */
    private static final int MOST_SOCKET_PATH = 96;

    private final Path base;
    private String name = "guest";
    private Path kernel;
    private Path initrd;
    /** Null when nothing is said. */
    private String append;
    private Path guestScript;
    private Path multiboot;
    private final List<Path> modules = new ArrayList<>();
    private MemoryConfig memory = MemoryConfig.fixed(256L << 20);
    private int cpus = 1;
    private boolean enlightened = true;
    private boolean nested;
    private GuestRights.Parent parent = GuestRights.Parent.NONE;
    /** Null when nothing is said. */
    private GuestRights.Scheduler scheduler;
    private boolean testDevices;
    private boolean iommu;
    private String serial = "stdio";
    private Path sockets;
    private String gdb;
    /** Null for no screen. */
    private Resolution resolution;
    private final List<DiskConfig> disks = new ArrayList<>();
    private final List<NetworkConfig> networks = new ArrayList<>();
    private final List<ScheduledAction> actions = new ArrayList<>();

    /** Settings whose relative file names count from a folder; {@code Path.of("")} is the current one. */
    public VmSettings(Path base) {
        this.base = Objects.requireNonNull(base);
    }

    /** Name of the machine. */
    public void name(String where, String text) {
        if (!text.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")) {
            throw new UsageException("%s %s: a name is letters, digits, '-', '_' and '.', at most 32".formatted(where, text));
        }
        name = text;
    }

    /** Linux kernel. */
    public void kernel(String file) {
        kernel = FileName.in(base, file);
    }

    /** Initial RAM disk. */
    public void initrd(String file) {
        initrd = FileName.in(base, file);
    }

    /** Command line of kernel or image; without it a kernel gets {@link #DEFAULT_APPEND}. */
    public void append(String text) {
        append = text;
    }

    /** Script for the guest's init. */
    public void guestScript(String file) {
        guestScript = FileName.in(base, file);
    }

    /** Multiboot image. */
    public void multiboot(String file) {
        multiboot = FileName.in(base, file);
    }

    /** Adds a module of the multiboot image. */
    public void module(String file) {
        modules.add(FileName.in(base, file));
    }

    /** Memory, as in 512M or 256M,maximum=1G. */
    public void memory(String where, String text) {
        memory = MemoryConfig.parse(where, text);
    }

    /** Number of processors. */
    public void cpus(String where, String text) {
        cpus = VmConfig.cpus(where, text);
    }

    /** Whether the guest is told about the hypervisor. */
    public void enlightened(boolean on) {
        enlightened = on;
    }

    /** Whether the guest has hardware virtualisation itself. */
    public void nested(boolean on) {
        nested = on;
    }

    /** How the guest is a parent of partitions. */
    public void parent(String where, String text) {
        for (GuestRights.Parent each : GuestRights.Parent.values()) {
            if (each != GuestRights.Parent.NONE && each.text().equals(text)) {
                parent = each;
                return;
            }
        }
        throw new UsageException("%s %s: one of l1vh, root".formatted(where, text));
    }

    /** Who runs the processors of partitions that the guest makes. */
    public void scheduler(String where, String text) {
        for (GuestRights.Scheduler each : GuestRights.Scheduler.values()) {
            if (each.text().equals(text)) {
                scheduler = each;
                return;
            }
        }
        throw new UsageException("%s %s: one of core, root".formatted(where, text));
    }

    /** Whether the test devices are there. */
    public void testDevices(boolean on) {
        testDevices = on;
    }

    /** Whether it has an IOMMU. */
    public void iommu(boolean on) {
        iommu = on;
    }

    /** Where the serial port goes; a file's or socket's name counts from the folder. */
    public void serial(String where, String text) {
        String checked = VmConfig.serial(where, text);
        int colon = checked.indexOf(':');
        if (colon < 0) {
            serial = checked;
            return;
        }
        String kind = checked.substring(0, colon + 1);
        Path file = FileName.in(base, checked.substring(colon + 1));
        if (kind.equals("file:")) {
            OutputFiles.require(where + " " + kind, file);
        }
        serial = kind + file;
    }

    /** Unix socket that the machine's Hyper-V sockets are bridged to; nothing may be there yet. */
    public void sockets(String where, String file) {
        sockets = FileName.in(base, file).toAbsolutePath();
        if (Files.exists(sockets)) {
            throw new UsageException("%s %s: there is something already; name a socket that is to be made".formatted(where, file));
        }
        OutputFiles.require(where + " ", sockets);
        if (sockets.toString().length() > MOST_SOCKET_PATH) {
            throw new UsageException("%s %s: too long for a socket; at most %d characters from the root, so that a port fits behind it".formatted(where, file, MOST_SOCKET_PATH));
        }
    }

    /** Adds a disk. */
    public void disk(String where, String text) {
        disks.add(DiskConfig.parse(where, text, base));
    }

    void disk(Attributes a) {
        disks.add(DiskConfig.of(a, base));
    }

    /** Adds a network adapter, unless the text says none. */
    public void network(String where, String text) {
        network(NetworkConfig.parse(where, text, base));
    }

    void network(Attributes a) {
        network(NetworkConfig.of(a, base));
    }

    private void network(NetworkConfig n) {
        if (n != null) {
            networks.add(n);
        }
    }

    /** Where a debugger connects. */
    public void gdb(String where, String text) {
        if (!text.matches("unix:.+") && !(text.matches("\\d{1,5}") && Integer.parseInt(text) <= 0xFFFF)) {
            throw new UsageException(where + " " + text + ": a port from 0 to 65535, or unix:PATH");
        }
        gdb = text;
    }

    /** A screen, as in 1024x768; without a text one of {@link Resolution#DEFAULT}. */
    public void video(String where, String text) {
        resolution = ScreenConfig.resolution(where, text);
    }

    /** Adds something to be done while it runs. */
    public void action(String where, String text) {
        actions.add(ScheduledAction.parse(where, text, base));
    }

    /** A machine of a checkpoint, with what was given here: where its serial port goes, and more actions. */
    public VmConfig addTo(VmConfig saved) {
        List<ScheduledAction> all = new ArrayList<>(saved.actions());
        all.addAll(actions);
        checkScreen("--", actions, saved.screen() != null);
        return new VmConfig(saved.name(), saved.boot(), saved.memory(), saved.cpus(), saved.rights(), saved.testDevices(), saved.iommu(), serial, sockets, gdb, screen(saved.screen()), saved.disks(),
                saved.networks(), List.copyOf(all));
    }

    private static void checkScreen(String option, List<ScheduledAction> actions, boolean there) {
        for (ScheduledAction a : actions) {
            if (!there && a.action().needsScreen()) {
                throw new UsageException("%sat %s: the machine has no screen; say %svideo".formatted(option, a.text(), option));
            }
        }
    }

    private ScreenConfig screen(ScreenConfig saved) {
        Resolution r = saved == null ? resolution : saved.resolution();
        return r == null ? null : new ScreenConfig(r);
    }

    /**
     * The machine.
     *
     * @param where prefix of messages: empty on the command line, else such as {@code lab.yaml line 3: }
     * @param option how a setting's name is written before its key: {@code --} on the command line
     */
    public VmConfig build(String where, String option) {
        if (kernel == null && multiboot == null) {
            throw new UsageException("%snothing to boot: give %skernel FILE or %smultiboot ELF".formatted(where, option, option));
        }
        exclude(where, option, kernel != null && multiboot != null, "kernel and %smultiboot exclude each other");
        exclude(where, option, kernel == null && initrd != null, "initrd needs %skernel");
        exclude(where, option, initrd == null && guestScript != null, "guest-script needs %sinitrd: the script is appended to it");
        exclude(where, option, multiboot == null && !modules.isEmpty(), "module needs %smultiboot");
        exclude(where, option, !enlightened && !networks.isEmpty(), "net needs enlightenments: adapters are on VMBus (%sno-enlightenments is given)");
        exclude(where, option, !enlightened && sockets != null, "hvsock needs enlightenments: sockets are on VMBus (%sno-enlightenments is given)");
        exclude(where, option, !enlightened && memory.dynamic(), "memory that changes needs enlightenments: it is asked for over VMBus (%sno-enlightenments is given)");
        boolean makes = parent != GuestRights.Parent.NONE;
        exclude(where, option, makes && !enlightened, "parent needs enlightenments: partitions are made by hypercalls (%sno-enlightenments is given)");
        exclude(where, option, makes && memory.dynamic(), "parent and memory that changes exclude each other: what a parent deposits and maps stays where it is");
        boolean root = parent == GuestRights.Parent.ROOT;
        exclude(where, option, !makes && scheduler != null, "scheduler needs %sparent: it says who runs the processors of partitions that the guest makes");
        exclude(where, option, root && (!networks.stream().allMatch(NetworkConfig::onPci) || sockets != null || resolution != null),
                "parent root has no VMBus: adapters (but those of model=e1000e), sockets and screens of it exclude that");
        exclude(where, option, root && nested, "parent root and nested exclude each other: the guest's partitions are made by hypercalls");
        exclude(where, option, root && disks.stream().anyMatch(d -> !d.bus().emulated()), "parent root has no VMBus: give disks bus=nvme, bus=ahci or bus=ide");
        exclude(where, option, !enlightened && resolution != null, "video needs enlightenments: screen, keyboard and mouse are on VMBus (%sno-enlightenments is given)");
        exclude(where, option, disks.size() > VmConfig.MOST_DISKS, "disk is given more than " + VmConfig.MOST_DISKS + " times");
        exclude(where, option, networks.size() > VmConfig.MOST_NETWORKS, "net is given more than " + VmConfig.MOST_NETWORKS + " times");
        checkScreen(where + option, actions, resolution != null);
        BootConfig boot = kernel != null ? new BootConfig.Linux(kernel, initrd, append == null ? DEFAULT_APPEND : append, guestScript)
                : new BootConfig.Multiboot(multiboot, append == null ? "" : append, List.copyOf(modules));
        return new VmConfig(name, boot, memory, cpus, new GuestRights(enlightened, nested, parent, scheduler()), testDevices, iommu, serial, sockets, gdb, screen(null), List.copyOf(disks), List.copyOf(networks), List.copyOf(actions));
    }

    /** A guest in the root's place schedules, unless something else is said. */
    private GuestRights.Scheduler scheduler() {
        return scheduler != null ? scheduler : parent == GuestRights.Parent.ROOT ? GuestRights.Scheduler.ROOT : GuestRights.Scheduler.CORE;
    }

    private static void exclude(String where, String option, boolean wrong, String what) {
        if (wrong) {
            throw new UsageException(where + option + what.replace("%s", option));
        }
    }
}
