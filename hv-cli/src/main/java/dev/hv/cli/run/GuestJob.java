package dev.hv.cli.run;

import dev.hv.cli.agent.CommandListener;
import dev.hv.cli.agent.GuestCommand;
import dev.hv.cli.agent.HostAgent;
import dev.hv.cli.config.OutputFiles;
import dev.hv.cli.console.Messages;
import dev.hv.cli.console.OutputQueue;
import dev.hv.cli.console.StandardOutput;
import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.cpu.snapshot.StateFormatException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What {@code hv run} does in its one guest through the agent: files are put, a command runs, files are fetched, and the guest powers off. Each step waits for the one before; the first that fails is the last.
 */
public final class GuestJob {

    /** Exit status when the agent, or a file, failed: the one that timeout(1) and others have for failures of their own. */
    public static final int FAILED = 125;

    /** Guest time for the agent to listen, and for the guest to power off when it is asked to. */
    private static final long READY = 600 * Clock.SECOND;
    private static final long OFF = 60 * Clock.SECOND;
    private static final String SECTION = "job";
    private static final int VERSION = 1;
    /** A reader who is slow keeps the machine waiting, as a pipe would keep the program. */
    private static final long PATIENCE = TimeUnit.HOURS.toNanos(1);

    /**
     * A file for the guest.
     *
     * @param mode permission bits
     */
    public record Put(Path from, byte[] content, String to, int mode) {}

    /**
     * A file from the guest.
     *
     * @param to null when it is fetched and thrown away
     */
    public record Get(String from, Path to) {}

    private final String command;
    private final byte[] input;
    private final List<Put> puts;
    private final List<Get> gets;
    private final boolean shown;
    private HostAgent agent;
    private Clock clock;
    private Clock.Timer timer;
    private Runnable stop;
    private OutputQueue out;
    private OutputQueue err;
    /** Why the command's output cannot be written any more; written by a queue's thread. */
    private volatile IOException unwritable;
    private boolean over;
    private int status;
    /** What it does, and with which of its files. */
    private Stage stage = Stage.READY;
    private int file;

    private enum Stage { READY, PUT, RUN, GET, QUIT }

    /**
     * A job that has not begun.
     *
     * @param command for the guest's shell; null for none
     * @param input its standard input
     */
    public GuestJob(String command, byte[] input, List<Put> puts, List<Get> gets) {
        this(command, input, puts, gets, true);
    }

    private GuestJob(String command, byte[] input, List<Put> puts, List<Get> gets, boolean shown) {
        this.shown = shown;
        this.command = command;
        this.input = input;
        this.puts = puts;
        this.gets = gets;
    }

    /**
     * A job of a run that is repeated.
     *
     * @param shown whether its output is shown
     */
    public static GuestJob repeated(String command, byte[] input, List<Put> puts, List<Get> gets, boolean shown) {
        return new GuestJob(command, input, puts, gets, shown);
    }

    /** The command for the guest's shell; null for none. */
    public String command() {
        return command;
    }

    /** The command's standard input. */
    public byte[] input() {
        return input;
    }

    /** Files for the guest. */
    public List<Put> puts() {
        return puts;
    }

    /** Files from the guest. */
    public List<Get> gets() {
        return gets;
    }

    /**
     * Begins as soon as the agent listens.
     *
     * @param stopping ends the run, where the guest does not power off
     */
    void begin(HostAgent of, Clock time, Runnable stopping) {
        prepare(of, time, stopping);
        timer.arm(clock.nanos() + READY);
        await();
    }

    /**
     * Goes on as one that was saved, whose guest was restored.
     *
     * @throws StateFormatException when it was another one
     */
    void resume(HostAgent of, Clock time, Runnable stopping, byte[] state) {
        prepare(of, time, stopping);
        var in = new SectionReader(state);
        in.begin(SECTION, VERSION);
        long saved = in.take();
        file = (int) in.take();
        status = (int) in.take();
        over = in.takeBoolean();
        timer.restore(in);
        if (saved < 0 || saved >= Stage.values().length || file < 0) {
            throw new StateFormatException("a job that does what none does: " + saved);
        }
        stage = Stage.values()[(int) saved];
        boolean busy = agent.restoreRequest(in);
        if (stage == Stage.READY) {
            await();
        } else if (busy) {
            switch (stage) {
                case PUT -> put(file);
                case RUN -> run();
                case GET -> get(file);
                default -> agent.quit(r -> { });
            }
        }
        in.end();
    }

    /** Whether {@link #state} is all that there is of it. */
    boolean saved() {
        return agent.requestSaved();
    }

