package dev.hv.vmbus.protocol;

import dev.hv.core.tlfs.HvSynic;

/** By what a guest and the host's end of its bus reach each other. */
public final class VmbusPorts {
    /** Channel ids are below this: a channel has an event flag of the bus's synthetic interrupt source. */
    public static final int MOST_CHANNELS = HvSynic.EVENT_FLAGS;
    /** The synthetic interrupt source that guests use for VMBus. */
    public static final int SINT = 2;
    /** Connection for a guest's messages before version 5.0. */
    public static final int MESSAGES_OLD = 1;
    /** Connection for a guest's messages from version 5.0 on. */
    public static final int MESSAGES_5 = 4;
    /** A channel's connection for events: its id, and from this bit on the synthetic interrupt source. */
    public static final int EVENTS_SINT_SHIFT = 12;

    private VmbusPorts() {}
}
