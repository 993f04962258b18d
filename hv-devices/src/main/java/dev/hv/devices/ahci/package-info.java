/** A SATA host adapter (Serial ATA Advanced Host Controller Interface 1.3.1) with disks. */
package dev.hv.devices.ahci;
