package dev.hv.cli.suite.run;

import dev.hv.cli.suite.Step;
import dev.hv.core.machine.StopReason;

/** How machines are over, for people and for {@link Step.End}. */
final class Ends {

    private Ends() {}

    /** What a machine did, as in "the guest powered off". */
    static String text(StopReason reason) {
        return switch (reason.kind()) {
            case POWER_OFF -> "powered off";
            case RESET -> "reset itself";
            case CRASH -> "crashed: " + reason.detail();
            case DEBUG_EXIT -> "ended with status " + status(reason);
            case BOOT_FAILED -> "could not be booted again: " + reason.detail();
            default -> "is over (" + reason.kind() + " " + reason.detail() + ")";
        };
    }

    /** Exit status that a run with this end has; -1 when it is none that a guest chose. */
    static int status(StopReason reason) {
        return switch (reason.kind()) {
            case POWER_OFF, RESET -> 0;
            case DEBUG_EXIT -> reason.value() << 1 | 1;
            default -> -1;
        };
    }

    /** What is wrong with an end; null when it is as expected. */
    static String problem(Step.End expected, StopReason reason) {
        boolean right = switch (expected.kind()) {
            case POWER_OFF -> reason.kind() == StopReason.Kind.POWER_OFF;
            case RESET -> reason.kind() == StopReason.Kind.RESET;
            case CRASH -> reason.kind() == StopReason.Kind.CRASH;
            case EXIT -> status(reason) == expected.status();
        };
        if (!right) {
            return "the guest " + text(reason);
        }
        String problem = expected.reason().problem(reason.detail());
        return problem == null ? null : "the reason of its end " + problem;
    }
}
