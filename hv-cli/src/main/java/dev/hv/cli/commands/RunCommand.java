package dev.hv.cli.commands;

import dev.hv.cli.boot.BootException;
import dev.hv.cli.boot.InitialState;
import dev.hv.cli.boot.LinuxImage;
import dev.hv.cli.boot.LinuxLoader;
import dev.hv.cli.boot.MultibootImage;
import dev.hv.cli.boot.MultibootLoader;
import dev.hv.cli.console.Consoles;
import dev.hv.cli.console.HostConsole;
import dev.hv.cli.guest.Initrd;
import dev.hv.cli.machine.BareMachine;
import dev.hv.cli.machine.ConsoleOutput;
import dev.hv.cli.machine.GuestMachine;
import dev.hv.cli.machine.PartitionedMachine;
import dev.hv.cli.worker.WorkerConfig;
import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Boots an image and runs it until it powers off, crashes or meets a limit. */
@Command(name = "run", mixinStandardHelpOptions = true, sortOptions = false, description = "Boots a guest image.")
public final class RunCommand implements Callable<Integer> {

    /** What a battery-backed clock says in virtual time, so that runs can be repeated: 2023-11-14. */
    private static final long EPOCH = 1_700_000_000L;

    @Mixin
    private RunOptions options;

    @Override
    public Integer call() {
        options.check();
        LogLevels.set(options.logLevel());
        CpuModel model = CpuModel.intelDefault();
        boolean terminal = System.console() != null && System.console().isTerminal();
        VirtualClock clock = options.realTime(terminal) ? VirtualClock.real(model.tscHz())
                : VirtualClock.virtual(options.picosPerInstruction, model.tscHz(), EPOCH);
        try (HostConsole host = Consoles.open(options.serial, terminal)) {
            return run(model, clock, host);
        } catch (IOException e) {
            throw new UsageException("--serial " + options.serial + ": " + e.getMessage());
        }
    }

    private int run(CpuModel model, VirtualClock clock, HostConsole host) {
        var console = new ConsoleOutput(host.output(), clock);
        PartitionedMachine partitioned = options.bare ? null : new PartitionedMachine(model, options.memory, clock);
        GuestMachine guest = options.bare ? new BareMachine(model, options.memory, clock, console, options.testDevices) : child(partitioned, console);
        try {
            guest.start(load(guest));
        } catch (BootException e) {
            throw new UsageException(e.getMessage());
        }
        // nobody reads any more (hv run | head): going on would help nobody
        console.onGone(() -> guest.machine().stop(StopReason.of(StopReason.Kind.REQUESTED)));
        host.start(input(guest));
        long limit = options.maxInstructions == null ? Long.MAX_VALUE : options.maxInstructions;
        StopReason reason = guest.machine().run(new RunLimits(options.timeoutNanos, limit));
        console.flush();
        host.close();
        if (options.digest) {
            System.err.println("digest " + guest.machine().digest());
        }
        if (options.stats != null) {
            RunReport.write(options.stats, guest.machine(), partitioned == null ? null : partitioned.hypervisor());
        }
        return status(reason);
    }

    private static HostConsole.Input input(GuestMachine guest) {
        return new HostConsole.Input() {
            @Override
            public void typed(int value) {
                guest.machine().post(() -> guest.chipset().uart().receive(value));
            }

            @Override
            public void leave() {
                guest.machine().post(() -> guest.machine().stop(StopReason.of(StopReason.Kind.REQUESTED)));
            }
        };
    }

    private GuestMachine child(PartitionedMachine machine, ConsoleOutput console) {
        long low = Math.min(options.memory, SystemMemory.DEFAULT_GAP);
        var config = new WorkerConfig("guest", low, options.memory - low, options.cpus, options.testDevices, !options.noEnlightenments);
        return machine.child(config, console, machine.machine()::stop);
    }

    private InitialState load(GuestMachine guest) throws BootException {
        if (options.multiboot != null) {
            MultibootImage image = MultibootImage.parse(options.multiboot.toString(), InputFiles.read("--multiboot", options.multiboot, options.memory));
            List<MultibootLoader.Module> modules = new ArrayList<>();
            for (var m : options.modules) {
                modules.add(new MultibootLoader.Module(InputFiles.read("--module", m, options.memory), m.toString()));
            }
            return MultibootLoader.load(image, options.multiboot.toString(), options.append, modules, guest.firmware(), guest.guestMemory());
        }
        LinuxImage image = LinuxImage.parse(options.kernel.toString(), InputFiles.read("--kernel", options.kernel, options.memory));
        byte[] initrd = options.initrd == null ? null : InputFiles.read("--initrd", options.initrd, options.memory);
        if (options.guestScript != null) {
            initrd = Initrd.withScript(initrd, InputFiles.read("--guest-script", options.guestScript, options.memory));
        }
        return LinuxLoader.load(image, initrd, options.append, guest.firmware(), guest.guestMemory());
    }

    /** Tells people why the run ended, where it was not the guest's own wish, and gives the exit status. */
    private static int status(StopReason reason) {
        return switch (reason.kind()) {
            case POWER_OFF, REQUESTED -> ExitStatus.OK;
            // a machine that resets itself would boot the same image again: the run ends instead
            case RESET -> {
                System.err.println("hv: the guest reset itself");
                yield ExitStatus.OK;
            }
            case DEBUG_EXIT -> reason.value() << 1 | 1;
            case CRASH -> {
                System.err.print("hv: the guest crashed\n" + reason.detail());
                yield ExitStatus.CRASH;
            }
            case TIME_LIMIT -> {
                System.err.println("hv: the time limit ended the run");
                yield ExitStatus.LIMIT;
            }
            case INSTRUCTION_LIMIT -> {
                System.err.println("hv: the instruction limit ended the run");
                yield ExitStatus.LIMIT;
            }
            case INTERNAL_ERROR -> throw new IllegalStateException(reason.detail());
        };
    }
}
