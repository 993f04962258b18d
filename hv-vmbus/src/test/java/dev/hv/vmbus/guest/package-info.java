/** A guest in memory for tests of the bus and of providers: its memory, its side of the control messages, and its end of the rings. */
package dev.hv.vmbus.guest;

