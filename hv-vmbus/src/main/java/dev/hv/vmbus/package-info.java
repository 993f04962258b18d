/**
 * VMBus: ring buffers in a guest's memory, GPADLs, channels, and the bus that offers them, as synchronous state machines without
 * threads. Providers (VSPs) see {@link dev.hv.vmbus.channel.Channel} and {@link dev.hv.vmbus.channel.ChannelHandler}; the worker of a virtual machine
 * connects a bus to its partition through {@link dev.hv.vmbus.VmbusPartition}.
 */
package dev.hv.vmbus;
