package dev.hv.cli.suite;

import java.util.List;
import java.util.Map;

/**
 * The combinations in which the cases of a suite are run.
 *
 * @param axes names of what is varied, in the file's order; empty without a matrix
 * @param cells value by axis of each combination, in order; one empty one without a matrix
 */
public record Matrix(List<String> axes, List<Map<String, String>> cells) {

    /** Nothing is varied. */
    public static final Matrix NONE = new Matrix(List.of(), List.of(Map.of()));
}
