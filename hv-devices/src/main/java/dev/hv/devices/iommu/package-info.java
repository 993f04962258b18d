/** What IOMMUs have on PCI. */
package dev.hv.devices.iommu;
