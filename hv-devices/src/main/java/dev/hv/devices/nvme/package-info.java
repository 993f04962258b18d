/** An NVM Express controller (NVM Express Base Specification 1.4) on PCI Express, with disks as namespaces. */
package dev.hv.devices.nvme;
