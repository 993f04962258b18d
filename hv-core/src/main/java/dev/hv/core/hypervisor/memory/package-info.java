/**
 * Memory in the hypervisor's hands: who owns which page of the machine, the pages that were deposited for a partition, its
 * guest-physical space in second-level paging structures, and the pages that are laid over it.
 */
package dev.hv.core.hypervisor.memory;
