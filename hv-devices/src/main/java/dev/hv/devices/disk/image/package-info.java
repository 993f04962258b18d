/**
 * Formats of virtual disks: VHD (Virtual Hard Disk Image Format Specification 1.0) and VHDX ([MS-VHDX]), each fixed, dynamic or differencing, and what is done
 * with them. They see an {@link dev.hv.devices.disk.ImageFile} and nothing of the host.
 */
package dev.hv.devices.disk.image;
