/** Partitions and virtual processors: their state, how they come and go, and what connects them. */
package dev.hv.core.hypervisor.partition;
