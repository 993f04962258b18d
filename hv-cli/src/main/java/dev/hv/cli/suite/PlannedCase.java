package dev.hv.cli.suite;

import java.util.Map;

/**
 * A case in one cell of its suite's matrix: what is run and reported.
 *
 * @param suite name of the suite
 * @param spec the case
 * @param cell value by axis of the matrix, in the matrix' order; empty without a matrix
 * @param testbed what it runs on, with the cell's values
 */
public record PlannedCase(String suite, CaseSpec spec, Map<String, String> cell, Testbed testbed) {

    /** Names the case among all of a run, the same in every run: {@code SUITE/CASE}, and with a matrix {@code SUITE/CASE[cpu=amd,cpus=4]}. */
    public String id() {
        return suite + "/" + title();
    }

    /** The id without the suite. */
    public String title() {
        return cell.isEmpty() ? spec.name() : spec.name() + "[" + cellText() + "]";
    }

    /** The cell in one text: {@code cpu=amd,cpus=4}. */
    public String cellText() {
        return String.join(",", cell.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    }
}
