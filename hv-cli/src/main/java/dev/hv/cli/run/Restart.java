package dev.hv.cli.run;

import dev.hv.cli.checkpoint.Checkpoint;
import dev.hv.cli.checkpoint.CheckpointException;
import dev.hv.cli.config.UsageException;
import dev.hv.core.machine.Machine;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run goes on from instead of booting.
 *
 * @param folder the checkpoint's, for messages
 * @param checkpoint what was saved
 * @param script what guests that wait for a script are sent, or null
 */
public record Restart(Path folder, Checkpoint checkpoint, byte[] script) {

    /** What the init of guests prints before it waits for a script. */
    static final String READY = "HV-GUEST-READY";

    /**
     * Fills the machine that was built as the checkpoint says.
     *
     * @param memory for how long its memory stays
     * @throws UsageException when the checkpoint is damaged
     */
    void apply(Machine machine, List<RunningVm> vms, Arena memory) {
        machine.clock().resume();
        try {
            checkpoint.restore(machine, memory);
        } catch (CheckpointException e) {
            throw new UsageException("--restore " + folder + ": " + e.getMessage());
        }
        if (machine.outside().resumes()) {
            return;
        }
        for (RunningVm vm : vms) {
            if (vm.end == null && vm.worker != null && vm.worker.sockets() != null) {
                vm.worker.sockets().goOn();
            }
            if (vm.end == null && vm.worker != null && vm.worker.integration() != null && machine.clock().isReal()) {
                // the host's time went on while the guest's stood still
                vm.worker.integration().timeSync().synchronize();
            }
            if (vm.end == null && script != null) {
                send(vm);
            }
        }
    }

    /** The init of guests reads how many bytes there are, in decimal in a line of its own, and then as many. */
    void send(RunningVm vm) {
        vm.guest.chipset().secondUart().send((script.length + "\n").getBytes(StandardCharsets.US_ASCII));
        vm.guest.chipset().secondUart().send(script);
    }
}
