package dev.hv.cli.run;

import dev.hv.cli.console.Messages;
import dev.hv.cli.debug.CrashStack;
import dev.hv.cli.debug.SymbolTable;

/** Tells people of a guest's crash at once, with what its processor was doing in names. It is no part of the report, which is state of the machine. */
final class CrashStacks {

    private final LabMachine computer;
    private final RunningVm vm;
    private final SymbolTable symbols;

    /**
     * Of a machine.
     *
     * @param symbols from a file; null for those that the guest has of itself
     */
    CrashStacks(LabMachine computer, RunningVm vm, SymbolTable symbols) {
        this.computer = computer;
        this.vm = vm;
        this.symbols = symbols;
    }

    void reported(int processor) {
        Messages.say(vm.config.name() + ": the guest reports a crash", stack(processor));
    }

    void unrecoverable(int processor) {
        String stack = stack(processor);
        if (!stack.isEmpty()) {
            Messages.say(vm.config.name() + ": processor " + processor + " cannot go on", stack);
        }
    }

    private String stack(int processor) {
        return new CrashStack(Debugging.target(computer, vm), symbols).of(processor);
    }
}
