package dev.hv.cli.commands;

import dev.hv.cli.trace.TraceConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups traces. */
@Command(name = "trace", mixinStandardHelpOptions = true, addMethodSubcommands = false, description = "Runs machines and writes what happens between them and the hypervisor.",
        synopsisSubcommandLabel = "vmbus|exits|hypercalls|msrs|interrupts|instructions|iommu",
        footerHeading = "%nExamples:%n", footer = {
            "  hv trace vmbus --kernel vmlinuz --initrd initrd.img",
            "  hv trace hypercalls -o calls.txt,vp=0,from=1s,until=2s \\",
            "      --kernel vmlinuz --initrd initrd.img"})
public final class TraceCommand implements Runnable, CommandGroup {

    @Spec
    private CommandSpec spec;

    @Override
    public Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put("vmbus", BusCommand::new);
        all.put("exits", Exits::new);
        all.put("hypercalls", Hypercalls::new);
        all.put("msrs", Msrs::new);
        all.put("interrupts", Interrupts::new);
        all.put("instructions", Instructions::new);
        all.put("iommu", IommuCommand::new);
        return all;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what is to be traced is missing: vmbus, " + TraceConfig.kinds());
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

    /** Traces what guests do. */
    abstract static class Kind implements Callable<Integer> {

        private final TraceConfig.Kind kind;

        @Option(names = "-o", paramLabel = "FILE", description = "Where to. Behind the name, with commas between: vm=NAME, vp=N, address=A-B, from=TIME, until=TIME, size=SIZE, full=stop or full=ring. Default: standard error.")
        private String file = "-";
        @Mixin
        private RunOptions options;

        Kind(TraceConfig.Kind kind) {
            this.kind = kind;
        }

        @Override
        public Integer call() {
            options.trace(TraceConfig.parse("-o", kind, file));
            return RunCommand.run(options);
        }
    }

    /** Traces exits. */
    @Command(name = "exits", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
            description = "Runs machines as hv run does and writes every exit of a guest to the hypervisor, decoded.",
            footerHeading = "%nExamples:%n", footer = "  hv trace exits -o exits.txt,size=16M,full=ring lab.yaml")
    static final class Exits extends Kind {
        Exits() {
            super(TraceConfig.Kind.EXITS);
        }
    }

    /** Traces hypercalls. */
    @Command(name = "hypercalls", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
            description = "Runs machines as hv run does and writes every hypercall with its parameters and its status.",
            footerHeading = "%nExamples:%n", footer = "  hv trace hypercalls --kernel vmlinuz --initrd initrd.img 2> calls.txt")
    static final class Hypercalls extends Kind {
        Hypercalls() {
            super(TraceConfig.Kind.HYPERCALLS);
        }
    }

    /** Traces MSRs. */
    @Command(name = "msrs", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
            description = "Runs machines as hv run does and writes every access to an MSR that the hypervisor carries out.",
            footerHeading = "%nExamples:%n", footer = "  hv trace msrs -o msrs.txt,vp=1 lab.yaml")
    static final class Msrs extends Kind {
        Msrs() {
            super(TraceConfig.Kind.MSRS);
        }
    }

    /** Traces interrupts. */
    @Command(name = "interrupts", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
            description = "Runs machines as hv run does and writes every interrupt that is delivered to a guest.",
            footerHeading = "%nExamples:%n", footer = "  hv trace interrupts -o interrupts.txt,from=10s lab.yaml")
    static final class Interrupts extends Kind {
        Interrupts() {
            super(TraceConfig.Kind.INTERRUPTS);
        }
    }

    /** Traces instructions. */
    @Command(name = "instructions", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
            description = "Runs machines as hv run does, interpreted, and writes every instruction that guests execute.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  hv trace instructions -o code.txt,from=2s,until=2001ms,vp=0 \\",
                "      --kernel vmlinuz --initrd initrd.img"})
    static final class Instructions extends Kind {
        Instructions() {
            super(TraceConfig.Kind.INSTRUCTIONS);
        }
    }

    /** Traces the IOMMU. */
    @Command(name = "iommu", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
            description = "Runs machines as hv run does and writes every command to the machine's IOMMU, and what it refuses to devices.",
            footerHeading = "%nExamples:%n", footer = "  hv trace iommu -o iommu.txt --kernel vmlinuz --disk disk.img,bus=nvme")
    static final class IommuCommand extends Kind {
        IommuCommand() {
            super(TraceConfig.Kind.IOMMU);
        }
    }
}
