package dev.hv.cli.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanTest {

    @TempDir
    private Path temp;

    private List<PlannedCase> plan() throws IOException {
        return Plan.of(List.of(new Suites(temp).read(Suites.SMALL.replace("[intel, amd]", "[intel, amd, x86-64-v2, x86-64-v3, max]"))));
    }

    private List<String> ids(Plan.Choice choice) throws IOException {
        return Plan.choose(plan(), choice).stream().map(PlannedCase::id).toList();
    }

    @Test
    void allPartsTogetherHaveEveryCaseOnce() throws IOException {
        List<String> all = ids(Plan.Choice.ALL);
        assertThat(all).hasSize(10).doesNotHaveDuplicates();
        for (int n = 1; n <= 13; n++) {
            List<String> parts = new ArrayList<>();
            for (int i = 1; i <= n; i++) {
                List<String> part = ids(new Plan.Choice(List.of(), Set.of(), Set.of(), i, n));
                assertThat(part.size()).isBetween(10 / n, 10 / n + 1);
                parts.addAll(part);
            }
            assertThat(parts).isEqualTo(all);
        }
    }

    @Test
    void casesAreChosenByNameAndTag() throws IOException {
        assertThat(ids(new Plan.Choice(List.of("one[cpu=amd", "two[cpu=max"), Set.of(), Set.of(), 1, 1))).containsExactly("s/one[cpu=amd]", "s/two[cpu=max]");
        assertThat(ids(new Plan.Choice(List.of(), Set.of("fast"), Set.of(), 1, 1))).hasSize(5).allMatch(id -> id.startsWith("s/one"));
        assertThat(ids(new Plan.Choice(List.of(), Set.of("all"), Set.of("fast"), 1, 1))).hasSize(5).allMatch(id -> id.startsWith("s/two"));
        assertThat(ids(new Plan.Choice(List.of("nowhere"), Set.of(), Set.of(), 1, 1))).isEmpty();
    }
}
