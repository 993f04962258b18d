package dev.hv.cli.suite.run;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.coverage.CoveredCode;
import dev.hv.cli.coverage.DwarfException;
import dev.hv.cli.coverage.SuiteCoverage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** Notes what code of a kernel and its modules a case executes: that of its machines, of those that it goes back to, and not that of its setup. */
final class CaseCoverage {

    private final CoveredCode code;
    private CoveredCode.Notes notes;
    private CaseLab lab;
    private final Map<Path, long[]> noted = new TreeMap<>();
    private final Set<String> problems = new LinkedHashSet<>();

    private CaseCoverage(CoveredCode code) {
        this.code = code;
    }

    /** Images that a process has read. */
    static final class Images {

        private final Map<SuiteCoverage.Wanted, CoveredCode> known = new HashMap<>();

        /** Coverage of a case on what its suite names. */
        CaseCoverage of(SuiteCoverage.Wanted wanted) throws UsageException {
            return new CaseCoverage(known.computeIfAbsent(wanted, SuiteCoverage.Wanted::open));
        }
    }

    /** Machines begin to run. */
    void begin(CaseLab begun) {
        lab = begun;
        notes = code.attach(begun.lab().machine());
    }

    /** They do not run any more. */
    void end() {
        if (lab == null) {
            return;
        }
        try {
            notes.executed(lab.lab()::syscallEntry).forEach((image, addresses) -> noted.merge(image, addresses, CaseCoverage::together));
            notes.problems().forEach(p -> problems.add("coverage-modules " + p));
        } catch (DwarfException e) {
            problems.add("coverage " + code.kernel().file() + ": " + e.getMessage());
        }
        lab = null;
    }

    private static long[] together(long[] a, long[] b) {
        return LongStream.concat(LongStream.of(a), LongStream.of(b)).sorted().distinct().toArray();
    }

    /** Leaves what was noted in a folder; what is to be said when there is something wrong with it. */
    Collection<String> leave(Path folder, String name) {
        try {
            SuiteCoverage.leave(folder, name, noted);
        } catch (IOException e) {
            return List.of("coverage could not be written: " + e.getMessage());
        }
        return problems;
    }
}
