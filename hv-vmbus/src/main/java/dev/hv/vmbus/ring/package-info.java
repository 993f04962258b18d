/** Ring buffers in guest memory and the packets in them: everything is copied out before it is looked at. */
package dev.hv.vmbus.ring;
