package dev.hv.cli.suite;

import dev.hv.cli.yaml.Place;
import java.util.List;
import java.util.Set;

/**
 * A case as it is written.
 *
 * @param name unique in its suite
 * @param place where it is written
 * @param tags words to choose by
 * @param timeouts of the case, its setup apart
 * @param setup what it starts from; null for machines that boot for it alone
 * @param skip why it is not run; null when it is
 * @param steps one after the other, until one fails
 * @param traces that it leaves in its folder
 */
public record CaseSpec(String name, Place place, Set<String> tags, Timeouts timeouts, Setup setup, String skip, List<Step> steps, List<CaseTrace> traces) {

    /** A case without traces. */
    public CaseSpec(String name, Place place, Set<String> tags, Timeouts timeouts, Setup setup, String skip, List<Step> steps) {
        this(name, place, tags, timeouts, setup, skip, steps, List.of());
    }
}
