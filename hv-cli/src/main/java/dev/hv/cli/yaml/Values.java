package dev.hv.cli.yaml;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A mapping that has been checked: each value that is here has its key's shape. Values that had not are told and left out. */
public final class Values {

    private final Node node;
    private final Keys keys;
    private final Map<String, Node> found;
    private final Set<String> given;

    Values(Node node, Keys keys, Map<String, Node> found, Set<String> given) {
        this.node = node;
        this.keys = keys;
        this.found = found;
        this.given = given;
    }

    /** The mapping itself, for its place. */
    public Node node() {
        return node;
    }

    /** The keys it can have. */
    public Keys keys() {
        return keys;
    }

    /** Keys with their values, in the file's order. */
    public Map<String, Node> all() {
        return found;
    }

    /** Whether a key is there with a value that can be used. */
    public boolean has(String key) {
        return found.containsKey(key);
    }

    /** Whether a key is there, be its value right or wrong. */
    public boolean says(String key) {
        return given.contains(key);
    }

    /** A key's value; null when it is not there. */
    public Node get(String key) {
        return found.get(key);
    }

    /** A key's value, or for want of it the whole mapping: where to show what is wrong. */
    public Node at(String key) {
        return found.getOrDefault(key, node);
    }

    /** A single value. */
    public String text(String key, String otherwise) {
        return found.get(key) instanceof ScalarNode s ? s.getValue() : otherwise;
    }

    public long whole(String key, long otherwise) {
        return has(key) ? Long.parseLong(text(key, "")) : otherwise;
    }

    public double real(String key, double otherwise) {
        return has(key) ? Double.parseDouble(text(key, "")) : otherwise;
    }

    public boolean flag(String key, boolean otherwise) {
        return has(key) ? text(key, "").equals("true") : otherwise;
    }

    /** Items of a list; a value that is none is a list of itself, and one that is not there has none. */
    public List<Node> list(String key) {
        return has(key) ? items(found.get(key)) : List.of();
    }

    /** Items of a list; a value that is none is a list of itself. */
    public static List<Node> items(Node node) {
        return node instanceof SequenceNode s ? s.getValue() : List.of(node);
    }

    /** Texts of a list. */
    public List<String> texts(String key) {
        return list(key).stream().filter(ScalarNode.class::isInstance).map(n -> ((ScalarNode) n).getValue()).toList();
    }
}
