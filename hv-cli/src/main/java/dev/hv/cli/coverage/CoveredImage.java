package dev.hv.cli.coverage;

import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.cpu.execute.CodeCoverage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A kernel with its line tables, and where its code is linked.
 *
 * @param file the image
 * @param first address of its code
 * @param last address of its code; what is linked into the upper half may be moved within it, and ends with it
 * @param entry where Linux has the processor go at SYSCALL; 0 when that is not known
 */
public record CoveredImage(Path file, long first, long last, long entry) {

    /** What IA32_LSTAR holds says how far the kernel was moved (KASLR). */
    private static final String SYSCALL_ENTRY = "entry_SYSCALL_64";
    /** Linux moves its kernel by multiples of this. */
    private static final long ALIGNMENT = 1 << 21;

    /**
     * Reads an image.
     *
     * @param option what named it, for messages
     * @throws UsageException when it does not serve
     */
    public static CoveredImage open(String option, Path image) {
        InputFiles.require(option.strip(), image);
        try (var elf = new ElfImage(image)) {
            var report = new CoverageReport(elf);
            return new CoveredImage(image, report.first(), report.last() < 0 ? -1 : report.last(), report.address(SYSCALL_ENTRY));
        } catch (IOException e) {
            throw new UsageException(option + image + ": " + e.getMessage());
        }
    }

    /** Notes of a processor. */
    CodeCoverage coverage() {
        return new CodeCoverage(first, last);
    }

    /**
     * How much higher than linked the guest's kernel is.
     *
     * @param syscallEntry IA32_LSTAR of the guest
     * @throws DwarfException when it is another kernel
     */
    long slide(long syscallEntry) throws DwarfException {
        long slide = entry == 0 || syscallEntry == 0 ? 0 : syscallEntry - entry;
        if (slide % ALIGNMENT != 0) {
            throw new DwarfException("is not of the kernel that ran: its %s is at %#x, the guest's system calls go to %#x".formatted(SYSCALL_ENTRY, entry, syscallEntry));
        }
        return slide;
    }
}
