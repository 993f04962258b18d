package dev.hv.cli.run;

import dev.hv.cli.checkpoint.Manifest;
import dev.hv.cli.console.Messages;
import dev.hv.cli.inspect.InspectException;
import dev.hv.cli.inspect.InspectNode;
import dev.hv.cli.inspect.InspectText;
import dev.hv.cli.inspect.InspectTree;
import dev.hv.cli.inspect.InspectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The tree of everything in a run, as it is at the moment: what a checkpoint would have of every object, by name, and beside it the machines' descriptions and the counters. {@code vm/NAME/config} is a machine's description, the rest of {@code vm/NAME} its partition and devices;
 * {@code machine} is the emulated computer with its logical processors, {@code hypervisor} the hypervisor with the root partition, {@code statistics} what {@code --stats} writes. What memory and disks hold is left out.
 */
final class LabInspection {

    private LabInspection() {}

    /** Shows what a path names, on standard error. */
    static void show(InspectTree tree, String path) {
        try {
            Messages.say("inspect " + path + ":", InspectText.lines(tree.find(path)));
        } catch (InspectException e) {
            Messages.say("inspect " + e.getMessage());
        }
    }

    /** The tree now, within {@link dev.hv.core.machine.Machine#look} or at rest; nothing of the machine is changed. */
    static InspectTree tree(LabMachine computer) {
        var root = new InspectNode.Branch();
        computer.machine().save(new InspectWriter(root));
        InspectNode.Branch vms = root.branch("vm");
        for (RunningVm vm : computer.vms()) {
            InspectNode.Branch of = vms.branch(vm.config.name());
            of.branch("config").putAll(Manifest.describe(vm.config));
            InspectNode.Branch memory = of.branch("memory");
            memory.put("bytes", vm.config.memory());
        }
        try {
            Map<String, Object> counters = RunReport.counters(computer.machine(), computer.hypervisor(), computer.vms(), computer.disks().snapshotBytes());
            root.branch("statistics").putAll(counters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new InspectTree(root);
    }
}
