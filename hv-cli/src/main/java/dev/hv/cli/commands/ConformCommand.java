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
            "  hv conform vectors/*.jsonl.xz | tail -1"})
public final class ConformCommand implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "VECTORS", description = "Vector files.")
    private List<Path> files;

    @Option(names = "--engine", paramLabel = "ENGINE", defaultValue = "interpreter", completionCandidates = Candidates.VectorEngines.class,
            description = "What executes the instructions: ${COMPLETION-CANDIDATES}. Machine code runs each as a block of its own: with nothing cached, with all "
            + "pages in the translation cache (warm), and behind another instruction (middle).")
    private String engine;

    @Override
    public Integer call() {
        Candidates.require("--engine", engine, new Candidates.VectorEngines());
        files.forEach(f -> InputFiles.require("", f));
        Map<Boolean, VectorRunner> runners = new HashMap<>();
        long passed = 0;
        long failed = 0;
        long skipped = 0;
        for (Path file : files) {
            try (var reader = new VectorReader(file.toString(), new BufferedInputStream(InputFiles.open("", file)))) {
                VectorRunner runner = runners.computeIfAbsent(reader.intel(), intel -> new VectorRunner(intel ? CpuModel.intelDefault() : CpuModel.amdDefault(), VectorEngine.valueOf(engine.toUpperCase(Locale.ROOT).replace('-', '_'))));
                for (Vector v = reader.next(); v != null; v = reader.next()) {
                    String difference = runner.run(v);
                    if (difference == null) {
                        passed++;
                    } else if (runner.lacksExtension(v)) {
                        skipped++;
                    } else {
                        failed++;
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
        System.out.println(passed + " passed, " + failed + " failed, " + skipped + " skipped");
        return failed == 0 ? ExitStatus.OK : ExitStatus.FAILED;
    }
}
