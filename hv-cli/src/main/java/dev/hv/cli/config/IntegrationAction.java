package dev.hv.cli.config;

import dev.hv.devices.integration.FileCopy;
import dev.hv.devices.integration.KeyValuePairs.Pool;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Something that a guest's integration components are asked for. */
public sealed interface IntegrationAction {

    /**
     * Asks the guest for a key's value and says it.
     *
     * @param pool where to look; null for where a guest may have it
     */
    record Get(Pool pool, String key) implements IntegrationAction {}

    /** Gives the guest a key with a value. */
    record Set(Pool pool, String key, String value) implements IntegrationAction {}

    /** Takes a key away. */
    record Delete(Pool pool, String key) implements IntegrationAction {}

    /** Says all pairs of a pool. */
    record List(Pool pool) implements IntegrationAction {}

    /** Says what the guest's daemon says of an adapter. */
    record Addresses(int adapter) implements IntegrationAction {}

    /**
     * Has the guest's daemon configure an adapter.
     *
     * @param addresses with lengths of their prefixes, separated by semicolons; empty with {@code dhcp}
     * @param gateways separated by semicolons
     * @param nameServers separated by semicolons
     */
    record Configure(int adapter, boolean dhcp, String addresses, String gateways, String nameServers) implements IntegrationAction {}

    /** Copies a file into the guest. */
    record Copy(Path file, String path, boolean overwrite, boolean createPath) implements IntegrationAction {}

    /** Gives up a copy that is under way. */
    record CancelCopy() implements IntegrationAction {}

    /** Takes a component away, or gives it back. */
    record Offer(String component, boolean there) implements IntegrationAction {}

    /** Names of the components. */
    java.util.List<String> COMPONENTS = java.util.List.of("shutdown", "timesync", "heartbeat", "kvp", "vss", "fcopy");

    /** Names of actions with values. */
    java.util.Set<String> VALUED = java.util.Set.of("kvp-get", "kvp-set", "kvp-delete", "kvp-list", "ip", "set-ip", "copy", "integration");

    /** What can be said. */
    String KNOWN = "kvp-get=[POOL:]KEY, kvp-set=[POOL:]KEY=VALUE, kvp-delete=[POOL:]KEY, kvp-list=POOL, ip=N, set-ip=N,address=A/LENGTH|dhcp, copy=FILE:PATH[,overwrite][,create-path], cancel-copy, "
            + "integration=NAME,on|off";

    /**
     * An action with a value.
     *
     * @param where place for messages
     * @param text the whole, for messages
     * @param name one of {@link #VALUED}
     */
    static IntegrationAction parse(String where, String text, String name, String value, Path base) {
        return switch (name) {
            case "kvp-get" -> new Get(pool(value, null), key(where, text, value));
            case "kvp-delete" -> new Delete(pool(value, Pool.EXTERNAL), key(where, text, value));
            case "kvp-set" -> {
                int equals = value.indexOf('=');
                if (equals < 0) {
                    throw new UsageException("%s %s: kvp-set=KEY=VALUE is needed".formatted(where, text));
                }
                String named = value.substring(0, equals);
                yield new Set(pool(named, Pool.EXTERNAL), key(where, text, named), value.substring(equals + 1));
            }
            case "kvp-list" -> {
                Pool pool = Pool.named(value);
                if (pool == null) {
                    throw new UsageException("%s %s: the pool is one of %s".formatted(where, text, pools()));
                }
                yield new List(pool);
            }
            case "ip" -> new Addresses(adapter(where, text, value));
            case "set-ip" -> configure(where, text, value);
            case "copy" -> copy(where, text, value, base);
            default -> offer(where, text, value);
        };
    }

    private static String pools() {
        return Arrays.stream(Pool.values()).map(Pool::label).collect(Collectors.joining(", "));
    }

    /** What stands before a colon, when that is a pool. */
    private static Pool pool(String key, Pool otherwise) {
        int colon = key.indexOf(':');
        Pool pool = colon < 0 ? null : Pool.named(key.substring(0, colon));
        return pool == null ? otherwise : pool;
    }

    private static String key(String where, String text, String value) {
        String key = pool(value, null) == null ? value : value.substring(value.indexOf(':') + 1);
        if (key.isEmpty()) {
            throw new UsageException("%s %s: a key is needed".formatted(where, text));
        }
        return key;
    }

    private static int adapter(String where, String text, String value) {
        if (!value.matches("\\d{1,3}")) {
            throw new UsageException("%s %s: the number of an adapter is needed, from 0".formatted(where, text));
        }
        return Integer.parseInt(value);
    }

    private static IntegrationAction configure(String where, String text, String value) {
        Attributes a = Attributes.parse(where + " set-ip", value, new LinkedHashSet<>(java.util.List.of("address", "gateway", "dns", "dhcp")));
        int adapter = adapter(where, text, a.subject());
        boolean dhcp = a.flag("dhcp");
        String address = a.text("address", "");
        Pattern one = Pattern.compile("(\\d{1,3}(\\.\\d{1,3}){3}/([0-9]|[12]\\d|3[0-2])|[0-9a-fA-F:]*:[0-9a-fA-F:.]*/(\\d{1,2}|1[01]\\d|12[0-8]))");
        if (dhcp == !address.isEmpty() || !dhcp && !Arrays.stream(address.split(";", -1)).allMatch(s -> one.matcher(s).matches())) {
            throw a.bad("either dhcp or address=ADDRESS/LENGTH is needed, as in address=10.0.0.5/24; several with ';' between");
        }
        return new Configure(adapter, dhcp, address, a.text("gateway", ""), a.text("dns", ""));
    }

    private static IntegrationAction copy(String where, String text, String value, Path base) {
        Attributes a = Attributes.parse(where + " copy", value, new LinkedHashSet<>(java.util.List.of("overwrite", "create-path")));
        int colon = a.subject().indexOf(":/");
        if (colon <= 0) {
            throw new UsageException("%s %s: FILE:PATH is needed, with a path from the guest's root, as in copy=test.sh:/tmp/test.sh".formatted(where, text));
        }
        Path file = FileName.in(base, a.subject().substring(0, colon)).toAbsolutePath().normalize();
        String path = a.subject().substring(colon + 1);
        return copy(where + " copy", file, path, a.flag("overwrite"), a.flag("create-path"));
    }

    /**
     * A copy.
     *
     * @throws UsageException when the file cannot be read, or the path is none for a guest
     */
    static Copy copy(String where, Path file, String path, boolean overwrite, boolean createPath) {
        InputFiles.requireCopy(where, file, FileCopy.MOST_BYTES);
        if (!new FileCopy.Order(new byte[0], path, overwrite, createPath).valid()) {
            throw new UsageException("%s %s: the path in the guest begins with '/', names a file, and neither its folder nor its name has more than 259 characters".formatted(where, path));
        }
        return new Copy(file, path, overwrite, createPath);
    }

    private static IntegrationAction offer(String where, String text, String value) {
        int comma = value.indexOf(',');
        String name = comma < 0 ? value : value.substring(0, comma);
        String state = comma < 0 ? "" : value.substring(comma + 1);
        if (!COMPONENTS.contains(name) || !state.matches("on|off")) {
            throw new UsageException("%s %s: integration=NAME,on or integration=NAME,off is needed, and the name is one of %s".formatted(where, text, String.join(", ", COMPONENTS)));
        }
        return new Offer(name, state.equals("on"));
    }
}
