package dev.hv.cli.debug;

/** What {@code monitor} does that concerns the run around a machine. Each answer is text that ends in a newline, an error one line. */
public interface MonitorCommands {

    /** A run that can do none of it. */
    MonitorCommands NONE = (command, arguments) -> null;

    /**
     * Carries a command out.
     *
     * @param arguments what follows it, without blanks around; empty for nothing
     * @return null when there is no such command
     */
    String run(String command, String arguments);

    /** The run has ended. */
    default void close() {}

    /** Lines that {@code monitor help} has for them. */
    default String help() {
        return "";
    }
}
