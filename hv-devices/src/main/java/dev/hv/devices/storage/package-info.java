/**
 * The storage provider: the SCSI protocol of VMBus (storvsc) and the SCSI units behind it. The protocol's facts are those of the public
 * VMBus storage headers; command sets are SPC-3 (common), SBC-3 (disks) and MMC-6 (DVD).
 */
package dev.hv.devices.storage;
