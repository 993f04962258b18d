package dev.hv.vmbus.protocol;

import org.slf4j.LoggerFactory;

/** Warnings that a guest can bring about: the first of them, then silence. */
public final class GuestWarnings {

    private static final int MOST = 20;

    private int said;

    /** Warns, with SLF4J placeholders. */
    public void say(String format, Object... arguments) {
        if (said < MOST) {
            said++;
            // no logger before: the first one begins all of logging
            LoggerFactory.getLogger(GuestWarnings.class).warn(format, arguments);
        }
    }
}
