package dev.hv.cli.suite.run;

import dev.hv.cli.agent.AgentResult;
import dev.hv.cli.agent.CommandListener;
import dev.hv.cli.agent.GuestAgent;
import dev.hv.cli.agent.GuestCommand;
import dev.hv.cli.config.IntegrationAction;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.inspect.InspectException;
import dev.hv.cli.root.worker.IntegrationServices;
import dev.hv.cli.suite.Check;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.Timeouts;
import dev.hv.core.machine.Clock;
import dev.hv.devices.integration.FileCopy;
import dev.hv.devices.integration.KeyValuePairs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Begins steps, on the machine's thread; each says once what became of it, at an instant of the guest's time that is the same in every run. Keeping and going back to states is not here: a step does not replace the machines that
 * it runs on.
 */
final class StepRunner {

    /** Bytes of a program's output that are looked at; the rest is counted. */
    static final int MOST_OUTPUT = 1 << 20;
    /** A program that prints more than this is stopped. */
    static final long LOUD = 64L << 20;
    /** How long what is printed waits until it is looked at: a text is looked at once for many bytes. */
    private static final long LOOK_AFTER = 200_000;
    private static final long LOOKED_THROUGH = 1 << 13;
    /** How often a driver that does not listen yet is asked again. */
    private static final long ASK_AGAIN = 100_000_000;

    private final CaseLab lab;
    private final Agents agents;
    /** Ends this process as if it crashed; null when it must not. */
    private final Runnable kill;
    /** Where files of the guest are put; made when there is one. Null for nowhere. */
    private final Path folder;
    private final Counters before;
    /** Looks at what was printed last, when nothing more will be. */
    private Runnable lastLook = () -> { };

    /**
     * A runner of a case's steps.
     *
     * @param kill ends this process as if it crashed; null when it must not
     * @param before the counters at its begin
     */
    StepRunner(CaseLab lab, Agents agents, Runnable kill, Path folder, Counters before) {
        this.lab = lab;
        this.agents = agents;
        this.kill = kill;
        this.folder = folder;
        this.before = before;
    }

    /** Begins a step of a machine. */
    void begin(Step step, String machine, Consumer<Outcome> done) {
        switch (step) {
            case Step.Run s -> agent(machine, done, a -> run(s, a, done));
            case Step.Console s -> console(s, machine, done);
            case Step.Send s -> {
                lab.lab().type(machine, s.text().getBytes(StandardCharsets.UTF_8));
                done.accept(Outcome.passed(""));
            }
            case Step.CheckFile s -> agent(machine, done, a -> checkFile(s, a, done));
            case Step.Put s -> agent(machine, done, a -> put(s, a, done));
            case Step.Get s -> agent(machine, done, a -> get(s, a, done));
            case Step.Copy s -> copy(s, machine, done);
            case Step.Kvp s -> kvp(s, machine, done);
            case Step.Inspect s -> inspect(s, done);
            case Step.Counter s -> counter(s, done);
            case Step.Wait s -> later(s.nanos(), () -> done.accept(Outcome.passed("")));
            case Step.Do s -> act(s, machine, done);
            case Step.End s -> {
                // whoever drives the machines looks at their ends: this one waits for it
            }
            case Step.Save s -> throw new IllegalArgumentException(s.toString());
            case Step.Restore s -> throw new IllegalArgumentException(s.toString());
            case Step.Inject(var _, var fault) -> done.accept(Outcome.of(lab.lab().inject(machine, fault), ""));
            case Step.KillWorker k -> {
                if (kill == null) {
                    done.accept(Outcome.error("the case runs in a process that does more than that, which is not killed"));
                } else {
                    kill.run();
                }
            }
        }
    }

    private void later(long nanos, Runnable action) {
        Clock clock = lab.lab().clock();
        clock.timer("step", action).arm(clock.nanos() + nanos);
    }

