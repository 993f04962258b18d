/**
 * The hypervisor at work: it has the logical processors, runs virtual ones on them, and lets the root partition in. Below it, each knowing
 * only those after it: {@code calls} (hypercalls), {@code guest} (exits and what a guest sees), {@code partition}, {@code schedule} and
 * {@code hardware}, {@code memory}. The virtualisation of one vendor is in a package of its own ({@code vmx}), which none of these
 * knows: who starts the hypervisor hands it in.
 */
package dev.hv.core.hypervisor;
