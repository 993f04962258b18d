/** Disks as the host has them: the only place of the device models that opens host files. */
package dev.hv.devices.disk;
