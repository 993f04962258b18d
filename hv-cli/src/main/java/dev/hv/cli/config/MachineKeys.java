package dev.hv.cli.config;

import dev.hv.cli.yaml.Checker;
import dev.hv.cli.yaml.Key;
import dev.hv.cli.yaml.Keys;
import dev.hv.cli.yaml.Problems;
import dev.hv.cli.yaml.Shape;
import dev.hv.cli.yaml.Values;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** The keys of a virtual machine in YAML, for labs and suites alike, and how they become one. */
public final class MachineKeys {

    private static final int MOST_MODULES = 64;
    private static final int MOST_ACTIONS = 1000;

    private static final Keys DISK = new Keys("disk", "a disk", List.of(
            Key.needed("file", Shapes.FILE, "image file or block device of the host"),
            Key.of("format", Shapes.TEXT, "format of the image: raw"),
            Key.of("ro", Shapes.SWITCH, "the guest may only read"),
            Key.of("bus", new Shape.Choice(List.of("scsi", "ide", "nvme", "ahci")), "what it is attached to"),
            Key.of("dvd", Shapes.SWITCH, "an optical disc"),
            Key.of("snapshot", Shapes.SWITCH, "what the guest writes is kept apart and forgotten at the end")));

    private static final Keys NET = new Keys("net", "an adapter", List.of(
            Key.needed("to", Shapes.TEXT, "what it is connected to: `switch:NAME`, `user`, `socket:PATH` or `none`"),
            Key.of("mac", Shapes.TEXT, "its address, as in 00:15:5d:01:02:03"),
            Key.of("capture", Shapes.FILE, "file for everything that crosses its port, .pcapng"),
            Key.of("mac-spoofing", Shapes.SWITCH, "the guest may use other addresses than this one"),
            Key.of("vlan", new Shape.Either("a VLAN's number", List.of(new Shape.Whole(1, 4094), Shapes.TEXT)), "VLAN of its port of a switch, for frames without tags"),
            Key.of("trunk", new Shape.Either("numbers of VLANs", List.of(new Shape.Whole(1, 4094), Shapes.TEXT)), "VLANs whose frames its port passes with their tags, as in 10;20-29"),
            Key.of("mirror", new Shape.Choice(List.of("source", "destination")), "its port is mirrored, or shows what mirrored ports send and get"),
            Key.of("model", new Shape.Choice(List.of("netvsc", "e1000e")), "what its driver sees: Hyper-V's adapter, or Intel's on PCI Express"),
            Key.of("limit", Shapes.TEXT, "bits that cross its port in a second at most, each way, as in 100M"),
            Key.of("forward", Shapes.TEXT, "ports of the host that lead to the guest, as in tcp:2222:22, with commas between")));

    /** All of them. */
    public static final List<Key> ALL = List.of(
            Key.of("name", Shapes.TEXT, "name of the machine, for messages and steps"),
            Key.of("kernel", Shapes.FILE, "Linux kernel: bzImage or vmlinux"),
            Key.of("initrd", Shapes.FILE, "initial RAM disk"),
            Key.of("append", Shapes.TEXT, "command line of kernel or image"),
            Key.of("guest-script", Shapes.FILE, "script the guest's init runs"),
            Key.of("multiboot", Shapes.FILE, "multiboot-1 image, instead of a kernel"),
            Key.of("modules", Shapes.listOf(Shapes.FILE, MOST_MODULES), "modules of the multiboot image"),
            Key.of("memory", Shapes.MEMORY, "memory: what it starts with, and behind commas, where it changes, `minimum=`, `maximum=`, `buffer=` percent and `weight=`"),
            Key.of("cpus", new Shape.Whole(1, VmConfig.MOST_CPUS), "virtual processors"),
            Key.of("enlightenments", new Shape.Flag(), "the guest is told about the hypervisor and has VMBus"),
            Key.of("nested", new Shape.Flag(), "the guest has VT-x or AMD-V itself"),
            Key.of("parent", Shapes.TEXT, "the guest makes partitions of its own: `l1vh` as a child, `root` in the root's place"),
            Key.of("scheduler", Shapes.TEXT, "who runs the processors of partitions that the guest makes: `core`, the hypervisor, or `root`, the guest"),
            Key.of("test-devices", new Shape.Flag(), "debug exit port 0xf4, pc-testdev, fw_cfg"),
            Key.of("iommu", new Shape.Flag(), "an IOMMU, VT-d or AMD-Vi as the processor model is; on the bare machine, or with parent: root before the guest's devices"),
            Key.of("serial", Shapes.TEXT, "where the first serial port goes: `stdio`, `file:F`, `socket:F` or `none`"),
            Key.of("hvsock", Shapes.FILE, "Unix socket that the guest's Hyper-V sockets are bridged to"),
            Key.of("gdb", Shapes.TEXT, "where a debugger connects to it: a port of the loopback, or `unix:PATH`"),
            Key.of("video", Shapes.TEXT, "a screen with keyboard and mouse, and its resolution, as in 1024x768"),
            Key.of("disks", Shapes.listOf(new Shape.Either("a disk, as after --disk or with keys", List.of(Shapes.TEXT, new Shape.Table(DISK))), VmConfig.MOST_DISKS), "disks, each as after `--disk` or with the keys `"
                    + String.join("`, `", DISK.names()) + "`"),
            Key.of("nets", Shapes.listOf(new Shape.Either("an adapter, as after --net or with keys", List.of(Shapes.TEXT, new Shape.Table(NET))), VmConfig.MOST_NETWORKS), "network adapters, each as after `--net` or with the keys `"
                    + String.join("`, `", NET.names()) + "`"),
            Key.of("at", Shapes.listOf(Shapes.TEXT, MOST_ACTIONS), "things done to it, as after `--at`"));

