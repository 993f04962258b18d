package dev.hv.cli.commands;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.inspect.ControlProtocol;
import picocli.CommandLine.Option;

/** The options of commands that ask a running machine for something. */
final class ControlOptions {

    @Option(names = "--control", paramLabel = "unix:PATH", description = "A running machine: what hv run --control said.")
    private String control;

    @Option(names = "--vm", paramLabel = "NAME", description = "Which machine of several.")
    private String vm;

    /** Whether a running machine is meant. */
    boolean given() {
        return control != null;
    }

    /** Name of the machine, or what stands for the only one. */
    String machine() {
        return vm == null ? ControlProtocol.ONLY : vm;
    }

    /**
     * Asks the machine.
     *
     * @throws UsageException with its answer when that is an error, and when nobody answers
     */
    byte[] ask(String request) {
        if (control == null) {
            throw new UsageException("--control unix:PATH is needed");
        }
        return ControlSocket.ask(control, channel -> ControlProtocol.request(channel, request));
    }
}
