package dev.hv.cli.run;

import java.util.List;

/**
 * What came of a run.
 *
 * @param ended why each machine ended, in the lab's order
 * @param lost what could not be written to its end: traces, captures, statistics; a sentence each
 */
public record RunResult(List<EndedVm> ended, List<String> lost) {}
