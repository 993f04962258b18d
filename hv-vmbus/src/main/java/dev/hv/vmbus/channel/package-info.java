/** Channels: what providers see of them, their life from offer to end, and the memory that a guest describes for them. */
package dev.hv.vmbus.channel;
