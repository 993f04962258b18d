/** VT-x behind the neutral interface of {@code hardware}: VMCS, exits, extended page tables (SDM vol. 3C). */
package dev.hv.core.hypervisor.vmx;
