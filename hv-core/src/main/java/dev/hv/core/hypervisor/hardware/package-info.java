/** Hardware virtualisation without a vendor: what the hypervisor asks of it, and what it asks of the hypervisor. */
package dev.hv.core.hypervisor.hardware;
