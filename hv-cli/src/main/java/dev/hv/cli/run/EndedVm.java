package dev.hv.cli.run;

import dev.hv.core.machine.StopReason;

/**
 * How a virtual machine ended.
 *
 * @param name its name
 * @param reason why
 */
public record EndedVm(String name, StopReason reason) {}