    /** It as it is, between two turns of its machine. */
    byte[] state() {
        var out = new SectionWriter();
        out.begin(SECTION, VERSION);
        out.put("stage", stage.ordinal());
        out.put("file", file);
        out.put("status", status);
        out.put("over", over);
        timer.save(out);
        agent.saveRequest(out);
        out.end();
        return out.toBytes();
    }

    private void prepare(HostAgent of, Clock time, Runnable stopping) {
        agent = of;
        clock = time;
        stop = stopping;
        out = new OutputQueue(shown ? new StandardOutput() : OutputStream.nullOutputStream(), PATIENCE);
        err = new OutputQueue(!shown ? OutputStream.nullOutputStream() : new FileOutputStream(FileDescriptor.err) {
            @Override
            public void close() {
                // the process's own
            }
        }, PATIENCE);
        for (OutputQueue queue : List.of(out, err)) {
            queue.onFailure(e -> {
                unwritable = e;
                stopping.run();
            });
        }
        timer = clock.timer("guest-job", this::late);
    }

    private void await() {
        agent.whenReady(() -> {
            timer.cancel();
            put(0);
        }, this::fail);
    }

    private void late() {
        if (over) {
            stop.run();
        } else {
            fail("no agent listened in the guest in " + READY / Clock.SECOND + " s of its time: its init has to run /etc/hv/run.sh, as that of hv guest does");
        }
    }

    private void put(int next) {
        if (next == puts.size()) {
            run();
            return;
        }
        stage = Stage.PUT;
        file = next;
        Put p = puts.get(next);
        agent.put(p.content(), p.to(), p.mode(), r -> {
            if (r.ok()) {
                put(next + 1);
            } else {
                fail("--put " + p.from() + ":" + p.to() + ": " + r.failure());
            }
        });
    }

    private void run() {
        if (command == null) {
            get(0);
            return;
        }
        stage = Stage.RUN;
        agent.run(new GuestCommand(List.of("/bin/sh", "-c", command), Map.of(), null, input, 0), new CommandListener() {
            @Override
            public void output(byte[] bytes, int offset, int length) {
                out.write(bytes, offset, length);
            }

            @Override
            public void error(byte[] bytes, int offset, int length) {
                err.write(bytes, offset, length);
            }

            @Override
            public void exited(int ended) {
                status = ended;
                get(0);
            }

            @Override
            public void failed(String reason) {
                fail("--exec: " + reason);
            }
        });
    }

    private void get(int next) {
        if (next == gets.size()) {
            finish();
            return;
        }
        stage = Stage.GET;
        file = next;
        Get g = gets.get(next);
        agent.get(g.from(), r -> {
            if (!r.ok()) {
                fail("--get " + g.from() + ":" + g.to() + ": " + r.failure());
                return;
            }
            String failure = g.to() == null ? null : write(g.to(), r.value());
            if (failure != null) {
                // what the guest is asked for does not depend on the host's disks: a recorded run is repeated without them
                Messages.say("--get " + g.from() + ":" + g.to() + ": " + failure);
                status = FAILED;
            }
            get(next + 1);
        });
    }

    /** Whole or not at all. */
    private static String write(Path to, byte[] content) {
        try {
            OutputFiles.whole(to, "rw-r--r--", part -> Files.write(part, content));
            return null;
        } catch (IOException e) {
            return "cannot be written: " + e.getMessage();
        }
    }

    private void fail(String why) {
        if (!over) {
            status = FAILED;
            Messages.say(why);
            finish();
        }
    }

    private void finish() {
        over = true;
        stage = Stage.QUIT;
        if (agent.ready()) {
            timer.arm(clock.nanos() + OFF);
            agent.quit(r -> { });
        } else {
            stop.run();
        }
    }

    /** The machine stands still: what the command has printed is handed on. */
    void end(long nanos) {
        if (!over) {
            over = true;
            status = FAILED;
        }
        if (out != null) {
            out.finish(nanos);
            err.finish(nanos);
        }
    }

    /** What of the command's output was lost, a sentence each; after {@link #end}. */
    List<String> lost() {
        List<String> told = new ArrayList<>();
        if (unwritable != null) {
            told.add("the command's output cannot be written any more (" + unwritable.getMessage() + "): the run is over");
        }
        long bytes = out == null ? 0 : out.lost() + err.lost();
        if (bytes > 0) {
            told.add(bytes + " bytes that the command printed were lost: nobody read them in time");
        }
        return told;
    }

    /** The status of the command, or {@link #FAILED}. */
    public int status() {
        return status;
    }
}
