package dev.hv.cli.run;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.console.Messages;
import dev.hv.core.machine.StopReason;
import java.util.function.BiConsumer;

/** Boots the machines of a run, for the first time and after each reset. */
final class Boots {

    /** Restarts that are told one by one; of later ones only some are: a guest can restart as often as it likes. */
    private static final int TOLD = 8;

    private final boolean wanted;
    private final boolean afterTripleFaults;
    /** Null for a run that boots. */
    private final Restart restart;
    private final BiConsumer<RunningVm, StopReason> ended;

    /**
     * Of a run that has not begun.
     *
     * @param restart what the run goes on from; null for one that boots
     * @param ended told of a machine that cannot be booted again
     */
    Boots(RunSettings settings, Restart restart, BiConsumer<RunningVm, StopReason> ended) {
        wanted = settings.reboot();
        afterTripleFaults = settings.resetAtTripleFault();
        this.restart = restart;
        this.ended = ended;
    }

    /** Has a machine started again when it is reset. */
    void watch(RunningVm vm) {
        // it is heard from the first instruction on
        vm.agent();
        vm.onRestart(() -> again(vm));
        vm.guest.onReset(tripleFault -> {
            if (!wanted(tripleFault)) {
                return false;
            }
            vm.console.flush();
            tell(vm, tripleFault);
            vm.restartSoon();
            return true;
        });
        if (restart != null && restart.script() != null) {
            var ready = new TextMatcher(Restart.READY);
            vm.serial.add(value -> {
                if (ready.matches(value) && vm.boots() > 0) {
                    // the system that comes up after a reset waits for its script as the one before did
                    restart.send(vm);
                }
            });
        }
    }

    private boolean wanted(boolean tripleFault) {
        return wanted && (!tripleFault || afterTripleFaults);
    }

    /** Boots a machine for the first time. */
    void first(RunningVm vm) {
        vm.guest.start(BootImages.load(vm.config, vm.guest));
    }

    /** Whether the bare machine, which has stopped, was started again: after a triple fault. Other resets do not stop it. */
    boolean again(RunningVm vm, StopReason reason) {
        if (reason.kind() != StopReason.Kind.CRASH || !wanted(true)) {
            return false;
        }
        tell(vm, true);
        again(vm);
        return vm.end == null;
    }

    private void again(RunningVm vm) {
        vm.countBoot();
        vm.guest.reset(vm.boots());
        try {
            first(vm);
        } catch (UsageException e) {
            ended.accept(vm, new StopReason(StopReason.Kind.BOOT_FAILED, 0, e.getMessage()));
        }
    }

    private static void tell(RunningVm vm, boolean tripleFault) {
        int boot = vm.boots() + 1;
        if (boot <= TOLD || Integer.bitCount(boot) == 1) {
            Messages.say("%s: %s, and boots again%s".formatted(vm.config.name(), tripleFault ? "triple fault" : "reset", boot < TOLD ? "" : " (" + boot + " times by now)"));
        }
    }
}
