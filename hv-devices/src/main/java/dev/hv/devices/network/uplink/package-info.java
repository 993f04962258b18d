/**
 * Ways from a virtual switch to the host: frames over Unix sockets in the stream protocol of QEMU's {@code -netdev stream}, each with its
 * length in front (32 bits, highest byte first). Host threads live here; the switch is touched on the machine's thread only.
 */
package dev.hv.devices.network.uplink;
