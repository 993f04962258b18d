package dev.hv.cli.suite.report;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.SuiteListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compares digests of the states in which repetitions of a case end. */
public final class Digests implements SuiteListener {

    /** Of each case, how many repetitions ended with a digest. */
    private final Map<String, Map<String, Integer>> byCase = new LinkedHashMap<>();

    @Override
    public synchronized void ended(CaseResult result) {
        if (!result.digest().isEmpty()) {
            byCase.computeIfAbsent(result.planned().id(), id -> new LinkedHashMap<>()).merge(result.digest(), 1, Integer::sum);
        }
    }

    /** Whether all repetitions of each case that has digests ended alike. */
    public synchronized boolean equal() {
        return byCase.values().stream().allMatch(d -> d.size() == 1);
    }

    /** A line for each case that has digests, or one for each of them when they differ. */
    public synchronized List<String> lines() {
        List<String> all = new ArrayList<>();
        byCase.forEach((id, digests) -> digests.forEach((digest, n) -> all.add("digest  %s %s: %d %s".formatted(id, digest, n, digests.size() == 1 ? n == 1 ? "run" : "runs, all equal" : "of them, DIFFERENT"))));
        return all;
    }
}
