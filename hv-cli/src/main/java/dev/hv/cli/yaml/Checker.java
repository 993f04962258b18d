package dev.hv.cli.yaml;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Holds nodes against shapes, and tells all that does not fit. */
public final class Checker {

    /** Takes the keys of another mapping, those that are not given beside it: {@code <<: *anchor}. */
    static final String MERGE = "<<";
    private static final String DECIMAL = "[-+]?\\d{1,18}";
    private static final String NUMBER = "[-+]?(\\d{1,300}(\\.\\d{0,300})?|\\.\\d{1,300})([eE][-+]?\\d{1,3})?";

    private final Problems problems;

    /** Tells what is wrong to {@code problems}. */
    public Checker(Problems problems) {
        this.problems = problems;
    }

    /** A mapping with these keys. What is unknown, missing, doubled or misshapen is told; what is left can be used. */
    public Values table(Node node, Keys keys) {
        Map<String, Node> found = new LinkedHashMap<>();
        boolean mapping = node instanceof MappingNode;
        if (!mapping) {
            problems.add(node, keys.what() + " is needed here: keys with values, such as " + keys.verb());
        }
        Map<String, Node> given = mapping ? entries(node, keys.what()) : Map.of();
        given.forEach((name, value) -> {
            Key key = keys.find(name);
            if (key == null) {
                problems.add(value, "unknown key '" + name + "' of " + keys.what() + Nearest.hint(name, keys.names()));
            } else if (fits(value, key.shape(), name) || readAgain(value, key.shape())) {
                found.put(name, value);
            }
        });
        for (Key k : keys.all()) {
            if (mapping && k.required() && !given.containsKey(k.name())) {
                problems.add(node, keys.what() + " needs " + k.name() + ": " + k.shape().what());
            }
        }
        return new Values(node, keys, found, given.keySet());
    }

    /** Whether what is in a value is checked again when it is read, so that what is right in it need not be lost with what is wrong. */
    private static boolean readAgain(Node node, Shape shape) {
        return switch (shape) {
            case Shape.Table t -> node instanceof MappingNode;
            case Shape.Kinds k -> node instanceof MappingNode;
            case Shape.MapOf m -> node instanceof MappingNode && m.value() instanceof Shape.Table;
            case Shape.ListOf l -> node instanceof SequenceNode && (l.item() instanceof Shape.Table || l.item() instanceof Shape.Kinds);
            case Shape.Either e -> node instanceof MappingNode && e.shapes().stream().anyMatch(Shape.Table.class::isInstance);
            default -> false;
        };
    }

    /** A mapping of one of several kinds; null when it is none of them, or several. */
    public Values kind(Node node, Shape.Kinds shape) {
        if (!(node instanceof MappingNode)) {
            problems.add(node, shape.what() + " is needed here: keys with values");
            return null;
        }
        Set<String> given = entries(node, shape.what()).keySet();
        List<Keys> fitting = shape.kinds().stream().filter(k -> given.contains(k.verb())).toList();
        if (fitting.size() == 1) {
            return table(node, fitting.getFirst());
        }
        List<String> verbs = shape.kinds().stream().map(Keys::verb).toList();
        if (fitting.isEmpty()) {
            String odd = given.stream().filter(k -> Nearest.to(k, verbs) != null).findFirst().orElse(given.stream().findFirst().orElse(""));
            problems.add(node, shape.what() + " says what it does by one key" + Nearest.hint(odd, verbs));
        } else {
            problems.add(node, shape.what() + " does one thing, and this does " + String.join(" and ", fitting.stream().map(Keys::verb).toList()) + "; write one after the other");
        }
        return null;
    }

    /** Whether a node has a shape; what is wrong is told. */
    public boolean fits(Node node, Shape shape, String key) {
        int before = problems.told();
        switch (shape) {
            case Shape.ListOf list -> list(node, list, key);
            case Shape.MapOf map -> map(node, map, key);
            case Shape.Table t -> table(node, t.keys());
            case Shape.Kinds k -> kind(node, k);
            case Shape.Either e -> either(node, e, key);
            default -> single(node, shape, key);
        }
        return problems.told() == before;
    }

    private void list(Node node, Shape.ListOf shape, String key) {
        if (!(node instanceof SequenceNode items)) {
            problems.add(node, key + ": a list is needed, each of it " + shape.item().what());
            return;
        }
        int n = items.getValue().size();
        if (n < shape.least() || n > shape.most()) {
            problems.add(node, n < shape.least() ? key + ": a list of at least one is needed, each " + shape.item().what() : "%s: has %d, at most %d can be given".formatted(key, n, shape.most()));
        }
        for (Node item : items.getValue()) {
            fits(item, shape.item(), key);
        }
    }

