package dev.hv.cpu.events;

/**
 * An error of the machine, as a bank of a processor has it.
 *
 * @param processor number of the processor whose bank it is
 * @param bank number of the bank
 * @param status what the bank's status register becomes ({@link MachineChecks})
 * @param address what its address register becomes
 * @param misc what its further register becomes
 */
public record MachineError(int processor, int bank, long status, long address, long misc) {}
