package dev.hv.cli.suite.run;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.coverage.CoveredImage;
import dev.hv.cli.coverage.DwarfException;
import dev.hv.cli.coverage.SuiteCoverage;
import dev.hv.cpu.execute.CodeCoverage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Notes what code of a kernel a case executes: that of its machines, of those that it goes back to, and not that of its setup. */
final class CaseCoverage {

    private final CoveredImage image;
    private List<CodeCoverage> processors = List.of();
    private CaseLab lab;
    private long[] noted = new long[0];
    private String problem;

    private CaseCoverage(CoveredImage image) {
        this.image = image;
    }

    /** Images that a process has read. */
    static final class Images {

        private final Map<Path, CoveredImage> known = new HashMap<>();

        /** Coverage of a case on an image. */
        CaseCoverage of(Path image) throws UsageException {
            return new CaseCoverage(known.computeIfAbsent(image, i -> CoveredImage.open("coverage ", i)));
        }
    }

    /** Machines begin to run. */
    void begin(CaseLab begun) {
        lab = begun;
        processors = image.attach(begun.lab().machine());
    }

    /** They do not run any more. */
    void end() {
        if (lab == null) {
            return;
        }
        try {
            long slide = image.slide(lab.lab().syscallEntry());
            noted = LongStream.concat(LongStream.of(noted), LongStream.of(CodeCoverage.addresses(processors)).map(a -> a - slide)).sorted().distinct().toArray();
        } catch (DwarfException e) {
            problem = "coverage " + image.file() + ": " + e.getMessage();
        }
        lab = null;
    }

    /** Leaves what was noted in a folder; what is to be said when there is something wrong with it, else null. */
    String leave(Path folder, String name) {
        try {
            SuiteCoverage.leave(folder, name, image.file(), noted);
        } catch (IOException e) {
            return "coverage could not be written: " + e.getMessage();
        }
        return problem;
    }
}
