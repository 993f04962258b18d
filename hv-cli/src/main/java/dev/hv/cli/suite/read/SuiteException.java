package dev.hv.cli.suite.read;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.yaml.Problem;
import java.util.List;

/** What is wrong in suite files: all of it. */
public final class SuiteException extends UsageException {

    private final transient List<Problem> problems;

    SuiteException(List<Problem> problems) {
        super(problems.getFirst().toString());
        this.problems = List.copyOf(problems);
    }

    /** At least one, file by file in each file's order. */
    public List<Problem> problems() {
        return problems;
    }
}