    private void map(Node node, Shape.MapOf shape, String key) {
        if (!(node instanceof MappingNode mapping)) {
            problems.add(node, key + ": " + shape.what() + " are needed");
            return;
        }
        for (NodeTuple t : mapping.getValue()) {
            single(t.getKeyNode(), shape.key(), key);
        }
        entries(node, key).forEach((name, value) -> fits(value, shape.value(), name));
    }

    private void either(Node node, Shape.Either shape, String key) {
        List<Shape> candidates = new ArrayList<>(shape.shapes().stream().filter(s -> alike(node, s)).toList());
        if (candidates.isEmpty()) {
            problems.add(node, key + ": " + shape.what() + " is needed");
            return;
        }
        if (candidates.size() == 1) {
            fits(node, candidates.getFirst(), key);
            return;
        }
        // several kinds of single values
        if (candidates.stream().noneMatch(s -> problem((ScalarNode) node, s) == null)) {
            problems.add(node, key + ": " + ((ScalarNode) node).getValue() + ": " + shape.what() + " is needed");
        }
    }

    private static boolean alike(Node node, Shape shape) {
        return switch (shape) {
            case Shape.ListOf l -> node instanceof SequenceNode;
            case Shape.MapOf m -> node instanceof MappingNode;
            case Shape.Table t -> node instanceof MappingNode;
            case Shape.Kinds k -> node instanceof MappingNode;
            default -> node instanceof ScalarNode;
        };
    }

    private void single(Node node, Shape shape, String key) {
        if (!(node instanceof ScalarNode scalar)) {
            problems.add(node, key + ": a single value is needed: " + shape.what());
            return;
        }
        String problem = problem(scalar, shape);
        if (problem != null) {
            problems.add(node, key + ": " + problem);
        }
    }

    /** What is wrong with a single value; null when nothing is. */
    private static String problem(ScalarNode node, Shape shape) {
        return node.getTag().equals(Tag.NULL) ? problem("", true, shape) : problem(node.getValue(), shape);
    }

    /** What is wrong with a single value; null when nothing is. */
    public static String problem(String value, Shape shape) {
        return problem(value, false, shape);
    }

    private static String problem(String v, boolean nothing, Shape shape) {
        if (shape instanceof Shape.Nothing) {
            return nothing || v.equals("true") ? null : shape.what() + ", not " + v;
        }
        if (nothing) {
            return "has no value; " + shape.what() + " is needed";
        }
        boolean ok = switch (shape) {
            case Shape.Text t -> t.pattern() == null || t.pattern().matcher(v).matches();
            case Shape.Choice c -> c.words().contains(v);
            case Shape.Flag f -> v.equals("true") || v.equals("false");
            case Shape.Whole w -> v.matches(DECIMAL) && Long.parseLong(v) >= w.least() && Long.parseLong(v) <= w.most();
            case Shape.Real r -> v.matches(NUMBER) && Double.parseDouble(v) >= r.least() && Double.parseDouble(v) <= r.most();
            default -> false;
        };
        if (!ok) {
            return (v.isEmpty() ? "is empty" : v) + ": " + shape.what() + " is needed" + (shape instanceof Shape.Choice c && Nearest.to(v, c.words()) != null
                    ? "; did you mean '" + Nearest.to(v, c.words()) + "'?" : "");
        }
        return shape instanceof Shape.Text t && t.problem() != null ? t.problem().apply(v) : null;
    }

    /** Keys with their values; what is no mapping has none. Keys that stand twice are told. */
    public Map<String, Node> entries(Node node, String what) {
        Map<String, Node> found = new LinkedHashMap<>();
        if (!(node instanceof MappingNode mapping)) {
            problems.add(node, what + ": keys with values are needed");
            return found;
        }
        Set<String> own = new HashSet<>();
        List<Node> merged = new ArrayList<>();
        for (NodeTuple t : mapping.getValue()) {
            if (!(t.getKeyNode() instanceof ScalarNode key)) {
                problems.add(t.getKeyNode(), what + ": a key is a single value");
            } else if (!own.add(key.getValue())) {
                problems.add(key, "'" + key.getValue() + "' stands twice in " + what);
            } else if (key.getValue().equals(MERGE)) {
                merged.addAll(t.getValueNode() instanceof SequenceNode s ? s.getValue() : List.of(t.getValueNode()));
            } else {
                found.put(key.getValue(), t.getValueNode());
            }
        }
        for (Node m : merged) {
            entries(m, MERGE).forEach(found::putIfAbsent);
        }
        return found;
    }
}
