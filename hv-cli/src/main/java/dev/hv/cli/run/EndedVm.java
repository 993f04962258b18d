package dev.hv.cli.run;

import dev.hv.core.machine.StopReason;

/**
 * How a virtual machine ended.
 *
 * @param name its name
 * @param reason why
 * @param lostOutput bytes of its console that nobody took in time
 */
public record EndedVm(String name, StopReason reason, long lostOutput) {}
