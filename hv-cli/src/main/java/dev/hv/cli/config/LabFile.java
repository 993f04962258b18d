package dev.hv.cli.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads a lab: a YAML file with {@code machines} and, for what they have in common, {@code defaults} (docs/cli.md). */
public final class LabFile {

    private static final int LARGEST = 1 << 20;
    /** A lab has four levels: machines, a machine, a list, an entry with settings. Nodes are built by recursion, so that depth is bounded first. */
    private static final int DEEPEST = 16;
    private static final Set<String> TOP = Set.of("machines", "defaults");
    private static final Set<String> LISTS = Set.of("modules", "disks", "nets", "at");

    private final Path file;

    private LabFile(Path file) {
        this.file = file;
    }

    /**
     * Reads a lab. Relative names in it count from the file's folder.
     *
     * @throws UsageException with the line when something is unknown or wrong
     */
    public static LabConfig read(Path file) {
        InputFiles.require("", file);
        return new LabFile(file).lab().checked();
    }

    private LabConfig lab() {
        Node root = root();
        Map<String, Node> top = entries(root, "a lab");
        for (Map.Entry<String, Node> e : top.entrySet()) {
            if (!TOP.contains(e.getKey())) {
                throw bad(e.getValue(), "unknown key '" + e.getKey() + "'; known: machines, defaults");
            }
        }
        if (!(top.get("machines") instanceof SequenceNode machines) || machines.getValue().isEmpty()) {
            throw bad(root, "machines: a list of at least one machine is needed");
        }
        Map<String, Node> defaults = top.containsKey("defaults") ? entries(top.get("defaults"), "defaults") : Map.of();
        if (defaults.containsKey("name")) {
            throw bad(defaults.get("name"), "defaults cannot give a name");
        }
        List<VmConfig> all = new ArrayList<>();
        for (Node m : machines.getValue()) {
            all.add(machine(m, defaults, all.size()));
        }
        return new LabConfig(List.copyOf(all));
    }

    private Node root() {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(InputFiles.readSmall(file, LARGEST, "a lab"))).toString();
            var settings = LoadSettings.builder().setLabel(file.toString()).build();
            checkDepth(settings, text);
            Optional<Node> node = new Compose(settings).composeString(text);
            return node.orElseThrow(() -> new UsageException(file + ": empty; a lab has machines"));
        } catch (MarkedYamlEngineException e) {
            throw new UsageException(place(e.getProblemMark()) + e.getProblem());
        } catch (YamlEngineException e) {
            throw new UsageException(file + ": not YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        } catch (CharacterCodingException e) {
            throw new UsageException(file + ": cannot be read as UTF-8 text");
        }
    }

    private void checkDepth(LoadSettings settings, String text) {
        int depth = 0;
        for (Event e : new Parse(settings).parseString(text)) {
            depth += switch (e.getEventId()) {
                case MappingStart, SequenceStart -> 1;
                case MappingEnd, SequenceEnd -> -1;
                default -> 0;
            };
            if (depth > DEEPEST) {
                throw new UsageException(place(e.getStartMark()) + "nested more than " + DEEPEST + " deep; a lab is machines, their settings and lists of them");
            }
        }
    }

    private VmConfig machine(Node node, Map<String, Node> defaults, int index) {
        Map<String, Node> settings = new LinkedHashMap<>(defaults);
        settings.putAll(entries(node, "a machine"));
        Path folder = file.toAbsolutePath().getParent();
        var vm = new VmSettings(folder);
        vm.name(place(node.getStartMark()) + "name", "vm" + (index + 1));
        for (Map.Entry<String, Node> e : settings.entrySet()) {
            if (LISTS.contains(e.getKey())) {
                list(vm, e.getKey(), e.getValue());
            } else {
                set(vm, e.getKey(), e.getValue());
            }
        }
        return vm.build(place(node.getStartMark()), "");
    }

    private void set(VmSettings vm, String key, Node node) {
        String where = place(node.getStartMark()) + key;
        switch (key) {
            case "name" -> vm.name(where, text(node, key));
            case "kernel" -> vm.kernel(file(node, key));
            case "initrd" -> vm.initrd(file(node, key));
            case "append" -> vm.append(text(node, key));
            case "guest-script" -> vm.guestScript(file(node, key));
            case "multiboot" -> vm.multiboot(file(node, key));
            case "memory" -> vm.memory(where, text(node, key));
            case "cpus" -> vm.cpus(where, text(node, key));
            case "enlightenments" -> vm.enlightened(bool(node, key));
            case "nested" -> vm.nested(bool(node, key));
            case "test-devices" -> vm.testDevices(bool(node, key));
            case "serial" -> vm.serial(where, text(node, key));
            case "hvsock" -> vm.sockets(where, text(node, key));
            default -> throw bad(node, "unknown key '" + key + "'; a machine has name, kernel, initrd, append, guest-script, multiboot, modules, memory, cpus, "
                    + "enlightenments, nested, test-devices, serial, hvsock, disks, nets, at");
        }
    }

    private void list(VmSettings vm, String key, Node node) {
        if (!(node instanceof SequenceNode items)) {
            throw bad(node, key + ": a list is needed");
        }
        for (Node item : items.getValue()) {
            String where = place(item.getStartMark()) + key;
            switch (key) {
                case "modules" -> vm.module(file(item, key));
                case "at" -> vm.action(where, text(item, key));
                case "disks" -> {
                    if (item instanceof MappingNode) {
                        vm.disk(attributes(item, where, "file", DiskConfig.KEYS));
                    } else {
                        vm.disk(where, text(item, key));
                    }
                }
                default -> {
                    if (item instanceof MappingNode) {
                        vm.network(attributes(item, where, "to", NetworkConfig.KEYS));
                    } else {
                        vm.network(where, text(item, key));
                    }
                }
            }
        }
    }

    private Attributes attributes(Node node, String where, String subject, Set<String> keys) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, Node> e : entries(node, where).entrySet()) {
            values.put(e.getKey(), text(e.getValue(), e.getKey()));
        }
        String name = values.remove(subject);
        if (name == null) {
            throw bad(node, subject + " is missing");
        }
        return new Attributes(where, name, values).known(keys);
    }

    private Map<String, Node> entries(Node node, String what) {
        if (!(node instanceof MappingNode mapping)) {
            throw bad(node, what + ": keys with values are needed");
        }
        Map<String, Node> found = new LinkedHashMap<>();
        Set<String> seen = new HashSet<>();
        for (NodeTuple t : mapping.getValue()) {
            String key = text(t.getKeyNode(), "a key");
            if (!seen.add(key)) {
                throw bad(t.getKeyNode(), "'" + key + "' stands twice");
            }
            found.put(key, t.getValueNode());
        }
        return found;
    }

    private String text(Node node, String key) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw bad(node, key + ": a single value is needed");
    }

    /** Name of a file that must be there; checked here, where the line is known. */
    private String file(Node node, String key) {
        String name = text(node, key);
        if (name.isEmpty()) {
            throw bad(node, key + ": a file's name is needed");
        }
        InputFiles.require(place(node.getStartMark()) + key, file.toAbsolutePath().getParent().resolve(name));
        return name;
    }

    private boolean bool(Node node, String key) {
        return switch (text(node, key)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw bad(node, key + ": true or false");
        };
    }

    private UsageException bad(Node node, String why) {
        return new UsageException(place(node.getStartMark()) + why);
    }

    private String place(Optional<Mark> mark) {
        return mark.map(m -> file + " line " + (m.getLine() + 1) + ": ").orElse(file + ": ");
    }
}