    private final Problems problems;
    private final Path folder;

    /**
     * Makes machines of one file.
     *
     * @param folder that relative names count from
     */
    public MachineKeys(Problems problems, Path folder) {
        this.problems = problems;
        this.folder = folder;
    }

    /**
     * A machine; null when something is wrong with it, which is then told.
     *
     * @param defaults keys that hold where the machine says nothing; null for none
     * @param machine its own keys
     * @param name when it gives none
     */
    public VmConfig machine(Values defaults, Values machine, String name) {
        Map<String, Node> all = new LinkedHashMap<>(defaults == null ? Map.of() : defaults.all());
        all.putAll(machine.all());
        return machine(new VmSettings(folder), all, machine.node(), name);
    }

    /**
     * A machine of keys that have been checked, whose serial port goes nowhere; null when something is wrong with how they go together.
     *
     * @param at where to show that
     */
    public VmConfig quietMachine(Map<String, Node> keys, Node at, String name) {
        var vm = new VmSettings(folder);
        vm.serial("serial", "none");
        return machine(vm, keys, at, name);
    }

    private VmConfig machine(VmSettings vm, Map<String, Node> keys, Node at, String name) {
        boolean ok = tried(at, () -> vm.name("name", name));
        for (Map.Entry<String, Node> e : keys.entrySet()) {
            ok &= set(vm, e.getKey(), e.getValue());
        }
        VmConfig[] made = new VmConfig[1];
        return ok && tried(at, () -> made[0] = vm.build("", "")) ? made[0] : null;
    }

    private boolean tried(Node node, Runnable set) {
        try {
            set.run();
            return true;
        } catch (UsageException e) {
            problems.add(node, e.getMessage());
            return false;
        }
    }

    private boolean set(VmSettings vm, String key, Node node) {
        return switch (key) {
            case "name" -> tried(node, () -> vm.name(key, text(node)));
            case "kernel" -> tried(node, () -> vm.kernel(file(node, key)));
            case "initrd" -> tried(node, () -> vm.initrd(file(node, key)));
            case "append" -> tried(node, () -> vm.append(text(node)));
            case "guest-script" -> tried(node, () -> vm.guestScript(file(node, key)));
            case "multiboot" -> tried(node, () -> vm.multiboot(file(node, key)));
            case "memory" -> tried(node, () -> vm.memory(key, text(node)));
            case "cpus" -> tried(node, () -> vm.cpus(key, text(node)));
            case "enlightenments" -> tried(node, () -> vm.enlightened(flag(node)));
            case "nested" -> tried(node, () -> vm.nested(flag(node)));
            case "parent" -> tried(node, () -> vm.parent(key, text(node)));
            case "scheduler" -> tried(node, () -> vm.scheduler(key, text(node)));
            case "test-devices" -> tried(node, () -> vm.testDevices(flag(node)));
            case "iommu" -> tried(node, () -> vm.iommu(flag(node)));
            case "serial" -> tried(node, () -> vm.serial(key, text(node)));
            case "hvsock" -> tried(node, () -> vm.sockets(key, text(node)));
            case "gdb" -> tried(node, () -> vm.gdb(key, text(node)));
            case "video" -> tried(node, () -> vm.video(key, text(node)));
            default -> list(vm, key, node);
        };
    }

    private boolean list(VmSettings vm, String key, Node node) {
        boolean ok = true;
        for (Node item : Values.items(node)) {
            ok &= switch (key) {
                case "modules" -> tried(item, () -> vm.module(file(item, key)));
                case "at" -> tried(item, () -> vm.action(key, text(item)));
                case "disks" -> tried(item, () -> {
                    if (item instanceof MappingNode) {
                        vm.disk(attributes(item, key, DISK));
                    } else {
                        vm.disk(key, text(item));
                    }
                });
                case "nets" -> tried(item, () -> {
                    if (item instanceof MappingNode) {
                        vm.network(attributes(item, key, NET));
                    } else {
                        vm.network(key, text(item));
                    }
                });
                default -> throw new IllegalArgumentException("no key of a machine: " + key);
            };
        }
        return ok;
    }

    /** The first key is the thing, the others are its settings. */
    private Attributes attributes(Node node, String where, Keys keys) {
        Map<String, String> values = new LinkedHashMap<>();
        new Checker(problems).table(node, keys).all().forEach((k, v) -> values.put(k, text(v)));
        return new Attributes(where, values.remove(keys.verb()), values);
    }

    private static String text(Node node) {
        return ((ScalarNode) node).getValue();
    }

    private static boolean flag(Node node) {
        return text(node).equals("true");
    }

    /** Name of a file that must be there; looked for here, where its line is known. */
    private String file(Node node, String key) {
        InputFiles.require(key, FileName.in(folder, text(node)));
        return text(node);
    }
}
