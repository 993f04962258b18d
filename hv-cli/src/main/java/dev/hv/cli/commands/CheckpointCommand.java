package dev.hv.cli.commands;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.checkpoint.Manifest;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VmConfig;
import dev.hv.cpu.snapshot.SectionReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Looks at checkpoints. */
@Command(name = "checkpoint", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Looks at checkpoints that hv run --at TIME:checkpoint=DIR wrote.",
        synopsisSubcommandLabel = "info", footerHeading = "%nExamples:%n", footer = "  hv checkpoint info booted")
public final class CheckpointCommand implements Callable<Integer>, CommandGroup {

    @Override
    public Map<String, Supplier<Object>> commands() {
        return Map.of("info", Info::new);
    }

    @Override
    public Integer call() {
        throw new UsageException("checkpoint: say what to do, as in hv checkpoint info DIR");
    }

    /** Says what a checkpoint is of, and checks all of it. */
    @Command(name = "info", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Says what a checkpoint is of, and checks all of it.",
            footerHeading = "%nExamples:%n", footer = "  hv checkpoint info booted")
    static final class Info implements Callable<Integer> {

        @Parameters(paramLabel = "DIR", description = "The checkpoint.")
        private Path folder;

        @Override
        public Integer call() {
            try {
                Checkpoint checkpoint = Checkpoint.open(folder);
                checkpoint.check();
                print(checkpoint);
                return ExitStatus.OK;
            } catch (CheckpointException e) {
                throw new UsageException("checkpoint " + folder + ": " + e.getMessage());
            }
        }

        private static void print(Checkpoint checkpoint) {
            Manifest m = checkpoint.manifest();
            System.out.println("written by     hv " + m.program());
            System.out.println("machine        " + (m.conditions().bare() ? "bare" : m.conditions().processors() + " logical processor" + (m.conditions().processors() == 1 ? "" : "s"))
                    + (m.conditions().parallel() ? ", parallel" : "") + ", " + (m.conditions().realTime() ? "real" : "virtual") + " time");
            for (VmConfig vm : m.lab().machines()) {
                System.out.printf("guest          %s: %d processor%s, %s%n", vm.name(), vm.cpus(), vm.cpus() == 1 ? "" : "s", Sizes.show(vm.memory().startup()));
                vm.disks().forEach(d -> System.out.println("disk           " + d.file() + (d.readOnly() ? " (read-only)" : "")));
                vm.networks().forEach(n -> System.out.println("network        " + n.kind().name().toLowerCase(java.util.Locale.ROOT) + " " + n.target()));
            }
            System.out.printf("memory         %d bytes, %d of them used%s%n", checkpoint.memory().size(), checkpoint.memory().usedBytes(),
                    checkpoint.memory().compressed() ? ", compressed" : "");
            for (Manifest.Part p : m.parts()) {
                System.out.printf("file           %s: %d bytes%n", p.name(), p.bytes());
            }
            for (SectionReader.Entry e : checkpoint.sections()) {
                System.out.printf("section        %s: version %d, %d bytes%n", e.name(), e.version(), e.length());
            }
        }
    }
}
