/** Synthetic keyboard and mouse of a guest on VMBus, and what is typed on them. */
package dev.hv.devices.input;
