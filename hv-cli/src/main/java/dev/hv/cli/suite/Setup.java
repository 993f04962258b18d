package dev.hv.cli.suite;

import dev.hv.cli.yaml.Place;
import java.util.List;

/**
 * What is done once for the cases that name it: its end is kept as a checkpoint, from which each of them starts.
 *
 * @param name unique in its suite
 * @param place where it is written
 * @param timeouts of the whole setup, the boot included
 * @param steps what is done; without any, machines are started and their agents waited for
 */
public record Setup(String name, Place place, Timeouts timeouts, List<Step> steps) {}
