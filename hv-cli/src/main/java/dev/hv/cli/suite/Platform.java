package dev.hv.cli.suite;

import dev.hv.cli.coverage.SuiteCoverage;
import dev.hv.cpu.execute.EngineKind;

/**
 * The emulated computer below a suite's machines.
 *
 * @param bare whether a case's image owns the computer, without a hypervisor
 * @param cpu processor model, as the option --cpu says it
 * @param processors logical processors
 * @param engine how code is executed
 * @param realTime whether the clock follows the host
 * @param parallel whether logical processors run at the same time, a host thread each; only in real time
 * @param coverage what has line tables, and is noted where that is asked for; null for nothing
 */
public record Platform(boolean bare, String cpu, int processors, EngineKind engine, boolean realTime, boolean parallel, SuiteCoverage.Wanted coverage) {

    /** A platform without a kernel whose lines are noted. */
    public Platform(boolean bare, String cpu, int processors, EngineKind engine, boolean realTime, boolean parallel) {
        this(bare, cpu, processors, engine, realTime, parallel, null);
    }
}
