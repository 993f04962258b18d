package dev.hv.cli.commands;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups traces. */
@Command(name = "trace", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Runs machines and writes what happens between them and the hypervisor.",
        subcommands = TraceCommand.BusCommand.class, synopsisSubcommandLabel = "vmbus",
        footerHeading = "%nExamples:%n", footer = "  hv trace vmbus --kernel vmlinuz --initrd initrd.img")
public final class TraceCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what is to be traced is missing: vmbus");
    }

    /** Traces VMBus. */
    @Command(name = "vmbus", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
            description = "Runs machines as hv run does and writes every VMBus message, packet and signal, decoded.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  hv trace vmbus --kernel vmlinuz --initrd initrd.img 2> bus.txt",
                "  hv trace vmbus -o bus.pcapng lab.yaml"})
    static final class BusCommand implements Callable<Integer> {

        @Option(names = "-o", paramLabel = "FILE", description = "Where to: a capture when the name ends in .pcapng, else text. Default: text on standard error.")
        private Path file = Path.of("-");
        @Mixin
        private RunOptions options;

        @Override
        public Integer call() {
            options.traceBus(file.toString());
            return RunCommand.run(options);
        }
    }
}