    private void agent(String machine, Consumer<Outcome> done, Consumer<GuestAgent> use) {
        GuestAgent agent = agents.of(lab.lab(), machine);
        agent.whenReady(() -> use.accept(agent), why -> done.accept(Outcome.error(why)));
    }

    private void run(Step.Run step, GuestAgent agent, Consumer<Outcome> done) {
        var out = new Capture();
        var error = new Capture();
        GuestAgent.Request[] request = new GuestAgent.Request[1];
        GuestCommand command = step.head().timeout() == Timeouts.NONE ? step.command()
                : new GuestCommand(step.command().argv(), step.command().environment(), step.command().folder(), step.command().input(), step.head().timeout());
        request[0] = agent.run(command, new CommandListener() {
            private boolean over;

            @Override
            public void output(byte[] bytes, int offset, int length) {
                take(out, bytes, offset, length);
            }

            @Override
            public void error(byte[] bytes, int offset, int length) {
                take(error, bytes, offset, length);
            }

            private void take(Capture to, byte[] bytes, int offset, int length) {
                to.add(bytes, offset, length);
                if (!over && out.total + error.total > LOUD) {
                    over = true;
                    if (request[0] != null) {
                        request[0].cancel();
                    }
                    done.accept(Outcome.failed("the program prints more than " + (LOUD >> 20) + " MiB", out.text()));
                }
            }

            @Override
            public void exited(int status) {
                if (!over) {
                    over = true;
                    done.accept(judge(step, status, out, error));
                }
            }

            @Override
            public void failed(String reason) {
                if (!over) {
                    over = true;
                    done.accept(Outcome.failed(reason, out.text() + error.text()));
                }
            }
        });
    }

    private static Outcome judge(Step.Run step, int status, Capture out, Capture error) {
        Outcome outcome = judgeTexts(step, status, out, error);
        return step.results() == Step.Results.TAP ? outcome.withSubtests(out.text()) : outcome;
    }

    private static Outcome judgeTexts(Step.Run step, int status, Capture out, Capture error) {
        String all = out.text() + error.text();
        if (!step.statuses().isEmpty() && !step.statuses().contains(status)) {
            String last = error.total > 0 ? error.text() : out.text();
            return Outcome.failed("exit status " + status + ", expected " + String.join(" or ", step.statuses().stream().sorted().map(String::valueOf).toList())
                    + (last.isBlank() ? "" : ": " + last.strip().lines().reduce((a, b) -> b).orElse("")), all);
        }
        String problem = step.output().problem(out.text());
        if (problem != null) {
            return Outcome.failed("standard output " + problem, all);
        }
        problem = step.error().problem(error.text());
        return Outcome.of(problem == null ? null : "standard error " + problem, all);
    }

    /** The beginning of an output, and how long all of it is. */
    private static final class Capture {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private long total;

        void add(byte[] bytes, int offset, int length) {
            kept.write(bytes, offset, Math.min(length, MOST_OUTPUT - kept.size()));
            total += length;
        }

        String text() {
            return kept.toString(StandardCharsets.UTF_8);
        }
    }

    private void console(Step.Console step, String machine, Consumer<Outcome> done) {
        Transcript transcript = lab.transcript(machine);
        Clock clock = lab.lab().clock();
        boolean[] over = {false};
        Runnable look = () -> {
            if (over[0]) {
                return;
            }
            String text = transcript.unread();
            String refused = step.refused().any() ? "" : step.refused().problem(text);
            boolean bad = !step.refused().any() && refused == null;
            if (bad || step.expected().problem(text) == null) {
                over[0] = true;
                lab.onPrinted(() -> { });
                int end = bad ? text.length() : Found.end(step.expected(), text);
                transcript.readBut(text.substring(end).getBytes(StandardCharsets.UTF_8).length);
                String read = text.substring(0, end);
                Outcome outcome = bad ? Outcome.failed("the console printed what it must not", text) : Outcome.passed(read);
                done.accept(step.results() == Step.Results.TAP ? outcome.withSubtests(read) : outcome);
            }
        };
        Clock.Timer timer = clock.timer("console", look);
        lab.onPrinted(() -> {
            if (!timer.armed()) {
                // the more there is to look through, the less often
                timer.arm(clock.nanos() + LOOK_AFTER * (1 + transcript.unreadBytes() / LOOKED_THROUGH));
            }
        });
        lastLook = look;
        look.run();
    }

