package dev.hv.cli.suite;

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
 */
public record Platform(boolean bare, String cpu, int processors, EngineKind engine, boolean realTime, boolean parallel) {}
