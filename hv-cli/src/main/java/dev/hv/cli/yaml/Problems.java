package dev.hv.cli.yaml;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** What is wrong in one file, as it is found. */
public final class Problems {

    private static final int MOST = 200;

    private final Path file;
    private final Set<Problem> found = new LinkedHashSet<>();
    private int told;

    /** Nothing is known to be wrong in the file. */
    public Problems(Path file) {
        this.file = file;
    }

    /** Where a node begins. */
    public Place place(Node node) {
        return place(node.getStartMark());
    }

    Place place(Optional<Mark> mark) {
        return mark.map(m -> new Place(file, m.getLine() + 1, m.getColumn() + 1)).orElse(new Place(file, 1, 1));
    }

    /** Something is wrong with a node. */
    public void add(Node node, String message) {
        add(place(node), message);
    }

    /** Something is wrong at a place; the same is told once. */
    public void add(Place place, String message) {
        told++;
        if (found.size() < MOST) {
            found.add(new Problem(place, message));
        }
    }

    /** Whether nothing is wrong. */
    public boolean none() {
        return found.isEmpty();
    }

    /** How often something was told, the same as often as it was. */
    int told() {
        return told;
    }

    /** All of it, in the file's order; at most 200. */
    public List<Problem> all() {
        List<Problem> all = new ArrayList<>(found);
        all.sort(Comparator.comparingInt((Problem p) -> p.place().line()).thenComparingInt(p -> p.place().column()));
        return Collections.unmodifiableList(all);
    }
}
