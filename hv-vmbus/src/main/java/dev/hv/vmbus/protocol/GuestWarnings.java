package dev.hv.vmbus.protocol;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warnings that a guest can bring about: the first of them, then silence. */
public final class GuestWarnings {

    private static final Logger LOG = LoggerFactory.getLogger(GuestWarnings.class);
    private static final int MOST = 20;

    private int said;

    /** Warns, with SLF4J placeholders. */
    public void say(String format, Object... arguments) {
        if (said < MOST) {
            said++;
            LOG.warn(format, arguments);
        }
    }
}
