package dev.hv.cli.demo;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * The table of what every partition does. On a terminal it stays below the guests' lines and is drawn anew; elsewhere it is printed
 * when somebody has ended.
 */
final class LiveTable {

    private static final String ROW = "  %-2s %-18s %-10s %9s %9s %11s %11s %10s%n";
    private static final long REDRAW_NANOS = 100_000_000;

    private final PrintStream out;
    private final boolean terminal;
    private final List<DemoGuest> guests;
    private int drawn;
    private long drawnAt;

    LiveTable(PrintStream out, boolean terminal, List<DemoGuest> guests) {
        this.out = out;
        this.terminal = terminal;
        this.guests = guests;
    }

    /** Prints a line above the table. */
    void line(String text) {
        erase();
        out.println(text);
    }

    /** Draws the table on a terminal, when it has not been drawn for a while of the host's time. */
    void refresh(long hostNanos) {
        if (terminal && (drawn == 0 || hostNanos - drawnAt >= REDRAW_NANOS)) {
            erase();
            drawn = print();
            drawnAt = hostNanos;
        }
    }

    /** Prints the table to stay. */
    void keep() {
        erase();
        print();
    }

    private void erase() {
        if (drawn > 0) {
            // cursor up, and clear to the end of the screen
            out.print("\033[" + drawn + "A\033[J");
            drawn = 0;
        }
    }

    private int print() {
        out.printf(Locale.ROOT, ROW, "", "partition", "state", "packets", "signals", "hypercalls", "intercepts", "VM exits");
        Counters total = new Counters(0, 0, 0, 0, 0, 0, 0);
        for (DemoGuest g : guests) {
            Counters c = g.counters();
            // the root's services are at the other end of everything
            total = c.since(new Counters(-total.packets(), -total.signals(), -total.hypercalls(), -total.intercepts(), -total.exits(), 0, 0));
            row(g.role().label, g.role().description, g.state(), c);
        }
        row("", "root serves", "", total);
        out.flush();
        return guests.size() + 2;
    }

    private void row(String label, String what, String state, Counters c) {
        out.printf(Locale.ROOT, ROW, label, what, state, c.packets(), c.signals(), c.hypercalls(), c.intercepts(), c.exits());
    }
}
