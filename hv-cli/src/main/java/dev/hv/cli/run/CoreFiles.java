package dev.hv.cli.run;

import dev.hv.cli.console.Messages;
import dev.hv.cli.debug.DebugTarget;
import dev.hv.cli.debug.ElfCore;
import dev.hv.cli.debug.TargetCore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Writes core files of machines that run: the computer stands meanwhile, and what it does is not changed by that. */
final class CoreFiles {

    private CoreFiles() {}

    /** Writes a core file and says so, or why not. On the machine's thread between turns, or under its lock. */
    static void write(LabMachine computer, RunningVm vm, Path file) {
        if (computer.machine().outside().replays()) {
            return;
        }
        try {
            dump(computer, vm, file);
            Messages.say(vm.config.name() + ": core file " + file + " written");
        } catch (IOException e) {
            vm.unwritten.add("the core file " + file);
            Messages.say(vm.config.name() + ": core file " + file + ": cannot be written: " + e.getMessage());
        }
    }

    /**
     * Writes the core file of a machine that somebody asks for. On the machine's thread between turns.
     *
     * @param name of the machine; empty for the only one
     * @return what is to be said
     * @throws IOException with a sentence
     */
    static String write(LabMachine computer, String name, Path file) throws IOException {
        List<String> names = computer.vms().stream().map(vm -> vm.config.name()).toList();
        if (name.isEmpty() && names.size() > 1 || !name.isEmpty() && !names.contains(name)) {
            throw new IOException(name.isEmpty() ? "--machine: say which one of " + String.join(", ", names) : "--machine " + name + ": not in the run, which has " + String.join(", ", names));
        }
        RunningVm vm = computer.vms().get(Math.max(0, names.indexOf(name)));
        try {
            dump(computer, vm, file);
        } catch (NoSuchFileException e) {
            throw new IOException("--elf " + file + ": there is no such folder", e);
        } catch (IOException e) {
            throw new IOException("--elf " + file + ": cannot be written: " + e.getMessage(), e);
        }
        return vm.config.name() + ": core file " + file + " written\n";
    }

    private static void dump(LabMachine computer, RunningVm vm, Path file) throws IOException {
        DebugTarget target = Debugging.target(computer, vm);
        try {
            computer.clock().standStill(() -> target.standStill(() -> {
                try {
                    ElfCore.write(new TargetCore(target), file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
