package dev.hv.cli.suite.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.suite.Status;
import org.junit.jupiter.api.Test;

class OutcomeTest {

    @Test
    void subtestsDecideWhetherAStepHasPassed() {
        Outcome good = Outcome.passed("x").withSubtests("1..2\nok 1 a\nok 2 b # SKIP no\n");
        assertThat(good.status()).isEqualTo(Status.PASSED);
        assertThat(good.subtests()).hasSize(2);
        Outcome bad = Outcome.passed("x").withSubtests("1..2\nok 1 a\nnot ok 2 b\n");
        assertThat(bad.status()).isEqualTo(Status.FAILED);
        assertThat(bad.reason()).isEqualTo("1 of 2 subtests failed, first b");
        assertThat(Outcome.passed("x").withSubtests("all is well").status()).isEqualTo(Status.FAILED);
        assertThat(Outcome.failed("exit status 1", "x").withSubtests("1..1\nok 1 a\n").reason()).isEqualTo("exit status 1");
    }
}
