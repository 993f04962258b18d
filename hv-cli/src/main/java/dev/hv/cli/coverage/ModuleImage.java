package dev.hv.cli.coverage;

import dev.hv.cli.debug.LinuxModules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A kernel's module with its line tables, as it is in its file: sections and symbols by addresses that are made up. */
final class ModuleImage {

    /** Code of a section as it is loaded: from an address to before another, and how much higher that is than in the file. */
    record Placed(long from, long to, long slide) {}

    private final Path file;
    private final List<ElfImage.Section> code;
    private final long first;
    private final long last;
    /** Those whose name is of one symbol alone. */
    private final Map<String, ElfImage.Symbol> symbols = new HashMap<>();

    /**
     * Reads a module.
     *
     * @throws IOException when it is none, or without line tables; the message says why
     */
    ModuleImage(Path file) throws IOException {
        this.file = file;
        try (var elf = new ElfImage(file)) {
            if (!elf.relocatable()) {
                throw new DwarfException("is no module of a kernel: those are relocatable files");
            }
            var report = new CoverageReport(elf);
            first = report.first();
            last = report.last();
            code = elf.sections().stream().filter(ElfImage.Section::code).toList();
            Set<String> twice = new HashSet<>();
            for (ElfImage.Symbol s : elf.symbols()) {
                if (s.function() && symbols.put(s.name(), s) != null) {
                    twice.add(s.name());
                }
            }
            symbols.keySet().removeAll(twice);
        }
    }

    Path file() {
        return file;
    }

    /** First address of its code. */
    long first() {
        return first;
    }

    /** Last address of its code. */
    long last() {
        return last;
    }

    /**
     * Where its sections are.
     *
     * @param names of the module that is loaded
     * @throws DwarfException when that is another one
     */
    List<Placed> place(List<LinuxModules.Name> names) throws DwarfException {
        Map<ElfImage.Section, Long> slides = new HashMap<>();
        for (LinuxModules.Name n : names) {
            ElfImage.Symbol s = symbols.get(n.text());
            if (s == null) {
                continue;
            }
            for (ElfImage.Section section : code) {
                if (s.address() >= section.address() && s.address() - section.address() < section.size()) {
                    long slide = n.address() - s.address();
                    Long known = slides.put(section, slide);
                    if (known != null && known != slide || n.size() != s.size()) {
                        throw new DwarfException("is not of the module that ran: %s is another there".formatted(n.text()));
                    }
                }
            }
        }
        if (slides.isEmpty()) {
            throw new DwarfException("is not of the module that ran: that has none of its functions");
        }
        List<Placed> placed = new ArrayList<>();
        slides.forEach((s, slide) -> placed.add(new Placed(s.address() + slide, s.address() + slide + s.size(), slide)));
        return placed;
    }
}