    /** The machine is over: what it printed before counts. */
    void over() {
        lastLook.run();
    }

    private void checkFile(Step.CheckFile step, GuestAgent agent, Consumer<Outcome> done) {
        if (!step.exists()) {
            agent.get(step.path(), r -> done.accept(r.ok() ? Outcome.failed(step.path() + " is there", "") : Outcome.passed("")));
        } else if (step.head().timeout() != Timeouts.NONE) {
            agent.await(step.path(), step.head().timeout(), r -> {
                if (r.ok()) {
                    content(step, agent, done);
                } else {
                    done.accept(Outcome.failed(r.failure(), ""));
                }
            });
        } else {
            content(step, agent, done);
        }
    }

    private static void content(Step.CheckFile step, GuestAgent agent, Consumer<Outcome> done) {
        agent.get(step.path(), r -> {
            if (!r.ok()) {
                done.accept(Outcome.failed(r.failure(), ""));
                return;
            }
            String text = new String(r.value(), 0, Math.min(r.value().length, MOST_OUTPUT), StandardCharsets.UTF_8);
            String problem = step.content().problem(text);
            done.accept(Outcome.of(problem == null ? null : step.path() + " " + problem, text));
        });
    }

    private static void put(Step.Put step, GuestAgent agent, Consumer<Outcome> done) {
        byte[] content;
        try {
            content = step.file() == null ? step.content().getBytes(StandardCharsets.UTF_8) : Files.readAllBytes(step.file());
        } catch (IOException | OutOfMemoryError e) {
            done.accept(Outcome.error(step.file() + ": cannot be read: " + e.getMessage()));
            return;
        }
        agent.put(content, step.path(), step.mode(), r -> done.accept(Outcome.of(r.failure(), "")));
    }

    private void get(Step.Get step, GuestAgent agent, Consumer<Outcome> done) {
        agent.get(step.path(), (AgentResult<byte[]> r) -> {
            if (!r.ok()) {
                done.accept(Outcome.failed(r.failure(), ""));
                return;
            }
            try {
                if (folder != null) {
                    Files.createDirectories(folder);
                    Files.write(folder.resolve(step.name()), r.value());
                }
                done.accept(Outcome.passed(step.name() + ": " + r.value().length + " bytes"));
            } catch (IOException e) {
                done.accept(Outcome.error(folder.resolve(step.name()) + ": cannot be written: " + e.getMessage()));
            }
        });
    }

    /** Null, and the step failed, for a guest that has none. */
    private IntegrationServices integration(String machine, Consumer<Outcome> done) {
        IntegrationServices services = lab.lab().worker(machine).integration();
        if (services == null) {
            done.accept(Outcome.failed("the guest is not told about the hypervisor and has no integration components", ""));
        }
        return services;
    }

    private void copy(Step.Copy step, String machine, Consumer<Outcome> done) {
        IntegrationServices services = integration(machine, done);
        if (services == null) {
            return;
        }
        IntegrationAction.Copy c = step.what();
        byte[] content;
        try {
            content = Files.readAllBytes(c.file());
        } catch (IOException | OutOfMemoryError e) {
            done.accept(Outcome.error(c.file() + ": cannot be read: " + e.getMessage()));
            return;
        }
        boolean asked = services.fileCopy().copy(new FileCopy.Order(content, c.path(), c.overwrite(), c.createPath()), status -> {
            String what = FileCopy.describe(c.path(), status);
            done.accept(status == step.status() ? Outcome.passed(what) : Outcome.failed(what, ""));
        });
        if (!asked) {
            later(ASK_AGAIN, () -> copy(step, machine, done));
        }
    }

