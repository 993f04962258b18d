package dev.hv.core.tlfs;

/**
 * What a partition has cost so far.
 *
 * @param exits VM exits of its virtual processors
 * @param hypercalls times it entered the hypervisor by a hypercall, those continued included
 * @param portIntercepts instructions that accessed ports of its devices
 * @param memoryIntercepts accesses to registers of its devices in memory
 * @param runtimeNanos time on the machine's clock that its virtual processors executed
 * @param hostNanos time of the host spent for its virtual processors: executing, and handling their exits
 */
public record PartitionStatistics(long exits, long hypercalls, long portIntercepts, long memoryIntercepts, long runtimeNanos, long hostNanos) {}
