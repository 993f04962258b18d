/** Devices that partitions have: what the machine's IOMMU lets them reach. */
package dev.hv.core.hypervisor.devices;
