package dev.hv.cli.suite;

import dev.hv.cli.yaml.Place;

/**
 * What every step has.
 *
 * @param place where it is written
 * @param machine the machine it is about; null for the first (of what is about all machines: for all)
 * @param text the step in a line, for progress and reports
 * @param timeout ns of guest time that the step may take; {@link Timeouts#NONE} when only the case's holds
 */
public record StepHead(Place place, String machine, String text, long timeout) {}
