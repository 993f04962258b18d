package dev.hv.cli.suite;

import java.nio.file.Path;
import java.util.List;

/**
 * A suite as it is written, checked.
 *
 * @param file it was read from
 * @param name unique among the suites of a run
 * @param matrix the combinations
 * @param testbeds what the cases run on in each cell of the matrix, in its order
 * @param setups what cases can start from
 * @param cases in the file's order
 */
public record Suite(Path file, String name, Matrix matrix, List<Testbed> testbeds, List<Setup> setups, List<CaseSpec> cases) {}
