/**
 * The worker of a virtual machine: a service of the root partition that makes the child partition, gives it memory, and answers its
 * intercepts with device models. It knows the hypervisor only through {@link dev.hv.core.winhv.WinHv} and
 * {@link dev.hv.core.vid.Vid}.
 */
package dev.hv.cli.root.worker;
