package dev.hv.cli.suite.run;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** A worker as the run sees it. */
final class WorkerProcess implements AutoCloseable {

    /** How long an ending worker may take, in ms of the host's time. */
    private static final long LONGEST_END = 5_000;

    private final Process process;
    private final Path artefacts;
    private volatile boolean late;
    private volatile boolean killed;

    /**
     * Starts one.
     *
     * @param command the program and its arguments
     * @param coverage folder for what is executed of kernels; null for none
     * @throws IOException when it cannot be started, or does not know the plan
     */
    WorkerProcess(List<String> command, List<Path> files, Path checkpoints, Path artefacts, Path coverage, int cases) throws IOException {
        this.artefacts = artefacts;
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            Frames.Out plan = new Frames.Out(Frames.Kind.PLAN).number(files.size());
            for (Path f : files) {
                plan.text(f.toString());
            }
            plan.text(checkpoints.toString()).text(artefacts.toString()).text(coverage == null ? "" : coverage.toString()).to(process.getOutputStream());
            Frames.In ready = Frames.read(process.getInputStream());
            if (ready == null) {
                throw new IOException("a worker ended as soon as it began, with status " + status());
            }
            if (ready.kind() != Frames.Kind.READY || ready.number() != cases) {
                throw new IOException("the suites were changed while they are run");
            }
        } catch (IOException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Whether it can take another case. */
    boolean alive() {
        return process.isAlive() && !late && !killed;
    }

    /**
     * Runs a case, whatever becomes of the worker.
     *
     * @param number of the case in the plan of all files
     * @param digest whether its result has one
     * @param longest ns of the host's time after which the worker is killed
     */
    CaseResult run(PlannedCase planned, int number, int repetition, long seed, boolean digest, long longest, ScheduledExecutorService clock, IntConsumer progress) {
        ScheduledFuture<?> watch = longest == Long.MAX_VALUE ? null : clock.schedule(() -> {
            late = true;
            process.destroyForcibly();
        }, longest, TimeUnit.NANOSECONDS);
        String why = "";
        int step = CaseRunner.SETTING_UP;
        try {
            new Frames.Out(Frames.Kind.RUN).number(number).number(repetition).number(seed).number(digest ? 1 : 0).to(process.getOutputStream());
            for (Frames.In f = Frames.read(process.getInputStream()); f != null; f = Frames.read(process.getInputStream())) {
                switch (f.kind()) {
                    case STEP -> {
                        step = (int) f.number();
                        progress.accept(step);
                    }
                    case RESULT -> {
                        return Frames.result(f, planned, repetition, seed);
                    }
                    case KILL -> {
                        killed = true;
                        process.destroyForcibly();
                    }
                    default -> throw new IOException("a message of the wrong kind");
                }
            }
        } catch (IOException | RuntimeException e) {
            why = " (" + e.getMessage() + ")";
            process.destroyForcibly();
        } finally {
            if (watch != null) {
                watch.cancel(false);
            }
        }
        String reason = killed ? "its worker was killed, as the suite says"
                : late ? "its worker did not answer within " + longest / 1_000_000_000L + " s of the host's time and was killed" : "its worker died with status " + status() + why;
        return leave(CaseResult.without(planned, repetition, seed, Status.ERROR, (step < 0 ? "" : "step " + (step + 1) + " (" + planned.spec().steps().get(step).head().text() + "): ") + reason));
    }

    /** What can be said when nobody is left who knows more: the reason, and the command that runs the case again. */
    private CaseResult leave(CaseResult r) {
        Path folder = CaseRunner.folder(artefacts, r.planned(), r.repetition());
        String replay = CaseRunner.replay(r.planned(), r.seed());
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("steps.log"), r.planned().id() + "\n" + replay + "\n" + r.reason() + "\n");
            return r.leaving(folder, replay);
        } catch (IOException e) {
            return r.leaving(null, replay);
        }
    }

    private String status() {
        try {
            return process.waitFor(LONGEST_END, TimeUnit.MILLISECONDS) ? Integer.toString(process.exitValue()) : "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }

    /** Has it end, in good order if it does so soon. From any thread. */
    void stop() {
        try {
            new Frames.Out(Frames.Kind.STOP).to(process.getOutputStream());
        } catch (IOException e) {
            // it is gone already
        }
    }

    @Override
    public void close() {
        stop();
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // it is gone already
        }
        status();
        process.destroyForcibly();
        status();
    }
}
