/** What the two ends of a bus say to each other: control messages, versions, identities, statuses, and all of it in words. */
package dev.hv.vmbus.protocol;
