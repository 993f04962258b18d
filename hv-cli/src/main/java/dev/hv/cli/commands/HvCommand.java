package dev.hv.cli.commands;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root command: shows its help when no command is given. */
@Command(name = "hv", mixinStandardHelpOptions = true, version = "hv 0.1.0",
        description = "A Hyper-V compatible hypervisor on an emulated x86-64 machine.",
        subcommands = {DemoCommand.class, RunCommand.class, TraceCommand.class, ConformCommand.class, GuestCommand.class},
        footer = {"", "Exit status: 0 the guest powered off, 1 a case failed, 2 bad usage or input, 3 the guest crashed,", "4 a limit ended the run, 5 internal error."})
public final class HvCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed");
    }
}
