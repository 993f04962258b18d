package dev.hv.cli.config;

import java.nio.file.Path;

/**
 * Something done to a virtual machine at a time of its own: {@code 30s:shutdown}.
 *
 * @param nanos time since power-on, in the guest's time
 * @param action what is done
 * @param text as it was written, for messages
 */
public record ScheduledAction(long nanos, Action action, String text) {

    /** What can be done to a running virtual machine. */
    public sealed interface Action {
        /** Asks the guest's integration components to power off. */
        record Shutdown() implements Action {}

        /** Attaches a disk to the first SCSI controller. */
        record AddDisk(DiskConfig disk) implements Action {}

        /** Takes the disk with this number (in the order of attachment, from 0) away. */
        record RemoveDisk(int disk) implements Action {}

        /** Sends the guest the host's time, to be set at once. */
        record SyncTime() implements Action {}

        /** Asks the guest for a key's value and prints it. */
        record KvpGet(String key) implements Action {}

        /** Gives the guest a key with a value. */
        record KvpSet(String key, String value) implements Action {}
    }

    private static final String KNOWN = "shutdown, add-disk=F, remove-disk=N, sync-time, kvp-get=KEY or kvp-set=KEY=VALUE";

    /**
     * An action as written after {@code --at}.
     *
     * @param where place for messages
     * @param base folder that relative names count from
     */
    public static ScheduledAction parse(String where, String text, Path base) {
        int colon = text.indexOf(':');
        if (colon <= 0) {
            throw new UsageException("%s %s: TIME:ACTION is needed, as in 30s:shutdown".formatted(where, text));
        }
        long nanos = Sizes.nanos(where, text.substring(0, colon));
        String rest = text.substring(colon + 1);
        int equals = rest.indexOf('=');
        String name = equals < 0 ? rest : rest.substring(0, equals);
        String value = equals < 0 ? "" : rest.substring(equals + 1);
        Action action = switch (name) {
            case "shutdown" -> new Action.Shutdown();
            case "sync-time" -> new Action.SyncTime();
            case "add-disk" -> new Action.AddDisk(DiskConfig.parse(where + " " + name, value, base));
            case "remove-disk" -> new Action.RemoveDisk(number(where, text, value));
            case "kvp-get" -> new Action.KvpGet(key(where, text, value));
            case "kvp-set" -> {
                int second = value.indexOf('=');
                if (second < 0) {
                    throw new UsageException("%s %s: kvp-set=KEY=VALUE is needed".formatted(where, text));
                }
                yield new Action.KvpSet(key(where, text, value.substring(0, second)), value.substring(second + 1));
            }
            default -> throw new UsageException("%s %s: the action is one of %s".formatted(where, text, KNOWN));
        };
        boolean alone = action instanceof Action.Shutdown || action instanceof Action.SyncTime;
        if (alone && equals >= 0) {
            throw new UsageException("%s %s: %s takes no value".formatted(where, text, name));
        }
        return new ScheduledAction(nanos, action, text);
    }

    private static int number(String where, String text, String value) {
        if (!value.matches("\\d{1,3}")) {
            throw new UsageException("%s %s: remove-disk=N needs the disk's number, from 0".formatted(where, text));
        }
        return Integer.parseInt(value);
    }

    private static String key(String where, String text, String value) {
        if (value.isEmpty()) {
            throw new UsageException("%s %s: a key is needed".formatted(where, text));
        }
        return value;
    }
}
