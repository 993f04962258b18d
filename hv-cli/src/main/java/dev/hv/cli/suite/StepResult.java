package dev.hv.cli.suite;

/**
 * What became of a step.
 *
 * @param step the step
 * @param reason why it is not passed, in a line; empty when it is
 * @param guestNanos it took, in the guest's time
 * @param hostNanos it took, in the host's time
 * @param output what it gave: a program's output, the console text that was read, a value; its beginning when there is much
 */
public record StepResult(Step step, Status status, String reason, long guestNanos, long hostNanos, String output) {}
