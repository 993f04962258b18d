package dev.hv.cli.suite;

import java.nio.file.Path;

/**
 * How planned cases are run.
 *
 * @param jobs workers at the same time, at least 1
 * @param repetitions how often each case is run, at least 1
 * @param untilFailure whether the run ends with the first case that is not passed
 * @param seed of the first repetition; each further one has the next number
 * @param digests whether each case's end has a digest of all state; then all repetitions have the same seed, and equal digests
 * @param artefacts folder in which a case that is not passed leaves its own; it need not exist
 * @param checkpoints folder in which setups are kept, from run to run; it need not exist
 * @param coverage folder that is there, in which cases on a kernel with line tables leave what they executed of it; null when that is not noted
 */
public record SuiteRunSettings(int jobs, int repetitions, boolean untilFailure, long seed, boolean digests, Path artefacts, Path checkpoints, Path coverage) {

    /** Settings without coverage. */
    public SuiteRunSettings(int jobs, int repetitions, boolean untilFailure, long seed, boolean digests, Path artefacts, Path checkpoints) {
        this(jobs, repetitions, untilFailure, seed, digests, artefacts, checkpoints, null);
    }

    /** The same with a folder for coverage. */
    public SuiteRunSettings covering(Path folder) {
        return new SuiteRunSettings(jobs, repetitions, untilFailure, seed, digests, artefacts, checkpoints, folder);
    }
}
