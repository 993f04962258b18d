package dev.hv.cli.commands;

import dev.hv.cli.console.HostTerminal;
import dev.hv.cli.demo.Demo;
import dev.hv.cli.root.boot.BootException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Runs the demonstration. */
@Command(name = "demo", mixinStandardHelpOptions = true, addMethodSubcommands = false,
        description = "Runs embedded guests side by side: drivers for VMBus, a PC's devices, a crash. No downloads.",
        footerHeading = "%nExamples:%n", footer = "  hv demo")
public final class DemoCommand implements Callable<Integer> {

    @Override
    public Integer call() throws IOException, BootException {
        return new Demo(System.out, HostTerminal.is(HostTerminal.OUTPUT)).run() ? ExitStatus.OK : ExitStatus.FAILED;
    }
}
