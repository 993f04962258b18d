/** What crosses a bus, written down: as text with names, and as pcapng captures. */
package dev.hv.vmbus.trace;
