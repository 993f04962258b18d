package dev.hv.cli.coverage;

import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.core.machine.Machine;
import dev.hv.cpu.execute.CodeCoverage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Which lines of a kernel a run reached: what is executed is noted while it runs, and written as lcov's tracefile at its end. The run is the same, to the instruction. */
public final class RunCoverage {

    /** Where Linux has the processor go at SYSCALL: what IA32_LSTAR holds says how far the kernel was moved (KASLR). */
    private static final String SYSCALL_ENTRY = "entry_SYSCALL_64";
    /** Linux moves its kernel by multiples of this. */
    private static final long ALIGNMENT = 1 << 21;

    private final Path file;
    private final Path image;
    private final long first;
    private final long last;
    private final long entry;
    private final List<CodeCoverage> processors = new ArrayList<>();

    private RunCoverage(Path file, Path image, long first, long last, long entry) {
        this.file = file;
        this.image = image;
        this.first = first;
        this.last = last;
        this.entry = entry;
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
        try (var elf = new ElfImage(image)) {
            var report = new CoverageReport(elf);
            // what is linked into the upper half may be moved within it
            return new RunCoverage(file, image, report.first(), report.last() < 0 ? -1 : report.last(), report.address(SYSCALL_ENTRY));
        } catch (NoSuchFileException e) {
            throw new UsageException("--vmlinux " + image + ": there is no such file");
        } catch (IOException e) {
            throw new UsageException("--vmlinux " + image + ": " + e.getMessage());
        }
    }

    /** Has every processor note what it executes; before the machine runs. */
    public void attach(Machine machine) {
        machine.processors().forEach(c -> {
            var coverage = new CodeCoverage(first, last);
            processors.add(coverage);
            c.witness = coverage;
        });
    }

    /**
     * Writes what was noted. The machine does not run any more.
     *
     * @param syscallEntry gives IA32_LSTAR of the guest
     * @return what is to be said when it could not be written; null when it was
     */
    public String write(LongSupplier syscallEntry) {
        long slide = entry == 0 || syscallEntry.getAsLong() == 0 ? 0 : syscallEntry.getAsLong() - entry;
        if (slide % ALIGNMENT != 0) {
            return "--vmlinux %s: is not of the kernel that ran: its %s is at %#x, the guest's system calls go to %#x".formatted(image, SYSCALL_ENTRY, entry, syscallEntry.getAsLong());
        }
        try (var elf = new ElfImage(image)) {
            var report = new CoverageReport(elf);
            report.add(CodeCoverage.addresses(processors), slide);
            report.write(file);
            return null;
        } catch (IOException e) {
            return "--coverage %s: could not be written: %s".formatted(file, e.getMessage());
        }
    }
}
