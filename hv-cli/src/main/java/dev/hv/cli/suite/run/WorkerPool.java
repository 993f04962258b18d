package dev.hv.cli.suite.run;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Setup;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.SuiteListener;
import dev.hv.cli.suite.SuiteRunSettings;
import dev.hv.cli.suite.SuiteRunner;
import dev.hv.cli.suite.Timeouts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;

/** Runs planned cases in worker processes, each of which runs one after the other; one that dies fails its own case only, and another takes its place. */
public final class WorkerPool implements SuiteRunner {

    /** What a case may take of the host's time beyond its timeouts: the start of a worker, reading files, writing what is left. */
    private static final long GRACE = 60_000_000_000L;

    private final List<String> command;
    private final Function<List<Path>, List<PlannedCase>> planner;
    private final Set<WorkerProcess> workers = ConcurrentHashMap.newKeySet();
    private List<PlannedCase> plan;
    private SuiteRunSettings settings;
    private SuiteListener listener;
    private List<Path> files;
    private Map<String, Integer> numbers;
    private ScheduledExecutorService clock;
    /** The next case, among all repetitions. */
    private long next;
    private volatile String stopped;
    private volatile boolean failed;

    /**
     * A pool of workers that are begun when there is something to do.
     *
     * @param command a worker's program and arguments: {@link CaseWorker#run}
     * @param planner reads suite files, as the workers do
     */
    public WorkerPool(List<String> command, Function<List<Path>, List<PlannedCase>> planner) {
        this.command = command;
        this.planner = planner;
    }

    @Override
    public void run(List<PlannedCase> cases, SuiteRunSettings how, SuiteListener told) {
        plan = cases;
        settings = how;
        listener = told;
        listener.began(plan, settings.repetitions());
        files = plan.stream().map(c -> c.spec().place().file()).distinct().toList();
        numbers = new HashMap<>();
        for (PlannedCase c : planner.apply(files)) {
            numbers.put(c.id(), numbers.size());
        }
        clock = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("worker timeouts").factory());
        try {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < Math.min(settings.jobs(), Math.max(1, plan.size() * (long) settings.repetitions())); i++) {
                int worker = i;
                threads.add(Thread.ofPlatform().name("worker " + i).start(() -> work(worker)));
            }
            for (Thread t : threads) {
                t.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop("interrupted");
        } finally {
            clock.shutdownNow();
            workers.forEach(WorkerProcess::close);
        }
        listener.finished(stopped);
    }

    @Override
    public void stop(String why) {
        stopped = why;
        workers.forEach(WorkerProcess::stop);
    }

    /** Repetitions come one after the other, each of them whole. -1 when there is nothing more to do. */
    private synchronized long take() {
        boolean over = stopped != null || failed && settings.untilFailure() || next == plan.size() * (long) settings.repetitions();
        return over ? -1 : next++;
    }

    private void work(int worker) {
        WorkerProcess process = null;
        for (long n = take(); n >= 0; n = take()) {
            PlannedCase planned = plan.get((int) (n % plan.size()));
            int repetition = (int) (n / plan.size());
            long seed = settings.seed() + (settings.digests() ? 0 : repetition);
            if (planned.spec().skip() != null) {
                ended(CaseResult.without(planned, repetition, seed, Status.SKIPPED, planned.spec().skip()));
                continue;
            }
            tell(() -> listener.started(planned, repetition, worker));
            CaseResult result;
            try {
                if (process == null || !process.alive()) {
                    close(process);
                    process = new WorkerProcess(command, files, settings.checkpoints(), settings.artefacts(), settings.coverage(), numbers.size());
                    workers.add(process);
                    if (stopped != null) {
                        process.stop();
                    }
                }
                result = process.run(planned, numbers.get(planned.id()), repetition, seed, settings.digests(), longest(planned), clock, step -> tell(() -> {
                    if (step == CaseRunner.SETTING_UP) {
                        listener.settingUp(planned.spec().setup(), planned);
                    } else {
                        listener.progress(planned, repetition, step);
                    }
                }));
            } catch (IOException e) {
                result = CaseResult.without(planned, repetition, seed, Status.ERROR, "no worker: " + e.getMessage());
            }
            ended(stopped == null || !result.status().bad() ? result : CaseResult.without(planned, repetition, seed, Status.ERROR, "interrupted by " + stopped));
        }
        close(process);
    }

    private void close(WorkerProcess process) {
        if (process != null) {
            workers.remove(process);
            process.close();
        }
    }

    private static long longest(PlannedCase planned) {
        Setup setup = planned.spec().setup();
        long own = planned.spec().timeouts().host();
        long before = setup == null ? 0 : setup.timeouts().host();
        // a case that fails runs twice
        return own == Timeouts.NONE || before == Timeouts.NONE ? Long.MAX_VALUE : 2 * own + before + GRACE;
    }

    private void ended(CaseResult result) {
        failed |= result.status().bad();
        tell(() -> listener.ended(result));
    }

    private synchronized void tell(Runnable event) {
        event.run();
    }
}
