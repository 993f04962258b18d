package dev.hv.cli.commands;

import dev.hv.cli.config.LabConfig;
import dev.hv.cli.run.EndedVm;
import dev.hv.cli.run.LabRun;
import dev.hv.cli.run.RunSettings;
import dev.hv.core.machine.StopReason;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Boots virtual machines and runs them until they power off, crash or meet a limit. */
@Command(name = "run", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Boots a guest image, or all machines of a lab (a YAML file).")
public final class RunCommand implements Callable<Integer> {

    @Mixin
    private RunOptions options;

    @Override
    public Integer call() {
        return run(options);
    }

    /** Runs what options say and returns the exit status. */
    static int run(RunOptions options) {
        boolean terminal = System.console() != null && System.console().isTerminal();
        LabConfig lab = options.lab();
        RunSettings settings = options.settings(lab, terminal);
        LogLevels.set(options.logLevel());
        return status(new LabRun(lab, settings).run());
    }

    /**
     * Tells people why machines ended, where it was not the guest's own wish, and gives the exit status: the worst of all, where a crash
     * is worse than a limit, a limit worse than a status from the debug-exit port, and any of them worse than power-off.
     */
    private static int status(List<EndedVm> ended) {
        int worst = ExitStatus.OK;
        boolean limited = false;
        for (EndedVm vm : ended) {
            String guest = ended.size() > 1 ? "the guest " + vm.name() : "the guest";
            int status = status(vm, guest);
            limited |= status == ExitStatus.LIMIT;
            if (vm.lostOutput() > 0) {
                System.err.println("hv: " + vm.lostOutput() + " bytes that " + guest + " printed were lost: nobody read its console in time");
                status = rank(status) < rank(ExitStatus.OUTPUT) ? ExitStatus.OUTPUT : status;
            }
            worst = rank(status) > rank(worst) ? status : worst;
        }
        if (limited) {
            StopReason.Kind kind = ended.stream().map(v -> v.reason().kind())
                    .filter(k -> k == StopReason.Kind.TIME_LIMIT || k == StopReason.Kind.INSTRUCTION_LIMIT).findFirst().orElseThrow();
            System.err.println(kind == StopReason.Kind.TIME_LIMIT ? "hv: the time limit ended the run" : "hv: the instruction limit ended the run");
        }
        return worst;
    }

    private static int rank(int status) {
        return switch (status) {
            case ExitStatus.OK -> 0;
            case ExitStatus.CRASH -> 4;
            case ExitStatus.OUTPUT -> 3;
            case ExitStatus.LIMIT -> 2;
            default -> 1;
        };
    }

    private static int status(EndedVm vm, String guest) {
        StopReason reason = vm.reason();
        return switch (reason.kind()) {
            case POWER_OFF, REQUESTED -> ExitStatus.OK;
            // a machine that resets itself would boot the same image again: the run ends instead
            case RESET -> {
                System.err.println("hv: " + guest + " reset itself");
                yield ExitStatus.OK;
            }
            case DEBUG_EXIT -> reason.value() << 1 | 1;
            case CRASH -> {
                System.err.print("hv: " + guest + " crashed\n" + reason.detail());
                yield ExitStatus.CRASH;
            }
            case TIME_LIMIT, INSTRUCTION_LIMIT -> ExitStatus.LIMIT;
            case INTERNAL_ERROR -> throw new IllegalStateException(reason.detail());
        };
    }
}
