package dev.hv.cli.suite;

import java.nio.file.Path;
import java.util.List;

/**
 * What became of a case.
 *
 * @param planned the case
 * @param repetition which of its repetitions, from 0
 * @param seed of the schedule and of everything else left to chance
 * @param reason why it is not passed, in a line; empty when it is
 * @param guestNanos it took, in the guest's time, its setup apart
 * @param hostNanos it took, in the host's time, its setup apart
 * @param steps those that were begun, in order
 * @param subtests what the guest reported itself, in order
 * @param console the last that the machines printed, for reports
 * @param artefacts folder with console, log, checkpoint, …; null when there is none
 * @param replay command that runs it again as it was; empty when there is none
 * @param digest of all state at its end; empty when none was asked for
 */
public record CaseResult(PlannedCase planned, int repetition, long seed, Status status, String reason, long guestNanos, long hostNanos, List<StepResult> steps, List<SubtestResult> subtests,
        String console, Path artefacts, String replay, String digest) {

    /** This, with what was left of it. */
    public CaseResult leaving(Path folder, String command) {
        return new CaseResult(planned, repetition, seed, status, reason, guestNanos, hostNanos, steps, subtests, console, folder, command, digest);
    }

    /** A case that was not run, or about which nothing is known but this. */
    public static CaseResult without(PlannedCase planned, int repetition, long seed, Status status, String reason) {
        return new CaseResult(planned, repetition, seed, status, reason, 0, 0, List.of(), List.of(), "", null, "", "");
    }
}
