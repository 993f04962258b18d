package dev.hv.cli.demo;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** What each way to a device cost, as measured while the children ran side by side. */
final class CostReport {

    private static final String HEAD = "  %-9s %8s %7s | %9s %9s %11s %13s | %9s%n";
    private static final String ROW = "  %-9s %8d %7d | %9.2f %9.2f %11.2f %13.0f | %9.2f%n";

    private CostReport() {}

    static void print(PrintStream out, List<Measured> all, long picosPerInstruction) {
        out.println("what each path cost:");
        out.printf(Locale.ROOT, HEAD, "", "", "", "per", "request", "or frame:", "", "per KiB:");
        out.printf(Locale.ROOT, HEAD, "path", "requests", "bytes", "VM exits", "signals", "intercepts", "instructions", "VM exits");
        for (Measured m : all) {
            out.printf(Locale.ROOT, ROW, m.path(), m.requests(), m.bytes(), m.exitsPerRequest(), m.signalsPerRequest(), m.interceptsPerRequest(),
                    m.instructionsPerRequest(picosPerInstruction), m.exitsPerKib());
        }
    }

    /** What differs from run to run: the host's time. */
    static void printTimes(PrintStream out, List<Measured> all) {
        out.print("and of the host's time, which differs from run to run:");
        for (Measured m : all) {
            out.printf(Locale.ROOT, "  %s %.1f us", m.path(), m.microsPerRequest());
        }
        out.println();
    }

    /** One sentence for people: the ring against an emulated path. */
    static void compare(PrintStream out, Measured ring, Measured emulated) {
        out.printf(Locale.ROOT, "%s: %.1f times the VM exits of %s for the same bytes%n", emulated.path(),
                emulated.exitsPerRequest() / ring.exitsPerRequest(), ring.path());
    }
}
