package dev.hv.cli.commands;

import dev.hv.cli.ExitStatus;
import dev.hv.cli.UsageException;
import dev.hv.cli.boot.BootException;
import dev.hv.cli.boot.GuestMemory;
import dev.hv.cli.boot.InitialState;
import dev.hv.cli.boot.LinuxImage;
import dev.hv.cli.boot.LinuxLoader;
import dev.hv.cli.machine.BareMachine;
import dev.hv.cli.machine.ConsoleOutput;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Boots an image and runs it until it powers off, crashes or meets a limit. */
@Command(name = "run", mixinStandardHelpOptions = true, sortOptions = false, description = "Boots a guest image.")
public final class RunCommand implements Callable<Integer> {

    @Mixin
    private RunOptions options;

    @Override
    public Integer call() {
        options.check();
        CpuModel model = CpuModel.intelDefault();
        VirtualClock clock = options.realTime(System.console() != null) ? VirtualClock.real(model.tscHz())
                : VirtualClock.virtual(options.picosPerInstruction, model.tscHz(), 1_700_000_000L);
        var console = new ConsoleOutput(new FileOutputStream(FileDescriptor.out), clock);
        var bare = new BareMachine(model, options.memory, clock, console, options.testDevices);
        try {
            LinuxImage image = LinuxImage.parse(options.kernel.toString(), InputFiles.read("--kernel", options.kernel));
            byte[] initrd = options.initrd == null ? null : InputFiles.read("--initrd", options.initrd);
            InitialState state = LinuxLoader.load(image, initrd, options.append, bare.firmware(), bare.guestMemory());
            bare.start(state);
        } catch (BootException e) {
            throw new UsageException(e.getMessage());
        }
        StopReason reason = bare.machine().run(new RunLimits(options.timeoutNanos, options.maxInstructions == null ? Long.MAX_VALUE : options.maxInstructions));
        console.flush();
        System.err.println(reason);
        System.err.println(dev.hv.cpu.state.RegisterDump.of(bare.processor().cpu()));
        System.err.println(bare.machine().statistics() + " blocks " + bare.processor().engine().blocksBuilt() + " inval " + bare.processor().engine().blocksInvalidated());
        return ExitStatus.OK;
    }
}
