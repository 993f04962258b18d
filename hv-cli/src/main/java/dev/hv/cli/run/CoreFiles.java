package dev.hv.cli.run;

import dev.hv.cli.console.Messages;
import dev.hv.cli.debug.DebugTarget;
import dev.hv.cli.debug.ElfCore;
import dev.hv.cli.debug.TargetCore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Writes core files of machines that run: the computer stands meanwhile, and what it does is not changed by that. */
final class CoreFiles {

    private CoreFiles() {}

    /** Writes a core file and says so, or why not. On the machine's thread between turns, or under its lock. */
    static void write(LabMachine computer, RunningVm vm, Path file) {
        if (computer.machine().outside().replays()) {
            return;
        }
        DebugTarget target = Debugging.target(computer, vm);
        try {
            computer.clock().standStill(() -> target.standStill(() -> {
                try {
                    ElfCore.write(new TargetCore(target), file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
            Messages.say(vm.config.name() + ": core file " + file + " written");
        } catch (UncheckedIOException e) {
            Messages.say(vm.config.name() + ": core file " + file + ": cannot be written: " + e.getCause().getMessage());
        }
    }
}
