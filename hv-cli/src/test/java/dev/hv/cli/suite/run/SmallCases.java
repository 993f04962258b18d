package dev.hv.cli.suite.run;

import dev.hv.cli.config.Fault;
import dev.hv.cli.config.BootConfig;
import dev.hv.cli.config.DiskConfig;
import dev.hv.cli.config.GuestRights;
import dev.hv.cli.config.MemoryConfig;
import dev.hv.cli.config.VmConfig;
import dev.hv.cli.suite.AgentWay;
import dev.hv.cli.suite.CaseSpec;
import dev.hv.cli.suite.Check;
import dev.hv.cli.suite.MachineSpec;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Platform;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.StepHead;
import dev.hv.cli.suite.Testbed;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cli.yaml.Place;
import dev.hv.cpu.execute.EngineKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Cases of small guests, as a suite would have them. */
final class SmallCases {

    static final long SECOND = 1_000_000_000L;
    static final Timeouts TIMEOUTS = new Timeouts(SECOND / 20, 60 * SECOND);
    private static final Place PLACE = new Place(Path.of("small.yaml"), 1, 1);

    private SmallCases() {}

    static StepHead head(String text, long timeout) {
        return new StepHead(PLACE, null, text, timeout);
    }

    static StepHead head(String text) {
        return head(text, Timeouts.NONE);
    }

    /** Waits for a text on the console. */
    static Step console(String text) {
        return new Step.Console(head("console " + text), new Check(null, text, null, null, null, null), Check.ANY, Step.Results.NONE);
    }

    static Step send(String text) {
        return new Step.Send(head("send " + text), text);
    }

    static Step inject(Fault fault) {
        return new Step.Inject(head(fault.toString()), fault);
    }

    static Step end(Step.EndKind kind, int status) {
        return new Step.End(head("end " + kind), kind, status, Check.ANY);
    }

    static Setup setup(Step... steps) {
        return new Setup("ready", PLACE, TIMEOUTS, List.of(steps));
    }

    static Testbed testbed(Path image, int cpus, DiskConfig... disks) {
        var vm = new VmConfig("vm", new BootConfig.Multiboot(image, "", List.of()), MemoryConfig.fixed(8 << 20), cpus, GuestRights.CHILD, true, "none", null, List.of(disks), List.of(), List.of());
        return new Testbed(List.of(new MachineSpec(vm, AgentWay.NONE)), new Platform(false, "intel", 1, EngineKind.INTERPRETER, false, false), null);
    }

    static PlannedCase planned(String name, Testbed testbed, Setup setup, Timeouts timeouts, Step... steps) {
        return new PlannedCase("small", new CaseSpec(name, PLACE, Set.of(), timeouts, setup, null, List.of(steps)), Map.of(), testbed);
    }
}
