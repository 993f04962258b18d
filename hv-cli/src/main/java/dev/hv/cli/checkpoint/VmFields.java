package dev.hv.cli.checkpoint;

import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.GuestRights;
import dev.hv.cli.config.MemoryConfig;
import dev.hv.cli.config.NetworkConfig;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.ScreenConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.devices.network.PortVlans;
import dev.hv.devices.network.VirtualSwitch;
import dev.hv.devices.network.uplink.Passt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A virtual machine's configuration as fields of a manifest. File names are absolute: a checkpoint is restored from any folder. Where consoles and
 * captures go is no matter of the machine's: each run says so itself.
 */
final class VmFields {

    private static final String CONSOLE = "stdio";

    private VmFields() {}

    static Map<String, Object> write(VmConfig vm) {
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("name", vm.name());
        f.put("boot", boot(vm.boot()));
        f.put("memory", vm.memory().startup());
        if (vm.memory().dynamic()) {
            Map<String, Object> bounds = new LinkedHashMap<>();
            bounds.put("minimum", vm.memory().minimum());
            bounds.put("maximum", vm.memory().maximum());
            bounds.put("buffer", vm.memory().buffer());
            bounds.put("weight", vm.memory().weight());
            f.put("dynamicMemory", bounds);
        }
        f.put("cpus", vm.cpus());
        f.put("enlightened", vm.enlightened());
        f.put("nested", vm.rights().nested());
        f.put("parent", vm.rights().parent().name());
        f.put("scheduler", vm.rights().scheduler().name());
        f.put("testDevices", vm.testDevices());
        if (vm.iommu()) {
            f.put("iommu", true);
        }
        if (vm.screen() != null) {
            f.put("video", vm.screen().resolution().width() + "x" + vm.screen().resolution().height());
        }
        f.put("disks", vm.disks().stream().map(VmFields::disk).toList());
        f.put("networks", vm.networks().stream().map(VmFields::network).toList());
        f.put("at", vm.actions().stream().map(VmFields::action).toList());
        return f;
    }

    private static Map<String, Object> boot(BootConfig boot) {
        Map<String, Object> f = new LinkedHashMap<>();
        switch (boot) {
            case BootConfig.Linux linux -> {
                f.put("kernel", text(linux.kernel()));
                f.put("initrd", text(linux.initrd()));
                f.put("append", linux.append());
                f.put("guestScript", text(linux.guestScript()));
            }
            case BootConfig.Multiboot m -> {
                f.put("multiboot", text(m.image()));
                f.put("append", m.append());
                f.put("modules", m.modules().stream().map(VmFields::text).toList());
            }
        }
        return f;
    }

    private static String text(Path file) {
        return file == null ? null : file.toAbsolutePath().toString();
    }

    private static Map<String, Object> action(ScheduledAction a) {
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("action", a.text());
        f.put("from", text(a.base()));
        return f;
    }

    private static Map<String, Object> disk(DiskConfig d) {
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("file", text(d.file()));
        f.put("readOnly", d.readOnly());
        f.put("bus", d.bus().name());
        f.put("dvd", d.dvd());
        f.put("snapshot", d.snapshot());
        return f;
    }

    private static Map<String, Object> network(NetworkConfig n) {
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("kind", n.kind().name());
        f.put("target", n.kind() == NetworkConfig.Kind.SOCKET ? text(Path.of(n.target())) : n.target());
        f.put("mac", n.mac());
        f.put("spoofing", n.spoofing());
        f.put("forwards", n.forwards().stream().map(VmFields::forward).toList());
        f.put("vlans", n.vlans().text());
        f.put("mirror", n.mirror().name());
        f.put("model", n.model().name());
        f.put("limit", n.limit());
        return f;
    }

    private static Map<String, Object> forward(Passt.Forward forward) {
        Map<String, Object> f = new LinkedHashMap<>();
        f.put("udp", forward.udp());
        f.put("hostPort", forward.hostPort());
        f.put("guestPort", forward.guestPort());
        return f;
    }

