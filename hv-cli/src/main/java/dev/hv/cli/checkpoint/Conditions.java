package dev.hv.cli.checkpoint;

/**
 * What machine a checkpoint is of, whatever runs on it.
 *
 * @param bare whether the only image owns the machine
 * @param realTime whether the clock follows the host
 * @param cpu processor model, as the option --cpu says it
 * @param processors logical processors of the machine under the hypervisor
 * @param parallel whether they run at the same time
 * @param picosPerInstruction virtual time an instruction takes
 * @param seed of all random numbers, for guests that boot again
 */
public record Conditions(boolean bare, boolean realTime, String cpu, int processors, boolean parallel, long picosPerInstruction, long seed) {}
