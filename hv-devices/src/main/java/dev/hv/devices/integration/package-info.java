/** The integration components' host side: heartbeat, shutdown, time synchronisation, key-value pairs, volume shadow copies, file copy, over one common protocol. */
package dev.hv.devices.integration;
