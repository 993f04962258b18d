package dev.hv.cli.suite;

/**
 * A result that a guest reported itself, such as a line of KTAP.
 *
 * @param name with the names of what it is part of, with {@code /} between
 * @param reason why it is not passed or was skipped; empty when there is nothing to say
 * @param nanos it took; -1 when that is not known
 * @param diagnostics lines that belong to it
 */
public record SubtestResult(String name, Status status, String reason, long nanos, String diagnostics) {}
