package dev.hv.cli.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Has the guests of a run freeze their file systems for a checkpoint (a production checkpoint, as Hyper-V calls it). On the machine's thread. */
final class FrozenGuests {

    private final List<RunningVm> frozen = new ArrayList<>();
    private final Consumer<String> done;
    private int pending = 1;
    private String problem;

    private FrozenGuests(Consumer<String> done) {
        this.done = done;
    }

    /**
     * Asks all guests that have not ended.
     *
     * @param done is told once, with what is wrong, or null when all file systems are frozen; then {@link #thaw} is to be called soon. When
     *     something is wrong those that were frozen go on
     */
    static void freeze(List<RunningVm> vms, Consumer<String> done) {
        var guests = new FrozenGuests(done);
        vms.stream().filter(vm -> vm.end == null).forEach(guests::ask);
        guests.answered();
    }

    /** Has guests go on, at this instant of their time, in restored runs too; false when one of them went on already. */
    static boolean thaw(List<RunningVm> vms) {
        boolean all = true;
        for (RunningVm vm : vms) {
            if (vm.end == null) {
                all &= vm.worker.integration().shadowCopy().isFrozen();
                vm.worker.integration().shadowCopy().thawSoon();
            }
        }
        return all;
    }

    private void ask(RunningVm vm) {
        pending++;
        boolean asked = vm.worker != null && vm.worker.integration() != null && vm.worker.integration().shadowCopy().freeze(status -> {
            if (status == 0) {
                frozen.add(vm);
            } else {
                wrong(vm, "the guest did not freeze its file systems (0x%08x): its daemon for that (hv_vss_daemon) does not run, failed or did not answer".formatted(status));
            }
            answered();
        });
        if (!asked) {
            wrong(vm, vm.worker == null || vm.worker.integration() == null ? "a guest that is not told about the hypervisor cannot freeze its file systems"
                    : "the guest cannot freeze its file systems: its integration driver does not listen, or does so already");
            answered();
        }
    }

    private void wrong(RunningVm vm, String what) {
        problem = problem != null ? problem : vm.config.name() + ": " + what;
    }

    private void answered() {
        pending--;
        if (pending > 0) {
            return;
        }
        if (problem != null) {
            frozen.forEach(vm -> vm.worker.integration().shadowCopy().thawSoon());
        }
        done.accept(problem);
    }
}
