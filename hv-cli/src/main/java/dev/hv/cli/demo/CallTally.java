package dev.hv.cli.demo;

import dev.hv.core.hypervisor.guest.GuestWatch;
import dev.hv.core.tlfs.HvHypercall;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.state.EventKind;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** Counts what partitions ask of the hypervisor: hypercalls by name, with what was answered, and whatever else they leave their code for. */
final class CallTally implements GuestWatch {

    private static final int RAX = 0;
    private static final int RCX = 1;

    private final IntFunction<String> names;
    /** By name of a call, by partition. */
    private final SortedMap<String, SortedMap<Long, Long>> calls = new TreeMap<>();
    /** By name of a call: answers that are no success. */
    private final Map<String, SortedMap<HvStatus, Long>> answers = new TreeMap<>();
    /** By kind of exit, by partition. */
    private final SortedMap<String, SortedMap<Long, Long>> exits = new TreeMap<>();
    private String call;
    private long control;

    /**
     * Nothing counted yet.
     *
     * @param names of hypercalls by their codes; null for a code that is none
     */
    CallTally(IntFunction<String> names) {
        this.names = names;
    }

    @Override
    public void running(int processor, long partition, int vp) {}

    @Override
    public void exited(long partition, int vp, Exit exit) {
        if (exit.kind() == Kind.HYPERCALL) {
            control = exit.gpr(RCX);
            String name = names.apply((int) control & 0xFFFF);
            call = name == null ? "unknown" : name;
            return;
        }
        call = null;
        String reason = exit.reason();
        add(exits, reason.substring(0, reason.indexOf(' ')), partition);
    }

    @Override
    public void handled(long partition, int vp, Exit exit) {
        // a call that was interrupted is made again, and counts when it is answered
        if (exit.kind() != Kind.HYPERCALL || call == null || exit.gpr(RCX) != control) {
            return;
        }
        add(calls, call, partition);
        HvStatus status = HvStatus.of((int) exit.gpr(RAX) & HvHypercall.STATUS_MASK);
        if (!status.ok()) {
            answers.computeIfAbsent(call, _ -> new TreeMap<>()).merge(status, 1L, Long::sum);
        }
    }

    @Override
    public void interrupted(long partition, int vp, EventKind kind, int vector) {
        add(exits, "(interrupts taken)", partition);
    }

    /** Counts what one has made that no watch sees. */
    void add(long partition, SortedMap<String, Long> made) {
        made.forEach((name, count) -> calls.computeIfAbsent(name, _ -> new TreeMap<>()).merge(partition, count, Long::sum));
    }

    private static void add(SortedMap<String, SortedMap<Long, Long>> to, String what, long partition) {
        to.computeIfAbsent(what, _ -> new TreeMap<>()).merge(partition, 1L, Long::sum);
    }

    /** How often a partition made a call. */
    long count(String name, long partition) {
        return calls.containsKey(name) ? calls.get(name).getOrDefault(partition, 0L) : 0;
    }

    /**
     * Prints it as a table.
     *
     * @param partitions columns
     * @param labels their heads
     */
    void print(PrintStream out, List<Long> partitions, List<String> labels) {
        out.println("who calls what:");
        row(out, "", labels, "answered otherwise");
        calls.forEach((name, by) -> row(out, name, cells(by, partitions), said(answers.getOrDefault(name, new TreeMap<>()))));
        out.println("and what else partitions leave their own code for:");
        exits.forEach((kind, by) -> row(out, kind, cells(by, partitions), ""));
    }

    private static List<String> cells(SortedMap<Long, Long> by, List<Long> partitions) {
        return partitions.stream().map(p -> by.containsKey(p) ? by.get(p).toString() : "-").toList();
    }

    private static String said(SortedMap<HvStatus, Long> answers) {
        var text = new StringBuilder();
        answers.forEach((status, count) -> text.append(text.isEmpty() ? "" : ", ").append(count).append(" x ").append(status));
        return text.toString();
    }

    private static void row(PrintStream out, String head, List<String> cells, String end) {
        var line = new StringBuilder(String.format(Locale.ROOT, "  %-29s", head));
        for (String cell : cells) {
            line.append(String.format(Locale.ROOT, " %8s", cell));
        }
        out.println((line + "   " + end).stripTrailing());
    }
}
