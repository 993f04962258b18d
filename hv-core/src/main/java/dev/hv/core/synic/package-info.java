/**
 * What the hypervisor gives a guest besides hardware: synthetic interrupt controller, synthetic timers and reference time (TLFS,
 * "Virtual interrupts" and "Timers"). Each is a state machine over an {@link dev.hv.core.synic.OverlayPage}, a clock and a
 * processor to interrupt; none knows partitions or virtual processors.
 */
package dev.hv.core.synic;
