package dev.hv.cli.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What of several suites is run, in order: cell by cell of each suite's matrix, so that cases with a common setup stand together. */
public final class Plan {

    /**
     * What is chosen.
     *
     * @param filters texts, one of which must be in a case's id; empty for all cases
     * @param tags one of which a case must have; empty for all cases
     * @param without tags that a case must not have
     * @param shard which part, from 1
     * @param shards number of parts
     */
    public record Choice(List<String> filters, Set<String> tags, Set<String> without, int shard, int shards) {

        /** Everything. */
        public static final Choice ALL = new Choice(List.of(), Set.of(), Set.of(), 1, 1);

        boolean takes(PlannedCase c) {
            String id = c.id();
            boolean named = filters.isEmpty() || filters.stream().anyMatch(id::contains);
            boolean tagged = tags.isEmpty() || c.spec().tags().stream().anyMatch(tags::contains);
            return named && tagged && c.spec().tags().stream().noneMatch(without::contains);
        }
    }

    private Plan() {}

    /** Every case of every suite in every cell of its matrix. */
    public static List<PlannedCase> of(List<Suite> suites) {
        List<PlannedCase> all = new ArrayList<>();
        for (Suite s : suites) {
            for (int cell = 0; cell < s.matrix().cells().size(); cell++) {
                for (CaseSpec c : s.cases()) {
                    all.add(new PlannedCase(s.name(), c, s.matrix().cells().get(cell), s.testbeds().get(cell)));
                }
            }
        }
        return List.copyOf(all);
    }

    /**
     * The cases of a plan that are chosen. Parts are contiguous and differ by one case at most, so that each makes as few setups as can be; together they have every case once.
     */
    public static List<PlannedCase> choose(List<PlannedCase> plan, Choice choice) {
        List<PlannedCase> chosen = plan.stream().filter(choice::takes).toList();
        long n = chosen.size();
        return chosen.subList((int) (n * (choice.shard() - 1) / choice.shards()), (int) (n * choice.shard() / choice.shards()));
    }
}
