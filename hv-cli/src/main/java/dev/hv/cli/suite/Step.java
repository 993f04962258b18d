package dev.hv.cli.suite;

import dev.hv.cli.agent.GuestCommand;
import dev.hv.cli.config.Fault;
import dev.hv.cli.config.IntegrationAction;
import dev.hv.cli.config.ScheduledAction;
import dev.hv.devices.integration.KeyValuePairs;
import java.nio.file.Path;
import java.util.Set;

/** Something that a case or a setup does or checks. */
public sealed interface Step permits Step.Run, Step.Console, Step.Send, Step.CheckFile, Step.Put, Step.Get, Step.Copy, Step.Kvp, Step.Inspect, Step.Counter, Step.Wait, Step.Do, Step.Save, Step.Restore, Step.End,
        Step.Inject, Step.KillWorker {

    /** What every step has. */
    StepHead head();

    /** Whether the guest's agent is asked. */
    default boolean needsAgent() {
        return false;
    }

    /**
     * Runs a program in the guest, and waits for its end.
     *
     * @param command the program; its timeout is the step's
     * @param statuses exit statuses that are right; empty when any is
     * @param output what its standard output must be
     * @param error what its standard error must be
     * @param results how subtests are read from its standard output
     */
    record Run(StepHead head, GuestCommand command, Set<Integer> statuses, Check output, Check error, Results results) implements Step {
        @Override
        public boolean needsAgent() {
            return true;
        }
    }

    /** Whether a text has results of subtests in it. */
    enum Results {
        /** It is text. */
        NONE,
        /** TAP, or the kernel's KTAP (kselftest, KUnit); each subtest is reported as a case of its own. */
        TAP
    }

    /**
     * Waits until the first serial port has printed something.
     *
     * @param expected what a part of the text since the last such step (or the case's begin) must fit; what has been found counts as read
     * @param refused what fails the step as soon as it is printed; {@link Check#ANY} for nothing
     * @param results how subtests are read from the text that was read
     */
    record Console(StepHead head, Check expected, Check refused, Results results) implements Step {}

    /** Types a text, as bytes in UTF-8, at the first serial port. */
    record Send(StepHead head, String text) implements Step {}

    /**
     * Checks a file of the guest. A file that must be there is waited for as long as the step's timeout; without one it must be there at once.
     *
     * @param path absolute
     * @param exists whether it must be there
     * @param content what it must hold
     */
    record CheckFile(StepHead head, String path, boolean exists, Check content) implements Step {
        @Override
        public boolean needsAgent() {
            return true;
        }
    }

    /**
     * Writes a file in the guest.
     *
     * @param file of the host; null when the content is given
     * @param content what it holds, in UTF-8; null when a file is given
     * @param path absolute, in the guest
     * @param mode permission bits
     */
    record Put(StepHead head, Path file, String content, String path, int mode) implements Step {
        @Override
        public boolean needsAgent() {
            return true;
        }
    }

    /**
     * Fetches a file of the guest into the case's folder of artefacts.
     *
     * @param path absolute, in the guest
     * @param name in the folder; no separators
     */
    record Get(StepHead head, String path, String name) implements Step {
        @Override
        public boolean needsAgent() {
            return true;
        }
    }

    /**
     * Copies a file into the guest through its file copy daemon.
     *
     * @param status HRESULT that it must come to
     */
    record Copy(StepHead head, IntegrationAction.Copy what, int status) implements Step {}

    /**
     * A value of the key-value exchange: read from the guest and checked, or written for it.
     *
     * @param pool where it is; null where a guest may have it, or, of what is written, for the host's
     * @param set what is written; null when it is read
     * @param value what is read must be
     */
    record Kvp(StepHead head, KeyValuePairs.Pool pool, String key, String set, Check value) implements Step {}

    /** A value of the inspect tree. */
    record Inspect(StepHead head, String path, Check value) implements Step {}

    /**
     * A counter of {@code --stats}.
     *
     * @param path names from the statistics' root, with dots: {@code vmbus.net.0.packetsToGuest}
     * @param change whether what it grew by since the case's begin counts; else its value
     */
    record Counter(StepHead head, String path, boolean change, Bounds bounds) implements Step {}

    /** Lets the machines run for a time of the guests, in ns. */
    record Wait(StepHead head, long nanos) implements Step {}

    /** An action as after {@code --at}: nmi, sysrq, reset, shutdown, pause, add-disk, link, …. */
    record Do(StepHead head, ScheduledAction.Action action) implements Step {}

    /** Keeps the state of everything under a name, for {@link Restore} later in the same case. */
    record Save(StepHead head, String name) implements Step {}

    /** Goes back to a state that was kept. */
    record Restore(StepHead head, String name) implements Step {}

    /**
     * Waits until the machine is over.
     *
     * @param kind how it must be over
     * @param status exit status that {@code hv run} would have (docs/cli.md); only of {@link EndKind#EXIT}
     * @param reason what is said about it (a crash's reason) must be
     */
    record End(StepHead head, EndKind kind, int status, Check reason) implements Step {}

    /** Injects a fault. */
    record Inject(StepHead head, Fault fault) implements Step {}

    /** The process that runs the case is killed. */
    record KillWorker(StepHead head) implements Step {}

    /** How a machine is over. */
    enum EndKind {
        /** It powered itself off. */
        POWER_OFF,
        /** It reset itself; it does not boot again in the case. */
        RESET,
        /** It crashed: a triple fault, or what a guest reports itself. */
        CRASH,
        /** The test devices' exit port, or any other end with this status. */
        EXIT
    }
}
