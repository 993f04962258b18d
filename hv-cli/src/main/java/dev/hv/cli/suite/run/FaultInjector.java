package dev.hv.cli.suite.run;

import dev.hv.cli.root.worker.Worker;
import dev.hv.cli.suite.Fault;
import dev.hv.core.machine.Clock;

/** Injects faults into the machines of a case. */
final class FaultInjector {

    private final CaseLab lab;
    private final Runnable kill;

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
            case Fault.Heal h -> Outcome.passed("");
            default -> Outcome.error("the fault " + fault.getClass().getSimpleName() + " cannot be injected by this version");
        };
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
