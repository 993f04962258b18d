/** What a guest meets beside hypercalls: the answers to its VM exits, CPUID leaves and synthetic MSRs. */
package dev.hv.core.hypervisor.guest;
