package dev.hv.cli.coverage;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Lines and functions of an image's sources, and which of them code was executed of, as lcov's tracefile (geninfo(1), "FILES"): counts are 1 or 0.
 */
public final class CoverageReport {

    private static final byte KNOWN = 1;
    private static final byte HIT = 2;

    /** What is known of a source file: by line, 0 for one without code. */
    private static final class Source {
        private byte[] lines = new byte[64];
        private final Map<Integer, Function> functions = new TreeMap<>();

        void line(int number, boolean hit) {
            if (number >= lines.length) {
                lines = Arrays.copyOf(lines, Math.max(number + 1, 2 * lines.length));
            }
            lines[number] |= hit ? KNOWN | HIT : KNOWN;
        }
    }

    private record Function(String name, boolean hit) {}

    private final ElfImage image;
    private final List<ElfImage.Section> code;
    private final List<ElfImage.Symbol> symbols;
    private final Map<String, Source> sources = new TreeMap<>();

    /**
     * A report of an image.
     *
     * @throws DwarfException when it has no line tables, or what it has is damaged
     */
    public CoverageReport(ElfImage image) throws IOException {
        this.image = image;
        code = image.sections().stream().filter(ElfImage.Section::code).toList();
        symbols = image.symbols();
        if (code.isEmpty()) {
            throw new DwarfException("has no code");
        }
        if (image.sections().stream().noneMatch(s -> s.name().equals(".debug_line"))) {
            throw new DwarfException("has no line tables (section .debug_line): build it with -g, as CONFIG_DEBUG_INFO does, and do not strip it");
        }
        add(new long[0], 0);
        sources.clear();
    }

    /** First address of the image's code, as it is linked. */
    public long first() {
        return code.stream().map(ElfImage.Section::address).min(Long::compareUnsigned).orElseThrow();
    }

    /** Last address of the image's code, as it is linked. */
    public long last() {
        return code.stream().map(s -> s.address() + s.size() - 1).max(Long::compareUnsigned).orElseThrow();
    }

    /** Where a symbol is linked; 0 when there is none of this name. */
    public long address(String symbol) {
        return symbols.stream().filter(s -> s.name().equals(symbol)).mapToLong(ElfImage.Symbol::address).findFirst().orElse(0);
    }

    /**
     * Adds what was executed.
     *
     * @param executed addresses at which executed instructions began, in rising order
     * @param slide how much higher than linked the image was loaded
     * @throws DwarfException when the image's line tables are damaged
     */
    public void add(long[] executed, long slide) throws IOException {
        Map<Long, ElfImage.Symbol> functions = new HashMap<>();
        for (ElfImage.Symbol s : symbols) {
            if (s.function()) {
                functions.putIfAbsent(s.address(), s);
            }
        }
        LineProgram.run(image.contents(".debug_line"), image.contents(".debug_line_str"), image.contents(".debug_str"), (from, to, file, line) -> {
            if (!inCode(from)) {
                // what the linker left out stands at address 0
                return;
            }
            Source source = sources.computeIfAbsent(file, f -> new Source());
            source.line(line, hit(executed, from + slide, to + slide));
            ElfImage.Symbol function = functions.remove(from);
            if (function != null) {
                source.functions.putIfAbsent(line, new Function(function.name(), hit(executed, from + slide, from + slide + Math.max(1, function.size()))));
            }
        });
    }

    private boolean inCode(long address) {
        for (ElfImage.Section s : code) {
            if (Long.compareUnsigned(address - s.address(), s.size()) < 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of the addresses is from one to before another. */
    private static boolean hit(long[] addresses, long from, long to) {
        int at = Arrays.binarySearch(addresses, from);
        if (at < 0) {
            at = -at - 1;
        }
        return at < addresses.length && addresses[at] < to;
    }

    /** Sources that there is code of. */
    public int sources() {
        return sources.size();
    }

    /**
     * Writes the tracefile of images.
     *
     * @param executed what was executed of each, as {@link #add} takes it, by addresses as they are linked
     * @throws IOException when an image cannot be read, or the file not be written
     */
    static void write(Path file, Map<Path, long[]> executed) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            for (Map.Entry<Path, long[]> e : executed.entrySet()) {
                try (var image = new ElfImage(e.getKey())) {
                    var report = new CoverageReport(image);
                    report.add(e.getValue(), 0);
                    report.write(out);
                }
            }
        }
    }

    /** Writes the tracefile. */
    void write(Writer out) throws IOException {
        for (Map.Entry<String, Source> e : sources.entrySet()) {
            List<String> functions = new ArrayList<>();
            List<String> hits = new ArrayList<>();
            e.getValue().functions.forEach((line, f) -> {
                functions.add("FN:%d,%s".formatted(line, plain(f.name)));
                hits.add("FNDA:%d,%s".formatted(f.hit ? 1 : 0, plain(f.name)));
            });
            out.write("TN:\nSF:" + plain(e.getKey()) + "\n");
            for (String line : functions) {
                out.write(line + "\n");
            }
            for (String line : hits) {
                out.write(line + "\n");
            }
            out.write("FNF:%d\nFNH:%d\n".formatted(functions.size(), hits.stream().filter(h -> h.startsWith("FNDA:1")).count()));
            byte[] lines = e.getValue().lines;
            int known = 0;
            int hit = 0;
            for (int n = 1; n < lines.length; n++) {
                if (lines[n] != 0) {
                    boolean executed = (lines[n] & HIT) != 0;
                    out.write("DA:%d,%d\n".formatted(n, executed ? 1 : 0));
                    known++;
                    hit += executed ? 1 : 0;
                }
            }
            out.write("LF:%d\nLH:%d\nend_of_record\n".formatted(known, hit));
        }
    }

    private static String plain(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
