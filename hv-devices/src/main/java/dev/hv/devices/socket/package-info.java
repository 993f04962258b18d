/** Hyper-V sockets: connections between programs of a guest and the host, each a VMBus channel of its own. */
package dev.hv.devices.socket;
