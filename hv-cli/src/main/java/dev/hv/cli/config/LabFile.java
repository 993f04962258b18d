package dev.hv.cli.config;

import dev.hv.cli.yaml.Checker;
import dev.hv.cli.yaml.Key;
import dev.hv.cli.yaml.Keys;
import dev.hv.cli.yaml.Problem;
import dev.hv.cli.yaml.Problems;
import dev.hv.cli.yaml.Shape;
import dev.hv.cli.yaml.Values;
import dev.hv.cli.yaml.YamlText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads a lab: a YAML file with {@code machines} and, for what they have in common, {@code defaults} (docs/cli.md). */
public final class LabFile {

    private static final int LARGEST = 1 << 20;
    /** A lab has four levels: machines, a machine, a list, an entry with settings. */
    private static final int DEEPEST = 16;
    private static final int MOST_MACHINES = 64;
    private static final Keys MACHINE = new Keys("machine", "a machine", MachineKeys.ALL);
    private static final Keys LAB = new Keys("lab", "a lab", List.of(
            Key.needed("machines", new Shape.ListOf(new Shape.Table(MACHINE), 1, MOST_MACHINES), "the machines"),
            Key.of("host-memory", Shapes.SIZE, "what the host has for all of them; without it, as much as they can come to"),
            Key.of("defaults", new Shape.Table(MACHINE), "what they have in common")));

    private LabFile() {}

    /**
     * Reads a lab. Relative names in it count from the file's folder.
     *
     * @throws UsageException with the line when something is unknown or wrong
     */
    public static LabConfig read(Path file) {
        InputFiles.require("", file);
        var problems = new Problems(file);
        Node root = YamlText.root(file, InputFiles.readSmall(file, LARGEST, "a lab"), DEEPEST, "a lab has machines, their settings and lists of them", problems);
        right(problems);
        var checker = new Checker(problems);
        Values lab = checker.table(root, LAB);
        Values defaults = lab.has("defaults") ? checker.table(lab.get("defaults"), MACHINE) : null;
        if (defaults != null && defaults.has("name")) {
            problems.add(defaults.get("name"), "defaults cannot give a name");
        }
        right(problems);
        var keys = new MachineKeys(problems, file.toAbsolutePath().getParent());
        List<VmConfig> all = new ArrayList<>();
        for (Node m : lab.list("machines")) {
            all.add(keys.machine(defaults, checker.table(m, MACHINE), "vm" + (all.size() + 1)));
        }
        right(problems);
        return new LabConfig(List.copyOf(all), lab.has("host-memory") ? Sizes.bytes("host-memory", lab.text("host-memory", "")) : 0).checked();
    }

    /** One line for a user: the first that is wrong. */
    private static void right(Problems problems) {
        if (!problems.none()) {
            Problem first = problems.all().getFirst();
            throw new UsageException("%s line %d: %s".formatted(first.place().file(), first.place().line(), first.message()));
        }
    }
}
