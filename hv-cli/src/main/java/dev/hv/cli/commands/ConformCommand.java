package dev.hv.cli.commands;

import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.UsageException;
import dev.hv.cpu.conform.Vector;
import dev.hv.cpu.conform.VectorFormatException;
import dev.hv.cpu.conform.VectorReader;
import dev.hv.cpu.conform.VectorEngine;
import dev.hv.cpu.conform.VectorRunner;
import dev.hv.cpu.state.CpuModel;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs instruction vectors against the processor. */
@Command(name = "conform", mixinStandardHelpOptions = true, addMethodSubcommands = false,
        description = "Runs instruction vectors recorded on silicon (JSON lines, plain or .xz); one line per failure, a summary last. Vectors that name an AMD processor in their first line run on a model with the habits of AMD's processors, all others on the Intel model. Vectors of extensions that CPUID of the model does not announce count as skipped, if they raise #UD.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv conform alu.jsonl.xz shift.jsonl.xz",
            "  hv conform vectors/*.jsonl.xz | tail -1",
            "  hv conform --table vectors/*.jsonl.xz"})
public final class ConformCommand implements Callable<Integer> {

    private static final int PASSED = 0;
    private static final int FAILED = 1;
    private static final int SKIPPED = 2;

    @Parameters(arity = "1..*", paramLabel = "VECTORS", description = "Vector files.")
    private List<Path> files;

    @Option(names = "--engine", paramLabel = "ENGINE", defaultValue = "interpreter", completionCandidates = Candidates.VectorEngines.class,
            description = "What executes the instructions: ${COMPLETION-CANDIDATES}. Machine code runs each as a block of its own: with nothing cached, with all "
            + "pages in the translation cache (warm), and behind another instruction (middle).")
    private String engine;

    @Option(names = "--table", description = "Before the summary, a table with a row for each group: the part of a vector's id before the first underscore.")
    private boolean table;

    @Override
    public Integer call() {
        Candidates.require("--engine", engine, new Candidates.VectorEngines());
        files.forEach(f -> InputFiles.require("", f));
        Map<Boolean, VectorRunner> runners = new HashMap<>();
        Map<String, long[]> groups = new TreeMap<>();
        for (Path file : files) {
            try (var reader = new VectorReader(file.toString(), new BufferedInputStream(InputFiles.open("", file)))) {
                VectorRunner runner = runners.computeIfAbsent(reader.intel(), intel -> new VectorRunner(intel ? CpuModel.intelDefault() : CpuModel.amdDefault(), VectorEngine.valueOf(engine.toUpperCase(Locale.ROOT).replace('-', '_'))));
                for (Vector v = reader.next(); v != null; v = reader.next()) {
                    String difference = runner.run(v);
                    long[] counts = groups.computeIfAbsent(v.id().split("_", 2)[0], g -> new long[3]);
                    if (difference == null) {
                        counts[PASSED]++;
                    } else if (runner.lacksExtension(v)) {
                        counts[SKIPPED]++;
                    } else {
                        counts[FAILED]++;
                        System.out.println(difference);
                        if (System.out.checkError()) {
                            // nobody reads any more: the command line says so
                            return ExitStatus.OUTPUT;
                        }
                    }
                }
            } catch (VectorFormatException e) {
                throw new UsageException(e.getMessage());
            } catch (IOException e) {
                throw new UsageException(file + ": cannot be read: " + e.getMessage());
            }
        }
        if (table) {
            System.out.println("| group | vectors | passed | differing | skipped |\n| --- | --- | --- | --- | --- |");
            groups.forEach((g, n) -> System.out.println("| " + g + " | " + (n[PASSED] + n[FAILED] + n[SKIPPED]) + " | " + n[PASSED] + " | " + n[FAILED] + " | " + n[SKIPPED] + " |"));
        }
        System.out.println(sum(groups, PASSED) + " passed, " + sum(groups, FAILED) + " failed, " + sum(groups, SKIPPED) + " skipped");
        return sum(groups, FAILED) == 0 ? ExitStatus.OK : ExitStatus.FAILED;
    }

    private static long sum(Map<String, long[]> groups, int what) {
        return groups.values().stream().mapToLong(n -> n[what]).sum();
    }
}
