/** An IDE controller as PCs have it, with ATA disks: what guests without enlightenments boot from and store on. */
package dev.hv.devices.ide;
