/** Ways from a guest's sockets to Unix sockets of the host. Host threads live here; connections are touched on the machine's thread only. */
package dev.hv.devices.socket.uplink;
