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

    HvLab(PlannedCase planned, LiveCase live, Function<String, Step> reader, String machine) {
        this.planned = planned;
        this.live = live;
        this.reader = reader;
        this.machine = machine;
    }

    /** The same lab, with another machine as the one that methods are about; at first it is the first. */
    public HvLab on(String name) {
        return new HvLab(planned, live, reader, planned.testbed().machine(name).name());
    }

    /**
     * Does what a step of a suite says, in YAML: {@code {run: dmesg, output: {lacks: BUG}}}, {@code {network: 0, loss: 0.1}}.
     *
     * @return what it gave: a program's output, the console text that was read, a value
     */
    public String step(String yaml) {
        return done(reader.apply(yaml));
    }

    /** Runs a line of the guest's shell, which must end with status 0; what it printed, standard error included. */
    public String run(String line) {
        return run(line, 0);
    }

    /** The same with another status that is right. */
    public String run(String line, int status) {
        return done(new Step.Run(head("run " + line), new GuestCommand(List.of("/bin/sh", "-c", line), Map.of(), null, new byte[0], 0), Set.of(status), Check.ANY, Check.ANY, Step.Results.NONE));
    }

    /** Waits until the console has printed a text; what it printed until then. */
    public String await(String text) {
        return done(new Step.Console(head("console " + text), new Check(null, text, null, null, null, null), Check.ANY, Step.Results.NONE));
    }

    /** Types at the console. */
    public void type(String text) {
        done(new Step.Send(head("send " + text), text));
    }

    /** Lets time of the guest pass. */
    public void pass(long nanos) {
        done(new Step.Wait(head("wait"), nanos));
    }

    /** Keeps the state of all machines under a name. */
    public void save(String name) {
        done(new Step.Save(head("save " + name), name));
    }

    /** Goes back to a state that this test has kept. */
    public void restore(String name) {
        done(new Step.Restore(head("restore " + name), name));
    }

    /** Copies a file of the host into the guest. */
    public void put(Path file, String path) {
        done(new Step.Put(head("put " + file), file, null, path, 0755));
    }

    /** What a file of the guest holds. */
    public byte[] get(String path) {
        String name = path.replaceAll("[^A-Za-z0-9]", "_");
        done(new Step.Get(head("get " + path), path, name));
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

    private String done(Step step) {
        StepResult r = live.step(step);
        if (r.status().bad()) {
            String console = live.console();
            throw new AssertionError("%s: %s%n%s%nconsole:%n%s".formatted(step.head().text(), r.reason(), r.output(), console.substring(Math.max(0, console.length() - CONSOLE_SHOWN))));
        }
        return r.output();
    }
}
