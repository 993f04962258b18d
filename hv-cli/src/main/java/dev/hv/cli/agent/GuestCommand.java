package dev.hv.cli.agent;

import java.util.List;
import java.util.Map;

/**
 * A program to run in a guest.
 *
 * @param argv program and arguments; a program without a slash is looked for along the agent's PATH
 * @param environment what is set beside the agent's own
 * @param folder to start in; null for the agent's
 * @param input its standard input
 * @param timeout ns of guest time after which it is killed; 0 for none
 */
public record GuestCommand(List<String> argv, Map<String, String> environment, String folder, byte[] input, long timeout) {

    /** A line for the guest's shell. */
    public static GuestCommand shell(String line, long timeout) {
        return new GuestCommand(List.of("/bin/sh", "-c", line), Map.of(), null, new byte[0], timeout);
    }
}
