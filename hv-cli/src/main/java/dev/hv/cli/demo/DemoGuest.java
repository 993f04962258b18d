package dev.hv.cli.demo;

import dev.hv.cli.root.boot.BootException;
import dev.hv.cli.root.boot.MultibootImage;
import dev.hv.cli.root.boot.MultibootLoader;
import dev.hv.cli.root.machine.ChildMachine;
import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.machine.StopReason;
import dev.hv.devices.chipset.SerialOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** One child of the demonstration: what it says, what of its work was measured, and how it ended. */
final class DemoGuest implements SerialOutput {

    private static final String BEGIN = "@begin ";

    /** What a child is there for. */
    enum Role {
        ENLIGHTENED("E", "own VSC drivers", "vmbus"),
        EMULATED("U", "PC devices only", "ide"),
        COMPUTING("A", "guards its memory", ""),
        CRASHING("C", "crashes", "crash");

        final String label;
        final String description;
        final String word;

        Role(String label, String description, String word) {
            this.label = label;
            this.description = description;
            this.word = word;
        }
    }

    private final Role role;
    private final Hypervisor hypervisor;
    private final Consumer<String> lines;
    private final StringBuilder output = new StringBuilder();
    private final StringBuilder line = new StringBuilder();
    private final List<Measured> measured = new ArrayList<>();
    private ChildMachine child;
    private String[] work;
    private Counters before;
    private StopReason end;

    DemoGuest(Role role, Hypervisor hypervisor, Consumer<String> lines) {
        this.role = role;
        this.hypervisor = hypervisor;
        this.lines = lines;
    }

    void runsOn(ChildMachine machine) {
        child = machine;
    }

    /** Loads the image and lets the child run. */
    void start(MultibootImage image) throws BootException {
        child.start(MultibootLoader.load(image, "demo", "name=" + role.label + " " + role.word, List.of(), child.firmware(), child.guestMemory()));
    }

    /** A mark for the measurement is not output, and its own characters are not measured. */
    @Override
    public void transmit(int value) {
        if (line.isEmpty() && value == '@' && work != null) {
            measured.add(new Measured(work[0], Integer.parseInt(work[1]), Integer.parseInt(work[2]), counters().since(before)));
            work = null;
        }
        if (value != '\n') {
            line.append((char) value);
            return;
        }
        String text = line.toString();
        line.setLength(0);
        if (text.startsWith(BEGIN)) {
            work = text.substring(BEGIN.length()).split(" ");
            before = counters();
        } else if (!text.startsWith("@")) {
            output.append(text).append('\n');
            lines.accept(text);
        }
    }

    Counters counters() {
        return Counters.of(hypervisor.partitionStatistics(child.worker().partition()), child.worker().vmbus());
    }

    Role role() {
        return role;
    }

    List<Measured> measured() {
        return measured;
    }

    /** Whether it has said something. */
    boolean said(String what) {
        return output.indexOf(what) >= 0;
    }

    void ended(StopReason reason) {
        end = reason;
    }

    /** Why it ended; null while it runs. */
    StopReason end() {
        return end;
    }

    /** How it is, for people. */
    String state() {
        return end == null ? work == null ? "runs" : work[0] : switch (end.kind()) {
            case POWER_OFF -> "off";
            case CRASH -> "crashed";
            default -> end.kind().name().toLowerCase(Locale.ROOT);
        };
    }
}