    private void kvp(Step.Kvp step, String machine, Consumer<Outcome> done) {
        IntegrationServices services = integration(machine, done);
        if (services == null) {
            return;
        }
        boolean asked;
        if (step.set() != null) {
            asked = services.keyValuePairs().set(step.pool() == null ? KeyValuePairs.Pool.EXTERNAL : step.pool(), step.key(), step.set(), a ->
                    done.accept(a.ok() ? Outcome.passed("") : Outcome.failed("%s was not set: 0x%08x".formatted(step.key(), a.status()), "")));
        } else {
            Consumer<KeyValuePairs.Answer> check = a -> {
                String problem = a.ok() ? step.value().problem(a.value()) : "is not there: 0x%08x".formatted(a.status());
                done.accept(Outcome.of(problem == null ? null : step.key() + " " + problem, a.value()));
            };
            asked = step.pool() == null ? services.lookUp(step.key(), check) : services.lookUp(step.pool(), step.key(), check);
        }
        if (!asked) {
            later(ASK_AGAIN, () -> kvp(step, machine, done));
        }
    }

    private Counters counters() {
        try {
            return new Counters(lab.lab().statistics());
        } catch (IOException e) {
            throw new IllegalStateException("counters in memory", e);
        }
    }

    private void counter(Step.Counter step, Consumer<Outcome> done) {
        Counters now = counters();
        if (now.text(step.path()) == null && before.text(step.path()) == null) {
            done.accept(Outcome.failed("there is no counter " + step.path(), ""));
            return;
        }
        double n = now.number(step.path()) - (step.change() ? before.number(step.path()) : 0);
        done.accept(Outcome.of(step.bounds().allow(n) ? null : step.path() + (step.change() ? " grew by " : " is ") + Number.text(n) + ", expected " + step.bounds(), Number.text(n)));
    }

    private void inspect(Step.Inspect step, Consumer<Outcome> done) {
        try {
            String value = lab.lab().inspect().value(step.path()).text();
            String problem = step.value().problem(value);
            done.accept(Outcome.of(problem == null ? null : step.path() + " " + problem, value));
        } catch (InspectException e) {
            done.accept(Outcome.failed(e.getMessage(), ""));
        }
    }

    private void act(Step.Do step, String machine, Consumer<Outcome> done) {
        try {
            ScheduledAction.Action action = step.action();
            if (action instanceof ScheduledAction.Action.Screenshot(var file)) {
                if (folder == null) {
                    done.accept(Outcome.passed(""));
                    return;
                }
                Files.createDirectories(folder);
                action = new ScheduledAction.Action.Screenshot(folder.resolve(file.getFileName()));
            }
            lab.lab().act(machine, action, step.head().text());
            done.accept(Outcome.passed(""));
        } catch (UsageException e) {
            done.accept(Outcome.failed(e.getMessage(), ""));
        } catch (IOException e) {
            done.accept(Outcome.error("no folder could be made for it: " + e.getMessage()));
        }
    }

    /** A number for people. */
    private static final class Number {
        static String text(double n) {
            return n == Math.rint(n) && Math.abs(n) < 1e15 ? Long.toString((long) n) : Double.toString(n);
        }
    }

    /** Where what an expectation found in a text ends. */
    private static final class Found {
        static int end(Check check, String text) {
            int end = 0;
            if (check.contains() != null) {
                end = text.indexOf(check.contains()) + check.contains().length();
            }
            if (check.matches() != null) {
                var m = check.matches().matcher(text);
                end = m.find() ? Math.max(end, m.end()) : text.length();
            }
            return check.contains() == null && check.matches() == null ? text.length() : end;
        }
    }
}
