package dev.hv.cli.suite.run;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;

/** A process that runs one case after the other, as it is told over its standard input: it is warm after the first. It ends with whoever began it. */
public final class CaseWorker {

    private final InputStream in;
    private final OutputStream out;
    private final Function<List<Path>, List<PlannedCase>> planner;
    private final Agents agents;
    private final BlockingQueue<Order> orders = new LinkedBlockingQueue<>();
    private CaseRunner runner;
    private volatile boolean stopped;

    /** A case to be run; number -1 for the end. */
    private record Order(int number, int repetition, long seed, boolean digest) {}

    private static final Order END = new Order(-1, 0, 0, false);

    /**
     * A worker that has been told nothing.
     *
     * @param in orders
     * @param out answers; nothing else is written there
     * @param planner reads suite files: every case of them, in an order that is always the same
     */
    public CaseWorker(InputStream in, OutputStream out, Function<List<Path>, List<PlannedCase>> planner) {
        this(in, out, planner, DrivenAgents.INSTANCE);
    }

    CaseWorker(InputStream in, OutputStream out, Function<List<Path>, List<PlannedCase>> planner, Agents agents) {
        this.in = in;
        this.out = out;
        this.planner = planner;
        this.agents = agents;
    }

    /** Works until the orders end. */
    public void run() throws IOException {
        Frames.In plan = Frames.read(in);
        if (plan == null) {
            return;
        }
        List<Path> files = new ArrayList<>();
        for (long n = plan.number(); n > 0; n--) {
            files.add(Path.of(plan.text()));
        }
        runner = new CaseRunner(Path.of(plan.text()), Path.of(plan.text()), agents, this::killed);
        runner.cover(plan.text());
        try {
            List<PlannedCase> cases = planner.apply(files);
            new Frames.Out(Frames.Kind.READY).number(cases.size()).to(out);
            Thread.ofPlatform().daemon().name("orders").start(this::listen);
            for (Order o = next(); o != END; o = next()) {
                run(cases.get(o.number()), o);
            }
        } finally {
            runner.close();
        }
    }

    private Order next() {
        try {
            return orders.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return END;
        }
    }

    private void listen() {
        try {
            for (Frames.In f = Frames.read(in); f != null && f.kind() == Frames.Kind.RUN; f = Frames.read(in)) {
                orders.add(new Order((int) f.number(), (int) f.number(), f.number(), f.number() != 0));
            }
        } catch (IOException e) {
            // who gave orders is gone
        }
        stopped = true;
        runner.hurry();
        orders.add(END);
    }

    private void run(PlannedCase planned, Order o) throws IOException {
        CaseResult result;
        try {
            result = runner.run(planned, o.repetition(), o.seed(), o.digest(), step -> tell(new Frames.Out(Frames.Kind.STEP), step));
        } catch (RuntimeException | OutOfMemoryError e) {
            StackTraceElement[] at = e.getStackTrace();
            result = CaseResult.without(planned, o.repetition(), o.seed(), Status.ERROR, "hv has a bug: " + e + (at.length == 0 ? "" : " at " + at[0]));
        }
        if (!stopped) {
            Frames.result(result).to(out);
        }
    }

    private void tell(Frames.Out frame, long number) {
        try {
            frame.number(number).to(out);
        } catch (IOException e) {
            // who began this is gone: the orders end, too
        }
    }

    /** Asks to be killed, and waits for that. */
    private void killed() {
        tell(new Frames.Out(Frames.Kind.KILL), 0);
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
