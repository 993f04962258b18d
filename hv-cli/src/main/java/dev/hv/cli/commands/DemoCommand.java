package dev.hv.cli.commands;

import dev.hv.cli.config.ProcessorOption;
import dev.hv.cli.console.HostTerminal;
import dev.hv.cli.demo.Demo;
import dev.hv.cli.demo.ParentDemo;
import dev.hv.cli.root.boot.BootException;
import dev.hv.cpu.state.CpuModels;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the demonstration. */
@Command(name = "demo", mixinStandardHelpOptions = true, addMethodSubcommands = false,
        description = "Runs embedded guests side by side: drivers for VMBus, a PC's devices, a crash. No downloads.",
        footerHeading = "%nExamples:%n", footer = {"  hv demo", "  hv demo --cpu amd", "  hv demo --parent"})
public final class DemoCommand implements Callable<Integer> {

    @Option(names = "--cpu", paramLabel = "MODEL[,±FEATURE]", defaultValue = ProcessorOption.DEFAULT, completionCandidates = Candidates.CpuModels.class,
            description = "Processor model, as of hv run (default: ${DEFAULT-VALUE}).")
    private String cpu;

    @Option(names = "--parent", description = "Another demonstration: a child that is a parent (L1VH) makes partitions of its own; a table says who calls what.")
    private boolean parent;

    @Override
    public Integer call() throws IOException, BootException {
        ProcessorOption.check("--cpu", cpu, true);
        if (parent) {
            return new ParentDemo(CpuModels.parse(cpu), System.out).run() ? ExitStatus.OK : ExitStatus.FAILED;
        }
        return new Demo(CpuModels.parse(cpu), System.out, HostTerminal.is(HostTerminal.OUTPUT)).run() ? ExitStatus.OK : ExitStatus.FAILED;
    }
}
