package dev.hv.cli.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A tree of objects as it was at one moment, and what paths in it mean. A path is names with slashes between: {@code vm/0/partition/vp/1/synic/sint/2}. In a name {@code *} stands for any characters, {@code **} alone for any number of names; a number stands for the place
 * of a name where no name is that number.
 */
public final class InspectTree {

    private static final int MOST_NAMES = 12;

    private final InspectNode.Branch root;

    /** A tree below a branch. */
    public InspectTree(InspectNode.Branch root) {
        this.root = root;
    }

    /** The branch that has everything. */
    public InspectNode.Branch root() {
        return root;
    }

    /**
     * Everything a path names, by whole path, in the tree's order; never nothing.
     *
     * @throws InspectException when the path names nothing, with a sentence that says what there is
     */
    public Map<String, InspectNode> find(String path) throws InspectException {
        String[] names = split(path);
        Map<String, InspectNode> found = new LinkedHashMap<>();
        collect(root, "", names, 0, found);
        if (found.isEmpty()) {
            throw new InspectException(missing(path, names));
        }
        return found;
    }

    /**
     * The one value that a path names.
     *
     * @throws InspectException when it names nothing, a branch, or several values
     */
    public InspectNode.Value value(String path) throws InspectException {
        Map<String, InspectNode> found = find(path);
        if (found.size() > 1) {
            throw new InspectException(path + " names " + found.size() + " things: " + some(new ArrayList<>(found.keySet())));
        }
        return switch (found.values().iterator().next()) {
            case InspectNode.Value v -> v;
            case InspectNode.Branch b -> throw new InspectException(path + " has more below: " + some(b.names()));
        };
    }

    private static String[] split(String path) {
        String p = path.replaceAll("^/+|/+$", "");
        return p.isEmpty() ? new String[0] : p.split("/+");
    }

    private static void collect(InspectNode at, String path, String[] names, int depth, Map<String, InspectNode> found) {
        if (depth == names.length) {
            found.putIfAbsent(path, at);
            return;
        }
        boolean any = names[depth].equals("**");
        if (any) {
            collect(at, path, names, depth + 1, found);
        }
        if (at instanceof InspectNode.Branch b) {
            for (String name : any ? b.names() : matching(b, names[depth])) {
                collect(b.child(name), path.isEmpty() ? name : path + "/" + name, names, any ? depth : depth + 1, found);
            }
        }
    }

    /** Names below a branch that a name of a path stands for. */
    private static List<String> matching(InspectNode.Branch b, String name) {
        if (b.child(name) != null) {
            return List.of(name);
        }
        List<String> all = b.names();
        if (name.matches("\\d{1,9}")) {
            int place = Integer.parseInt(name);
            return place < all.size() ? List.of(all.get(place)) : List.of();
        }
        if (!name.contains("*")) {
            return List.of();
        }
        Pattern pattern = Pattern.compile(Pattern.quote(name).replaceAll("\\*+", "\\\\E[^/]*\\\\Q"), Pattern.DOTALL);
        return all.stream().filter(n -> pattern.matcher(n).matches()).toList();
    }

    /** What a path that names nothing got wrong: the first of its names with which nothing begins, and what is there instead. */
    private String missing(String path, String[] names) {
        for (int n = 1; n <= names.length; n++) {
            Map<String, InspectNode> before = new LinkedHashMap<>();
            Map<String, InspectNode> here = new LinkedHashMap<>();
            String[] head = Arrays.copyOf(names, n);
            collect(root, "", head, 0, here);
            if (here.isEmpty()) {
                collect(root, "", Arrays.copyOf(names, n - 1), 0, before);
                Map.Entry<String, InspectNode> place = before.entrySet().iterator().next();
                String where = place.getKey().isEmpty() ? "there" : "in " + place.getKey();
                return place.getValue() instanceof InspectNode.Branch b ? "%s: no %s; %s is %s".formatted(path, names[n - 1], where, some(b.names()))
                        : "%s: %s is a value, with nothing below".formatted(path, place.getKey());
            }
        }
        return path + " names nothing";
    }

    private static String some(List<String> names) {
        if (names.isEmpty()) {
            return "nothing";
        }
        String text = String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())));
        return names.size() > MOST_NAMES ? text + " and " + (names.size() - MOST_NAMES) + " more" : text;
    }
}
