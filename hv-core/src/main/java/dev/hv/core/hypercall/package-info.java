/**
 * How guests make hypercalls (TLFS, "Hypercall interface"): the control word, where input and output are, which calls repeat, and the
 * order in which all that is checked. Knows nothing of what the calls do.
 */
package dev.hv.core.hypercall;
