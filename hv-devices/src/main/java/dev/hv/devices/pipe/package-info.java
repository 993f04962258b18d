/** Messages of VMBus channels that are used as pipes, and how services take them. */
package dev.hv.devices.pipe;
