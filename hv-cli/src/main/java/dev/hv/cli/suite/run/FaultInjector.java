package dev.hv.cli.suite.run;

import dev.hv.cli.root.worker.Worker;
import dev.hv.cli.suite.Fault;
import dev.hv.core.machine.Clock;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.ExchangedDisk;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Injects faults into the machines of a case. */
final class FaultInjector {

    private static final long BLOCK = 512;

    private final CaseLab lab;
    private final Runnable kill;
    private final Map<ExchangedDisk, DiskFaults> disks = new HashMap<>();

    /**
     * An injector that has injected nothing.
     *
     * @param kill ends this process as if it crashed; null when it must not
     */
    FaultInjector(CaseLab lab, Runnable kill) {
        this.kill = kill;
        this.lab = lab;
    }

    /** Injects one; what comes of it comes later. On the machine's thread. */
    Outcome inject(Fault fault, String machine) {
        return switch (fault) {
            case Fault.KillWorker k -> {
                if (kill == null) {
                    yield Outcome.error("the case runs in a process that does more than that, which is not killed");
                }
                kill.run();
                yield Outcome.passed("");
            }
            case Fault.Stall s -> stall(s, lab.lab().worker(machine));
            case Fault.DiskError e -> diskError(e, machine);
            case Fault.Rescind r -> rescind(r, lab.lab().worker(machine));
            case Fault.Heal h -> {
                disks.values().forEach(DiskFaults::heal);
                yield Outcome.passed("");
            }
            default -> Outcome.error("the fault " + fault.getClass().getSimpleName() + " cannot be injected by this version");
        };
    }

    private Outcome diskError(Fault.DiskError error, String machine) {
        Fault.Blocks b = error.blocks();
        ExchangedDisk disk = lab.lab().disk(machine, b.disk());
        if (disk == null) {
            return Outcome.failed("there is no disk " + b.disk(), "");
        }
        if (error.failure() != Fault.DiskFailure.MEDIUM) {
            return Outcome.error("disks of this version fail as media do; " + error.failure().name().toLowerCase(Locale.ROOT) + " cannot be injected");
        }
        DiskFaults faults = disks.computeIfAbsent(disk, d -> new DiskFaults());
        disk.fail(faults);
        long end = b.count() > Long.MAX_VALUE / BLOCK - b.first() ? Long.MAX_VALUE : (b.first() + b.count()) * BLOCK;
        faults.fail(b.access() != Fault.Access.WRITE, b.access() != Fault.Access.READ, b.first() * BLOCK, end, b.times());
        return Outcome.passed("");
    }

    private static Outcome rescind(Fault.Rescind rescind, Worker worker) {
        if (!rescind.device().equals("net")) {
            return Outcome.error("this version takes channels of net back; " + rescind.device() + " cannot be injected");
        }
        boolean there = worker.devices() != null && worker.devices().removeNetwork(rescind.number()) != null;
        return there ? Outcome.passed("") : Outcome.failed("there is no channel of " + rescind.device() + " " + rescind.number(), "");
    }

    private Outcome stall(Fault.Stall stall, Worker worker) {
        if (!worker.stall(stall.processor())) {
            return Outcome.failed("there is no processor " + stall.processor(), "");
        }
        Clock clock = lab.lab().clock();
        clock.timer("stall", () -> worker.unstall(stall.processor())).arm(clock.nanos() + stall.nanos());
        return Outcome.passed("");
    }
}
