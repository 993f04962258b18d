/** Whose turn it is on a logical processor, and for how long. */
package dev.hv.core.hypervisor.schedule;
