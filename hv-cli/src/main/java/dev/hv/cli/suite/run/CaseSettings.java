package dev.hv.cli.suite.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.Conditions;
import dev.hv.cli.run.RunSettings;
import dev.hv.cli.suite.Platform;
import dev.hv.cli.suite.Step;
import java.util.List;

/** How the machines of a case are run. */
final class CaseSettings {

    /** Virtual time of an instruction, in ps, as {@code hv run} has it unless told otherwise. */
    private static final long INSTRUCTION_TIME = 10_000;
    private static final long CODE_CACHE = 64L << 20;

    private CaseSettings() {}

    /** The same with a trace of VMBus. */
    static RunSettings tracing(RunSettings s, String bus) {
        return new RunSettings(s.bare(), s.realTime(), s.cpu(), s.processors(), s.parallel(), s.picosPerInstruction(), s.seed(), s.timeoutNanos(), s.maxInstructions(), s.terminal(), s.stats(), bus, s.digest(),
                s.digestsAt(), s.reboot(), s.resetAtTripleFault(), s.engine(), s.codeCache(), s.keepDisks());
    }

    /**
     * Settings.
     *
     * @param checkpoint what the case goes on from; null when its machines boot
     * @param steps a machine that is expected to reset itself does not boot again
     */
    static RunSettings of(Platform platform, Checkpoint checkpoint, List<Step> steps, long seed) {
        boolean reboot = steps.stream().noneMatch(s -> s instanceof Step.End e && e.kind() == Step.EndKind.RESET);
        Conditions c = checkpoint == null ? new Conditions(platform.bare(), platform.realTime(), platform.cpu(), platform.processors(), platform.parallel(), INSTRUCTION_TIME, seed)
                : checkpoint.manifest().conditions();
        return new RunSettings(c.bare(), c.realTime(), c.cpu(), c.processors(), c.parallel(), c.picosPerInstruction(), seed, Long.MAX_VALUE, Long.MAX_VALUE, false, null, null, false, List.of(), reboot,
                false, platform.engine(), CODE_CACHE, false);
    }
}
