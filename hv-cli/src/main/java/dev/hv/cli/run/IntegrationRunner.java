package dev.hv.cli.run;

import dev.hv.cli.config.IntegrationAction;
import dev.hv.cli.root.worker.IntegrationServices;
import dev.hv.cli.root.worker.SyntheticDevices;
import dev.hv.devices.integration.FileCopy;
import dev.hv.devices.integration.KeyValuePairs.Answer;
import dev.hv.devices.integration.KeyValuePairs.IpInfo;
import dev.hv.devices.integration.KeyValuePairs.Pool;
import dev.hv.devices.network.NetworkAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Asks a guest's integration components for what an action says, and says what came of it. */
final class IntegrationRunner {

    /** What is said of a guest that cannot be asked. */
    static final String SILENT = "the guest's integration driver does not listen (not loaded, or not yet)";
    /** Pairs of a pool that are said. */
    private static final int MOST_PAIRS = 1024;
    private static final int IPV4 = 1;
    private static final int IPV6 = 2;

    private final IntegrationServices integration;
    private final SyntheticDevices devices;
    private final Consumer<String> say;

    /**
     * A runner.
     *
     * @param say gets what came of it, perhaps much later
     */
    IntegrationRunner(IntegrationServices integration, SyntheticDevices devices, Consumer<String> say) {
        this.integration = integration;
        this.devices = devices;
        this.say = say;
    }

    /** Asks. On the machine's thread. */
    void run(IntegrationAction action) {
        switch (action) {
            case IntegrationAction.Get(Pool pool, String key) -> listening(pool == null ? integration.lookUp(key, a -> found(key, a))
                    : integration.lookUp(pool, key, a -> found(key, a)));
            case IntegrationAction.Set(Pool pool, String key, String value) -> listening(integration.keyValuePairs().set(pool, key, value, a ->
                    say.accept(a.ok() ? "kvp %s set".formatted(key) : "kvp %s was not set: 0x%08x".formatted(key, a.status()))));
            case IntegrationAction.Delete(Pool pool, String key) -> listening(integration.keyValuePairs().delete(pool, key, a ->
                    say.accept(a.ok() ? "kvp %s deleted".formatted(key) : "kvp %s was not deleted: 0x%08x".formatted(key, a.status()))));
            case IntegrationAction.List(Pool pool) -> list(pool, 0);
            case IntegrationAction.Addresses(int adapter) -> addresses(adapter);
            case IntegrationAction.Configure c -> configure(c);
            case IntegrationAction.Copy c -> copy(c);
            case IntegrationAction.CancelCopy() -> say.accept(integration.fileCopy().cancel() ? "the copy under way is given up" : "no copy is under way");
            case IntegrationAction.Offer(String component, boolean there) -> say.accept(integration.offer(component, there) ? component + (there ? " is offered" : " is taken back")
                    : component + (there ? " is offered already" : " is taken back already"));
        }
    }

    /** What a key's value is. */
    void found(String key, Answer a) {
        say.accept(a.ok() ? "kvp %s=%s".formatted(key, a.value()) : "kvp %s is not there: 0x%08x".formatted(key, a.status()));
    }

    private void list(Pool pool, int index) {
        listening(integration.keyValuePairs().enumerate(pool, index, a -> {
            if (a.ok() && index < MOST_PAIRS) {
                say.accept("kvp %d %s=%s".formatted(index, a.key(), a.value()));
                list(pool, index + 1);
            } else {
                say.accept("%s has %d pairs".formatted(pool.label(), index));
            }
        }));
    }

    private NetworkAdapter adapter(int number) {
        NetworkAdapter adapter = devices.network(number);
        if (adapter == null) {
            say.accept("adapter " + number + " is not there");
        }
        return adapter;
    }

    private void addresses(int number) {
        NetworkAdapter adapter = adapter(number);
        if (adapter != null) {
            listening(integration.keyValuePairs().ipInfo(adapter.address().toString().toUpperCase(java.util.Locale.ROOT), i -> say.accept(i.ok()
                    ? "adapter %d: addresses %s, subnets %s, gateways %s, name servers %s, %s".formatted(number, i.addresses(), i.subnets(), i.gateways(), i.nameServers(), i.dhcp() ? "dhcp" : "static")
                    : "the guest does not know adapter %d: 0x%08x".formatted(number, i.status()))));
        }
    }

    private void configure(IntegrationAction.Configure c) {
        if (adapter(c.adapter()) != null) {
            String[] all = c.addresses().isEmpty() ? new String[0] : c.addresses().split(";");
            String addresses = Arrays.stream(all).map(a -> a.substring(0, a.indexOf('/'))).collect(Collectors.joining(";"));
            String subnets = Arrays.stream(all).map(IntegrationRunner::subnet).collect(Collectors.joining(";"));
            int family = (c.addresses().isEmpty() || c.addresses().contains(".") ? IPV4 : 0) | (c.addresses().contains(":") ? IPV6 : 0);
            var wanted = new IpInfo(0, family, c.dhcp(), addresses, subnets, c.gateways(), c.nameServers());
            listening(integration.keyValuePairs().configure("{" + devices.networkInstance(c.adapter()) + "}", wanted, a ->
                    say.accept(a.ok() ? "adapter %d is configured".formatted(c.adapter()) : "the guest did not configure adapter %d: 0x%08x".formatted(c.adapter(), a.status()))));
        }
    }

    /** As guests want it: a mask of IPv4, a length of IPv6. */
    private static String subnet(String address) {
        int length = Integer.parseInt(address.substring(address.indexOf('/') + 1));
        if (address.contains(":")) {
            return Integer.toString(length);
        }
        int mask = length == 0 ? 0 : -1 << Integer.SIZE - length;
        return "%d.%d.%d.%d".formatted(mask >>> 24, mask >>> 16 & 0xFF, mask >>> 8 & 0xFF, mask & 0xFF);
    }

    private void copy(IntegrationAction.Copy c) {
        byte[] content;
        try {
            content = Files.readAllBytes(c.file());
        } catch (IOException | OutOfMemoryError e) {
            say.accept(c.file() + ": cannot be read: " + e.getMessage());
            return;
        }
        listening(integration.fileCopy().copy(new FileCopy.Order(content, c.path(), c.overwrite(), c.createPath()), status -> copied(c.path(), status)));
    }

    /** What came of a copy. */
    void copied(String path, int status) {
        say.accept(FileCopy.describe(path, status));
    }

    private void listening(boolean asked) {
        if (!asked) {
            say.accept(SILENT);
        }
    }
}
