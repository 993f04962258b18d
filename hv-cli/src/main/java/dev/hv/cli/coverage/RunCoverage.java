package dev.hv.cli.coverage;

import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.core.machine.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Which lines of a kernel and its modules a run reached: what is executed is noted while it runs, and written as lcov's tracefile at its end. The run is the same, to the instruction. */
public final class RunCoverage {

    private final Path file;
    private final CoveredCode code;
    private CoveredCode.Notes notes;

    private RunCoverage(Path file, CoveredCode code) {
        this.file = file;
        this.code = code;
    }

    /**
     * Coverage that is to be written.
     *
     * @param file where to
     * @param image the kernel with its line tables; null for none
     * @param modules files of modules with theirs, or folders of them
     * @throws UsageException when one of the files does not serve
     */
    public static RunCoverage open(Path file, Path image, List<Path> modules) {
        OutputFiles.require("--coverage ", file);
        return new RunCoverage(file, new CoveredCode(image == null ? null : CoveredImage.open("--vmlinux ", image), ModuleImages.open("--kernel-module ", modules)));
    }

    /** Has every processor note what it executes; before the machine runs. */
    public void attach(Machine machine) {
        notes = code.attach(machine);
    }

    /**
     * Writes what was noted. The machine does not run any more.
     *
     * @param syscallEntry gives IA32_LSTAR of the guest
     * @return what is to be said about what could not be written
     */
    public List<String> write(LongSupplier syscallEntry) {
        Map<Path, long[]> executed;
        try {
            executed = notes.executed(syscallEntry);
        } catch (DwarfException e) {
            return List.of("--vmlinux " + code.kernel().file() + ": " + e.getMessage());
        }
        List<String> problems = new ArrayList<>();
        notes.problems().forEach(p -> problems.add("--kernel-module " + p));
        try {
            CoverageReport.write(file, executed);
        } catch (IOException e) {
            problems.add("--coverage %s: could not be written: %s".formatted(file, e.getMessage()));
        }
        return problems;
    }
}
