/** The integration components' host side: heartbeat, shutdown, time synchronisation, key-value pairs, over one common protocol. */
package dev.hv.devices.integration;
