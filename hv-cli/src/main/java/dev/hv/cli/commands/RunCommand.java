package dev.hv.cli.commands;

import dev.hv.cli.config.LabConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.HostTerminal;
import dev.hv.cli.coverage.RunCoverage;
import dev.hv.cli.debug.SymbolTable;
import dev.hv.cli.run.GuestJob;
import dev.hv.cli.run.LabRun;
import dev.hv.cli.run.Restart;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.run.RunWitness;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Boots virtual machines and runs them until they power off, crash or meet a limit. */
@Command(name = "run", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
        description = "Boots a guest image, or all machines of a lab (a YAML file).",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv run --kernel vmlinuz --initrd initrd.img --guest-script look.sh",
            "  hv run --kernel vmlinuz --initrd initrd.img --disk root.img \\",
            "      --append 'console=ttyS0 root=/dev/sda' --cpus 4 --memory 512M",
            "  hv run --kernel vmlinuz --initrd initrd.img --net user --at 5m:shutdown",
            "  hv run --multiboot kernel.elf --bare --max-instructions 500M --digest",
            "  hv run --kernel vmlinuz --initrd initrd.img --no-reboot",
            "  hv run --kernel vmlinuz --initrd initrd.img \\",
            "      --put check.sh:/tmp/check.sh --exec 'sh /tmp/check.sh'",
            "  hv run --kernel vmlinuz --initrd initrd.img --video --vnc 5901",
            "  hv run lab.yaml --stats run.json --timeout 10m"})
public final class RunCommand implements Callable<Integer> {

    @Mixin
    private RunOptions options;
    @Mixin
    private RecordOptions record;
    @Mixin
    private JobOptions job;
    @Mixin
    private DebugOptions debug;
    @Mixin
    private CoverageOptions coverage;
    @Mixin
    private ScreenOptions screen;

    @Override
    public Integer call() {
        return run(options, record, job, debug, coverage, screen);
    }

    /** Runs what options say, unrecorded, and returns the exit status. */
    static int run(RunOptions options) {
        return run(options, new RecordOptions(), new JobOptions(), new DebugOptions(), new CoverageOptions(), new ScreenOptions());
    }

    /** Runs what options say and returns the exit status. */
    private static int run(RunOptions options, RecordOptions record, JobOptions asked, DebugOptions debug, CoverageOptions cover, ScreenOptions screen) {
        boolean terminal = HostTerminal.interactive();
        options.agentFor(asked.given());
        GuestJob job = asked.job();
        Restart restart = options.restart();
        LabConfig lab = restart == null ? options.lab() : options.lab(restart);
        RunSettings settings = restart == null ? options.settings(lab, terminal) : options.settings(restart, terminal);
        LogLevels.set(options.logLevel());
        RunFiles.check(lab, options, record, job, debug, cover);
        // whoever may refuse does so before a recording takes the place of another
        String gdb = debug.gdb(lab, record.asked());
        RunCoverage coverage = cover.coverage(lab);
        SymbolTable symbols = debug.symbols();
        RunWitness witness = record.witness(lab, settings, restart, job);
        var run = new LabRun(lab, settings, restart, witness);
        run.doing(job);
        run.debugAt(gdb);
        run.cover(coverage);
        run.trace(options.otherTraces());
        run.controlAt(debug.control());
        run.show(screen.vnc(lab), screen.series(lab));
        run.symbols(symbols);
        int status = RunEnd.tell(run.run());
        return status == ExitStatus.OK && job != null ? job.status() : status;
    }
}
