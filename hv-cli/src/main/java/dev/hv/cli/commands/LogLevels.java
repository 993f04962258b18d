package dev.hv.cli.commands;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Sets how much is logged ({@code --log}). */
final class LogLevels {

    private static final String DEFAULT = "warn";

    private LogLevels() {}

    /** Sets the root logger's level; the default is the configuration's own, so that a plain run need not load the backend for it. */
    static void set(String level) {
        if (!level.equals(DEFAULT) && LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(Level.toLevel(level));
        }
    }
}
