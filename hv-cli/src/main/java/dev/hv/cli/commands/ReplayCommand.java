package dev.hv.cli.commands;

import dev.hv.cli.config.FileName;
import dev.hv.cli.config.FileRoles;
import dev.hv.cli.config.InputFiles;
import dev.hv.cli.config.EngineOption;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.config.Sizes;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.Messages;
import dev.hv.cli.record.Recording;
import dev.hv.cli.record.RecordingException;
import dev.hv.cli.record.Replayer;
import dev.hv.cli.record.ReverseReplay;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.RunResult;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.suite.run.CaseReplay;
import dev.hv.core.machine.ReplayDivergence;
import dev.hv.core.machine.StopReason;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Repeats a run that was recorded. */
@Command(name = "replay", mixinStandardHelpOptions = true, addMethodSubcommands = false, sortOptions = false,
        description = "Repeats a run that hv run --record wrote, to the bit, and says whether it came to the same end.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  hv run --kernel vmlinuz --initrd initrd.img --record run.hvr",
            "  hv replay run.hvr",
            "  hv replay run.hvr --until 500M --digest",
            "  hv replay run.hvr --from run.hvr.checkpoints/1000003000",
            "  hv replay run.hvr --gdb 1234",
            "  hv replay run.hvr --trace vmbus=bus.txt"})
public final class ReplayCommand implements Callable<Integer> {

    private static final Path NEAREST = Path.of("nearest");
    private static final String TRACE_BUS = "vmbus=";

    @Parameters(paramLabel = "FILE", description = "The recording.")
    private Path file;
    @Option(names = "--until", paramLabel = "INSTANT", description = "Stop there: a number of instructions after the beginning, such as 500M, or a time of the guest's, such as 2s or 1500ms.")
    private String until;
    @Option(names = "--from", paramLabel = "DIR|nearest", description = "Go on from a checkpoint of the run, one of FILE.checkpoints, instead of from its beginning; nearest is the last one before the "
            + "instant of --until, or of all.")
    private Path from;
    @Option(names = "--prefix", description = "Repeat what is whole of a recording that is cut off within a section.")
    private boolean prefix;
    @Option(names = "--engine", paramLabel = "ENGINE", defaultValue = EngineOption.DEFAULT, completionCandidates = Candidates.Engines.class,
            description = "Execution engine: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}). Results are equal.")
    private String engine;
    @Option(names = "--timeout", paramLabel = "TIME", description = "Wall time after which the replay ends, such as 120s; exit status 4.")
    private String timeout;
    @Option(names = "--stats", paramLabel = "FILE", description = "Write counters as JSON.")
    private Path stats;
    @Option(names = "--trace", paramLabel = "vmbus=FILE", description = "Write every VMBus message, packet and signal, decoded: a capture when FILE ends in .pcapng, else text.")
    private String trace;
    @Option(names = "--gdb", paramLabel = "PORT|unix:PATH", description = "Serve GDB's remote protocol on a port of the loopback (0: any, said on standard error) or a Unix socket, forward and back: reverse-stepi, "
            + "reverse-continue, reverse-finish. The replay waits for a debugger before its first instruction.")
    private String gdb;
    @Option(names = "--machine", paramLabel = "NAME", description = "With --gdb: the machine of a lab that GDB sees. The others go forward and back with it.")
    private String machine;
    @Option(names = "--digest", description = "Print a digest of all machine state at the end, on standard error.")
    private boolean digest;

    @Override
    public Integer call() {
        Candidates.require("--engine", engine, new Candidates.Engines());
        if (trace != null && !trace.matches("vmbus=.+")) {
            throw new UsageException("--trace " + trace + ": vmbus=FILE is what can be traced");
        }
        if (machine != null && gdb == null) {
            throw new UsageException("--machine " + machine + ": belongs to --gdb");
        }
        if (stats != null) {
            OutputFiles.require("--stats ", stats);
        }
        long limit = Sizes.timeout("--timeout", timeout);
        InputFiles.require("replay", file);
        var roles = new FileRoles().read("the recording", file).write("--stats ", stats);
        if (trace != null && !trace.equals(TRACE_BUS + "-")) {
            roles.write("--trace " + TRACE_BUS, FileName.of(trace.substring(TRACE_BUS.length())));
        }
        Recording recording;
        try {
            recording = Recording.open(file, prefix);
        } catch (RecordingException e) {
            throw new UsageException(file + ": " + e.getMessage());
        }
        recording.cases(CaseReplay::repeat);
        Path begin = NEAREST.equals(from) ? Replayer.nearest(recording, instant()) : from;
        Function<Replayer, RunSettings> settings = r -> r.settings(limit, stats, trace == null ? null : trace.substring(TRACE_BUS.length()), digest, EngineOption.kind(engine), RunOptions.DEFAULT_CODE);
        if (gdb != null) {
            try (var replay = new ReverseReplay(recording, instant(), begin, settings, gdb, machine)) {
                RunResult result = replay.run();
                return tell(replay.replayer(), result);
            }
        }
        var replayer = new Replayer(recording, instant(), begin);
        RunResult result = null;
        try {
            result = replayer.repeat(settings.apply(replayer), replayer);
        } catch (ReplayDivergence e) {
            replayer.diverged(e);
        }
        return tell(replayer, result);
    }

    private Replayer.Until instant() {
        if (until == null) {
            return Replayer.Until.END;
        }
        return until.matches("\\d+[KMG]?") ? new Replayer.Until(Sizes.count("--until", until), Long.MAX_VALUE) : new Replayer.Until(Long.MAX_VALUE, Sizes.nanos("--until", until));
    }

    /** Says what came of it, and what the exit status is; no result for a replay that diverged. */
    private static int tell(Replayer replayer, RunResult result) {
        if (result != null) {
            result.lost().forEach(Messages::say);
        }
        Messages.say((replayer.outcome() == Replayer.Outcome.DIVERGED ? "the replay diverged: " : "the replay: ") + replayer.finding());
        if (replayer.outcome() == Replayer.Outcome.DIVERGED) {
            return ExitStatus.FAILED;
        }
        StopReason reason = result.ended().getFirst().reason();
        if (replayer.outcome() == Replayer.Outcome.STOPPED && reason.kind() == StopReason.Kind.TIME_LIMIT) {
            return ExitStatus.LIMIT;
        }
        if (reason.kind() == StopReason.Kind.SIGNAL && replayer.outcome() == Replayer.Outcome.STOPPED) {
            return ExitStatus.SIGNAL + reason.value();
        }
        StopReason lost = result.ended().stream().map(EndedVm::reason).filter(r -> r.kind() == StopReason.Kind.OUTPUT_LOST).findFirst().orElse(null);
        if (lost != null && replayer.outcome() == Replayer.Outcome.STOPPED) {
            Messages.say(lost.detail() + ": the replay is over");
            return ExitStatus.OUTPUT;
        }
        return result.lost().isEmpty() ? ExitStatus.OK : ExitStatus.OUTPUT;
    }
}
