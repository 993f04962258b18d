package dev.hv.vmbus;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warnings that a guest can bring about: the first of them, then silence. */
final class GuestWarnings {

    private static final Logger LOG = LoggerFactory.getLogger(Vmbus.class);
    private static final int MOST = 20;

    private int said;

    void say(String format, Object... arguments) {
        if (said < MOST) {
            said++;
            LOG.warn(format, arguments);
        }
    }
}
