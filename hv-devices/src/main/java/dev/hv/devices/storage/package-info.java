/** The storage provider: the storvsc protocol over VMBus channels, and SCSI devices (SPC-3, SBC-3, MMC) behind it. */
package dev.hv.devices.storage;