    static VmConfig read(Fields f) throws CheckpointException {
        List<DiskConfig> disks = new ArrayList<>();
        for (Object each : f.list("disks")) {
            Fields d = Fields.of(each);
            disks.add(new DiskConfig(Path.of(d.text("file")), d.flag("readOnly"), word(DiskConfig.Bus.class, d.text("bus")), d.flag("dvd"),
                    d.flag("snapshot")));
        }
        List<NetworkConfig> networks = new ArrayList<>();
        for (Object each : f.list("networks")) {
            Fields n = Fields.of(each);
            List<Passt.Forward> forwards = new ArrayList<>();
            for (Object one : n.list("forwards")) {
                Fields p = Fields.of(one);
                forwards.add(new Passt.Forward(p.flag("udp"), (int) p.number("hostPort"), (int) p.number("guestPort")));
            }
            networks.add(new NetworkConfig(word(NetworkConfig.Kind.class, n.text("kind")), n.text("target"), n.number("mac"), null, n.flag("spoofing"),
                    List.copyOf(forwards), n.has("vlans") ? vlans(n.text("vlans")) : PortVlans.ALL, n.has("mirror") ? word(VirtualSwitch.Mirror.class, n.text("mirror")) : VirtualSwitch.Mirror.NONE,
                    n.has("model") ? word(NetworkConfig.Model.class, n.text("model")) : NetworkConfig.Model.NETVSC, n.has("limit") ? n.number("limit") : 0));
        }
        List<ScheduledAction> actions = new ArrayList<>();
        for (Object each : f.list("at")) {
            Fields a = Fields.of(each);
            try {
                actions.add(ScheduledAction.parse("at", a.text("action"), Path.of(a.text("from"))));
            } catch (UsageException e) {
                throw new CheckpointException("manifest.json: " + e.getMessage());
            }
        }
        return new VmConfig(f.text("name"), boot(f.object("boot")), memory(f), (int) f.number("cpus"), rights(f), f.flag("testDevices"),
                CONSOLE, null, List.copyOf(disks), List.copyOf(networks), List.copyOf(actions)).withIommu(f.has("iommu") && f.flag("iommu")).withScreen(screen(f));
    }

    private static PortVlans vlans(String text) throws CheckpointException {
        try {
            return PortVlans.of(text);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new CheckpointException("manifest.json: vlans: " + text + " are none");
        }
    }

    private static GuestRights rights(Fields f) throws CheckpointException {
        return new GuestRights(f.flag("enlightened"), f.flag("nested"), word(GuestRights.Parent.class, f.text("parent")), word(GuestRights.Scheduler.class, f.text("scheduler")));
    }

    private static ScreenConfig screen(Fields f) throws CheckpointException {
        if (!f.has("video")) {
            return null;
        }
        try {
            return ScreenConfig.parse("video", f.text("video"));
        } catch (UsageException e) {
            throw new CheckpointException("manifest.json: " + e.getMessage());
        }
    }

    private static MemoryConfig memory(Fields f) throws CheckpointException {
        long startup = f.number("memory");
        if (!f.has("dynamicMemory")) {
            return MemoryConfig.fixed(startup);
        }
        Fields d = f.object("dynamicMemory");
        return new MemoryConfig(startup, d.number("minimum"), d.number("maximum"), (int) d.number("buffer"), (int) d.number("weight"));
    }

    private static BootConfig boot(Fields f) throws CheckpointException {
        if (f.optional("kernel") != null) {
            return new BootConfig.Linux(path(f.text("kernel")), path(f.optional("initrd")), f.text("append"), path(f.optional("guestScript")));
        }
        List<Path> modules = new ArrayList<>();
        for (Object m : f.list("modules")) {
            modules.add(Path.of((String) m));
        }
        return new BootConfig.Multiboot(path(f.text("multiboot")), f.text("append"), List.copyOf(modules));
    }

    private static Path path(String text) {
        return text == null ? null : Path.of(text);
    }

    private static <E extends Enum<E>> E word(Class<E> kind, String name) throws CheckpointException {
        try {
            return Enum.valueOf(kind, name);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("manifest.json is damaged: " + name + " is unknown");
        }
    }
}
