package dev.hv.cli.commands;

import dev.hv.cli.console.Messages;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.RunResult;
import dev.hv.core.machine.StopReason;
import java.util.EnumSet;
import java.util.Set;

/** How a run ended: what people are told, and the exit status. */
final class RunEnd {

    /** What ends all machines at once, and is said once. */
    private static final Set<StopReason.Kind> OF_ALL = EnumSet.of(StopReason.Kind.TIME_LIMIT, StopReason.Kind.INSTRUCTION_LIMIT, StopReason.Kind.SIGNAL,
            StopReason.Kind.OUTPUT_LOST);

    private RunEnd() {}

    /**
     * Tells people why machines ended, where it was not the guest's own wish, and gives the exit status: that of the worst end, where an
     * internal error is worse than a crash, a crash worse than output that was lost, that worse than a guest that could not be booted again, that
     * worse than a signal, a signal worse than a limit, a limit worse than a status from the debug-exit port, and any of them worse than power-off.
     */
    static int tell(RunResult result) {
        EndedVm worst = null;
        EndedVm all = null;
        for (EndedVm vm : result.ended()) {
            if (OF_ALL.contains(vm.reason().kind())) {
                all = all == null || rank(vm) > rank(all) ? vm : all;
            } else {
                tell(vm.reason(), result.ended().size() > 1 ? "the guest " + vm.name() : "the guest");
            }
            worst = worst == null || rank(vm) > rank(worst) ? vm : worst;
        }
        if (all != null) {
            tell(all.reason(), "");
        }
        result.lost().forEach(Messages::say);
        int status = status(worst.reason());
        return !result.lost().isEmpty() && rank(worst) < rank(StopReason.Kind.OUTPUT_LOST) ? ExitStatus.OUTPUT : status;
    }

    private static int rank(EndedVm vm) {
        return rank(vm.reason().kind());
    }

    private static int rank(StopReason.Kind kind) {
        return switch (kind) {
            case POWER_OFF, REQUESTED, RESET -> 0;
            case DEBUG_EXIT -> 1;
            case TIME_LIMIT, INSTRUCTION_LIMIT -> 2;
            case SIGNAL -> 3;
            case BOOT_FAILED -> 4;
            case OUTPUT_LOST -> 5;
            case CRASH -> 6;
            case INTERNAL_ERROR -> 7;
        };
    }

    private static int status(StopReason reason) {
        return switch (reason.kind()) {
            case POWER_OFF, REQUESTED, RESET -> ExitStatus.OK;
            case DEBUG_EXIT -> reason.value() << 1 | 1;
            case BOOT_FAILED -> ExitStatus.USAGE;
            case TIME_LIMIT, INSTRUCTION_LIMIT -> ExitStatus.LIMIT;
            case SIGNAL -> ExitStatus.SIGNAL + reason.value();
            case OUTPUT_LOST -> ExitStatus.OUTPUT;
            case CRASH -> ExitStatus.CRASH;
            case INTERNAL_ERROR -> throw new IllegalStateException(reason.detail());
        };
    }

    private static void tell(StopReason reason, String guest) {
        switch (reason.kind()) {
            case RESET -> Messages.say(guest + " reset itself");
            case BOOT_FAILED -> Messages.say(guest + " reset itself and cannot be booted again: " + reason.detail());
            case CRASH -> Messages.say(guest + " crashed", reason.detail());
            case TIME_LIMIT -> Messages.say("the time limit ended the run");
            case INSTRUCTION_LIMIT -> Messages.say("the instruction limit ended the run");
            case SIGNAL -> Messages.say(reason.detail() + " ended the run");
            case OUTPUT_LOST -> Messages.say(reason.detail() + ": the run is over");
            case POWER_OFF, REQUESTED, DEBUG_EXIT, INTERNAL_ERROR -> { }
        }
    }
}
