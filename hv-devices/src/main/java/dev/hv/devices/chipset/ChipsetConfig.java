package dev.hv.devices.chipset;

/**
 * What a chipset must know of its machine or partition.
 *
 * @param baseMemory KiB of memory from address 0 that firmware leaves to others, for the CMOS
 * @param lowMemory bytes of memory from address 0 up to the gap below 4 GiB
 * @param highMemory bytes of memory from 4 GiB
 * @param processors number of processors
 * @param testDevices whether the devices of {@link TestDevices} are there
 */
public record ChipsetConfig(int baseMemory, long lowMemory, long highMemory, int processors, boolean testDevices) {}
