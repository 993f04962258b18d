package dev.hv.cli.commands;

import dev.hv.cli.boot.BootException;
import dev.hv.cli.demo.Demo;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Runs the demonstration. */
@Command(name = "demo", mixinStandardHelpOptions = true,
        description = "Runs embedded guests side by side: drivers for VMBus, a PC's devices, a crash. No downloads.")
public final class DemoCommand implements Callable<Integer> {

    @Override
    public Integer call() throws IOException, BootException {
        boolean terminal = System.console() != null && System.console().isTerminal();
        return new Demo(System.out, terminal).run() ? ExitStatus.OK : ExitStatus.FAILED;
    }
}
