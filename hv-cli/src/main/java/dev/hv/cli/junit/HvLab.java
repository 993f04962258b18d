package dev.hv.cli.junit;

import dev.hv.cli.agent.GuestCommand;
import dev.hv.cli.suite.Check;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Step;
import dev.hv.cli.suite.StepHead;
import dev.hv.cli.suite.StepResult;
import dev.hv.cli.suite.Timeouts;
import dev.hv.cli.suite.run.LiveCase;
import dev.hv.cli.yaml.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The machines of one test. Methods are called by the test's thread; guest time goes by in them alone. Each throws an {@link AssertionError} when what it does fails. */
public final class HvLab {

    private static final int CONSOLE_SHOWN = 4000;

    private final PlannedCase planned;
    private final LiveCase live;
    private final Function<String, Step> reader;
    private final String machine;
    private final List<String> written;

    HvLab(PlannedCase planned, LiveCase live, Function<String, Step> reader, String machine, List<String> written) {
        this.written = written;
        this.planned = planned;
        this.live = live;
        this.reader = reader;
        this.machine = machine;
    }

    /** The same lab, with another machine as the one that methods are about; at first it is the first. */
    public HvLab on(String name) {
        return new HvLab(planned, live, reader, planned.testbed().machine(name).name(), written);
    }

    /**
     * Does what a step of a suite says, in YAML: {@code {run: dmesg, output: {lacks: BUG}}}, {@code {network: 0, loss: 0.1}}.
     *
     * @return what it gave: a program's output, the console text that was read, a value
     */
    public String step(String yaml) {
        return done(reader.apply(yaml), yaml);
    }

    /** Runs a line of the guest's shell, which must end with status 0; what it printed, standard error included. */
    public String run(String line) {
        return run(line, 0);
    }

    /** The same with another status that is right. */
    public String run(String line, int status) {
        return done(new Step.Run(head("run " + line), new GuestCommand(List.of("/bin/sh", "-c", line), Map.of(), null, new byte[0], 0), Set.of(status), Check.ANY, Check.ANY, Step.Results.NONE), "run: " + quoted(line) + "\nstatus: " + status);
    }

    /** Waits until the console has printed a text; what it printed until then. */
    public String await(String text) {
        return done(new Step.Console(head("console " + text), new Check(null, text, null, null, null, null), Check.ANY, Step.Results.NONE), "console: " + quoted(text));
    }

    /** Types at the console. */
    public void type(String text) {
        done(new Step.Send(head("send " + text), text), "send: " + quoted(text));
    }

    /** Lets time of the guest pass. */
    public void pass(long nanos) {
        done(new Step.Wait(head("wait"), nanos), "wait: " + nanos + "ns");
    }

    /** Keeps the state of all machines under a name. */
    public void save(String name) {
        done(new Step.Save(head("save " + name), name), "save: " + quoted(name));
    }

    /** Goes back to a state that this test has kept. */
    public void restore(String name) {
        done(new Step.Restore(head("restore " + name), name), "restore: " + quoted(name));
    }

    /** Copies a file of the host into the guest. */
    public void put(Path file, String path) {
        done(new Step.Put(head("put " + file), file, null, path, 0755), "put: " + quoted(file.toAbsolutePath().toString()) + "\nto: " + quoted(path) + "\nmode: \"0755\"");
    }

    /** What a file of the guest holds. */
    public byte[] get(String path) {
        String name = path.replaceAll("[^A-Za-z0-9]", "_");
        done(new Step.Get(head("get " + path), path, name), "get: " + quoted(path) + "\nas: " + quoted(name));
        try {
            return live.fetched(name);
        } catch (IOException e) {
            throw new AssertionError(path + ": " + e.getMessage());
        }
    }

    /** The last that all machines printed. */
    public String console() {
        return live.console();
    }

    /** Digest of all state: equal for tests that did the same with the same seed. */
    public String digest() {
        return live.digest();
    }

    private StepHead head(String text) {
        return new StepHead(new Place(planned.spec().place().file(), 1, 1), machine, text.lines().findFirst().orElse(""), Timeouts.NONE);
    }

    /** The steps as a suite has them, one behind the other. */
    List<String> written() {
        return List.copyOf(written);
    }

    private static String quoted(String text) {
        var q = new StringBuilder("\"");
        text.chars().forEach(c -> q.append(c == '"' || c == '\\' || c < ' ' || c > '~' ? "\\u%04x".formatted(c) : String.valueOf((char) c)));
        return q.append('"').toString();
    }

    private String done(Step step, String yaml) {
        written.add(step.head().machine() == null || yaml.contains("machine:") || planned.testbed().machines().size() == 1 ? yaml : yaml + "\nmachine: " + quoted(step.head().machine()));
        StepResult r = live.step(step);
        if (r.status().bad()) {
            String console = live.console();
            throw new AssertionError("%s: %s%n%s%nconsole:%n%s".formatted(step.head().text(), r.reason(), r.output(), console.substring(Math.max(0, console.length() - CONSOLE_SHOWN))));
        }
        return r.output();
    }
}
