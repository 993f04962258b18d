package dev.hv.cli.coverage;

import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.execute.CodeCoverage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/** Which lines of a kernel a run reached: what is executed is noted while it runs, and written as lcov's tracefile at its end. The run is the same, to the instruction. */
public final class RunCoverage {

    private final Path file;
    private final CoveredImage image;
    private List<CodeCoverage> processors = List.of();

    private RunCoverage(Path file, CoveredImage image) {
        this.file = file;
        this.image = image;
    }

    /**
     * Coverage that is to be written.
     *
     * @param file where to
     * @param image the kernel with its line tables
     * @throws UsageException when one of the files does not serve
     */
    public static RunCoverage open(Path file, Path image) {
        OutputFiles.require("--coverage ", file);
        return new RunCoverage(file, CoveredImage.open("--vmlinux ", image));
    }

    /** Has every processor note what it executes; before the machine runs. */
    public void attach(Machine machine) {
        processors = image.attach(machine);
    }

    /**
     * Writes what was noted. The machine does not run any more.
     *
     * @param syscallEntry gives IA32_LSTAR of the guest
     * @return what is to be said when it could not be written; null when it was
     */
    public String write(LongSupplier syscallEntry) {
        long slide;
        try {
            slide = image.slide(syscallEntry.getAsLong());
        } catch (DwarfException e) {
            return "--vmlinux " + image.file() + ": " + e.getMessage();
        }
        try (var elf = new ElfImage(image.file())) {
            var report = new CoverageReport(elf);
            report.add(CodeCoverage.addresses(processors), slide);
            report.write(file);
            return null;
        } catch (IOException e) {
            return "--coverage %s: could not be written: %s".formatted(file, e.getMessage());
        }
    }
}
