package dev.hv.cli.suite.read;

import dev.hv.cli.suite.Matrix;
import dev.hv.cli.yaml.Checker;
import dev.hv.cli.yaml.Nearest;
import dev.hv.cli.yaml.Problems;
import dev.hv.cli.yaml.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads a matrix: its axes, and the cells that are left when some are taken away and some are added. */
final class MatrixReader {

    /** Cells of a matrix; more are a mistake rather than a wish. */
    static final int MOST_CELLS = 1000;
    private static final Set<String> OF_THE_LIST = Set.of("kernel", "cpus");

    private final Problems problems;
    private final Checker checker;
    /** Values of each axis with their nodes. */
    private final Map<String, Map<String, Node>> axes = new LinkedHashMap<>();

    MatrixReader(Problems problems) {
        this.problems = problems;
        checker = new Checker(problems);
    }

    /** The matrix; one empty cell for want of one. */
    Matrix matrix(Node node) {
        if (node == null) {
            return Matrix.NONE;
        }
        Values v = checker.table(node, SuiteKeys.MATRIX);
        long product = 1;
        for (String axis : v.all().keySet()) {
            if (!axis.equals("include") && !axis.equals("exclude")) {
                axes.put(axis, values(v, axis));
                product *= Math.max(1, axes.get(axis).size());
            }
        }
        if (axes.isEmpty()) {
            problems.add(node, "a matrix needs an axis: kernel, cpu, cpus, processors or engine");
            return Matrix.NONE;
        }
        if (product > MOST_CELLS) {
            problems.add(node, "the matrix has %d combinations (%s); at most %d can be run".formatted(product,
                    String.join(" × ", axes.entrySet().stream().map(e -> e.getValue().size() + " " + e.getKey()).toList()), MOST_CELLS));
            return Matrix.NONE;
        }
        return new Matrix(List.copyOf(axes.keySet()), cells(node, v));
    }

    /** The kernel that a cell names; null without such an axis. */
    Node kernel(Map<String, String> cell) {
        return axes.containsKey("kernel") ? axes.get("kernel").get(cell.get("kernel")) : null;
    }

    /** The node of a cell's value, for its place; null when a cell that was added brought it. */
    Node node(Map<String, String> cell, String axis) {
        return axes.containsKey(axis) ? axes.get(axis).get(cell.get(axis)) : null;
    }

    private Map<String, Node> values(Values v, String axis) {
        Map<String, Node> all = new LinkedHashMap<>();
        for (Node n : v.list(axis)) {
            String name = n instanceof ScalarNode scalar ? scalar.getValue() : checker.table(n, SuiteKeys.KERNEL).text("name", "");
            if (all.put(name, n) != null) {
                problems.add(n, axis + ": " + name + " stands twice");
            }
        }
        return all;
    }

    private List<Map<String, String>> cells(Node node, Values v) {
        List<Map<String, String>> all = new ArrayList<>(List.of(Map.of()));
        for (Map.Entry<String, Map<String, Node>> axis : axes.entrySet()) {
            List<Map<String, String>> longer = new ArrayList<>();
            for (Map<String, String> cell : all) {
                for (String value : axis.getValue().keySet()) {
                    Map<String, String> more = new LinkedHashMap<>(cell);
                    more.put(axis.getKey(), value);
                    longer.add(more);
                }
            }
            all = longer;
        }
        for (Node n : v.list("exclude")) {
            Map<String, String> out = combination(n, "exclude", true);
            if (!all.removeIf(cell -> cell.entrySet().containsAll(out.entrySet()))) {
                problems.add(n, "exclude: no combination has these values, or an exclude before it took them all");
            }
        }
        LinkedHashSet<Map<String, String>> cells = new LinkedHashSet<>(all);
        for (Node n : v.list("include")) {
            Map<String, String> given = combination(n, "include", false);
            if (!given.keySet().equals(axes.keySet())) {
                problems.add(n, "include: a value for each axis is needed: " + String.join(", ", axes.keySet()));
            }
            Map<String, String> cell = new LinkedHashMap<>();
            axes.keySet().forEach(a -> cell.put(a, given.getOrDefault(a, "")));
            if (!cells.add(cell)) {
                problems.add(n, "include: this combination is there already");
            }
        }
        if (cells.isEmpty()) {
            problems.add(node, "nothing is left of the matrix; exclude less");
        }
        return List.copyOf(cells);
    }

    /** A combination; values must be of their axis where {@code known}, and what machines are built with always. */
    private Map<String, String> combination(Node node, String key, boolean known) {
        Map<String, String> all = new LinkedHashMap<>();
        checker.entries(node, key).forEach((axis, n) -> {
            String value = ((ScalarNode) n).getValue();
            Map<String, Node> values = axes.get(axis);
            if (values == null) {
                problems.add(n, key + ": the matrix has no axis " + axis + Nearest.hint(axis, axes.keySet()));
            } else if ((known || OF_THE_LIST.contains(axis)) && !values.containsKey(value)) {
                problems.add(n, key + ": " + axis + " has no value " + value + Nearest.hint(value, values.keySet()));
            } else if (checker.fits(n, SuiteKeys.axisValue(axis), axis)) {
                all.put(axis, value);
            }
        });
        return all;
    }
}
