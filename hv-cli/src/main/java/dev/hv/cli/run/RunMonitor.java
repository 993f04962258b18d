package dev.hv.cli.run;

import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.debug.MonitorCommands;
import dev.hv.cli.inspect.InspectException;
import dev.hv.cli.inspect.InspectText;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.vmbus.channel.Channel;
import java.nio.file.Path;

/** What a debugger's {@code monitor} can do to the run of a machine. Called while the computer stands. */
final class RunMonitor implements MonitorCommands {

    private static final String HELP = """
            checkpoint DIR     writes a checkpoint of the whole run when the machine goes on, at the end of its turn
            inspect [PATH]     objects by their paths, as hv inspect shows them
            rings              state of the VMBus channels and their rings
            trace on FILE      writes what crosses the machine's VMBus, as --trace vmbus=FILE does; trace off ends that
            """;
    /** Characters of an answer: GDB shows it at once. */
    private static final int MOST = 16_000;

    private final LabMachine computer;
    private final RunningVm vm;
    /** Null while nothing is traced. */
    private BusTrace trace;

    RunMonitor(LabMachine computer, RunningVm vm) {
        this.computer = computer;
        this.vm = vm;
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public String run(String command, String arguments) {
        try {
            return switch (command) {
                case "checkpoint" -> checkpoint(arguments);
                case "inspect" -> inspect(arguments);
                case "rings" -> rings();
                case "trace" -> trace(arguments);
                default -> null;
            };
        } catch (UsageException | InspectException e) {
            return e.getMessage() + "\n";
        }
    }

    private String checkpoint(String folder) {
        if (folder.isEmpty()) {
            return "checkpoint: a folder is needed\n";
        }
        computer.act(vm, ScheduledAction.parse("monitor", "0s:checkpoint=" + folder, Path.of("")));
        return "checkpoint " + folder + ": written when the machine goes on\n";
    }

    private String inspect(String path) throws InspectException {
        for (RunningVm each : computer.vms()) {
            for (int i = 0; each.worker != null && each.end == null && i < each.config.cpus(); i++) {
                // registers that the hardware holds come to where the tree has them
                each.worker.processors().register(i, HvRegister.RIP);
            }
        }
        String text = InspectText.lines(computer.inspect().find(path));
        if (text.length() <= MOST) {
            return text;
        }
        String shown = text.substring(0, text.lastIndexOf('\n', MOST) + 1);
        return shown + "(%d lines more: give a longer path)\n".formatted(text.substring(shown.length()).lines().count());
    }

    private String rings() {
        if (vm.bus == null) {
            return "rings: the machine has no VMBus\n";
        }
        var text = new StringBuilder();
        for (Channel c : vm.bus.channels()) {
            text.append("channel %d.%d %s: %s, processor %d\n".formatted(c.id(), c.subChannelIndex(), c.offer().name(), c.open() ? "open" : "closed", c.targetProcessor()));
            c.rings().lines().forEach(line -> text.append("  ").append(line).append('\n'));
        }
        return text.toString();
    }

    private String trace(String arguments) {
        if (vm.bus == null) {
            return "trace: the machine has no VMBus\n";
        }
        if (arguments.equals("off")) {
            String lost = end();
            return lost == null ? "trace off\n" : lost + "\n";
        }
        if (!arguments.startsWith("on ") || arguments.substring(3).isBlank()) {
            return "trace: on FILE or off is needed\n";
        }
        if (trace != null) {
            return "trace: is on already\n";
        }
        trace = new BusTrace(arguments.substring(3).strip());
        trace.observe(vm.bus, vm.config.name(), computer.clock().watched());
        return "trace on\n";
    }

    /** Ends a trace; what is to be said when it is not whole, else null. */
    private String end() {
        if (trace == null) {
            return null;
        }
        computer.traceAgain(vm);
        trace.close();
        String lost = trace.lost();
        trace = null;
        return lost;
    }

    @Override
    public void close() {
        end();
    }
}
