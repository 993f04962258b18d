package dev.hv.cli.root.worker;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.integration.FileCopy;
import dev.hv.devices.integration.Heartbeat;
import dev.hv.devices.integration.HostRecords;
import dev.hv.devices.integration.IntegrationComponent;
import dev.hv.devices.integration.KeyValuePairs.Answer;
import dev.hv.devices.integration.KeyValuePairs.Pool;
import dev.hv.devices.integration.KeyValuePairs;
import dev.hv.devices.integration.Shutdown;
import dev.hv.devices.integration.TimeSync;
import dev.hv.devices.integration.VolumeShadowCopy;
import dev.hv.vmbus.Vmbus;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The integration components of one virtual machine: all that Linux' hv_utils knows. */
public final class IntegrationServices implements Saveable {

    private static final int STATE_VERSION = 4;
    private static final String LOOK_UP = "look-up";
    /** Those where a guest may have a key come first. */
    private static final List<Pool> POOLS = List.of(Pool.EXTERNAL, Pool.GUEST, Pool.AUTO, Pool.HOST, Pool.INTERNAL);
    private static final int USUAL_POOLS = 3;
    /** Pairs of a pool that are looked at. */
    private static final int MOST_PAIRS = 1024;
    /** ERROR_NOT_FOUND as an HRESULT. */
    private static final int NOT_FOUND = 0x8007_0490;

    /**
     * A key that is looked for: what was asked last.
     *
     * @param endPool the pool that is not looked at any more
     */
    private record LookUp(String key, int pool, int index, int endPool, Consumer<Answer> result) {}

    private final Vmbus bus;
    private final Heartbeat heartbeat;
    private final Shutdown shutdown;
    private final TimeSync timeSync;
    private final KeyValuePairs keyValuePairs;
    private final VolumeShadowCopy shadowCopy;
    private final FileCopy fileCopy;
    private final HostRecords hostRecords;
    private final List<IntegrationComponent> all;
    private final ArrayDeque<LookUp> lookUps = new ArrayDeque<>();
    private BiConsumer<String, Answer> restored = (key, answer) -> { };

    /** Offers all components; the guest's pool for them gets {@code host}. */
    IntegrationServices(Vmbus bus, Clock clock, LongSupplier referenceTime, List<HostRecords.Parameter> host) {
        this.bus = bus;
        heartbeat = new Heartbeat(clock);
        shutdown = new Shutdown(clock);
        timeSync = new TimeSync(clock, referenceTime);
        keyValuePairs = new KeyValuePairs(clock);
        keyValuePairs.name(LOOK_UP, this::answered);
        hostRecords = new HostRecords(clock, keyValuePairs, host);
        shadowCopy = new VolumeShadowCopy(clock);
        fileCopy = new FileCopy(clock);
        all = List.of(shutdown, timeSync, heartbeat, keyValuePairs, shadowCopy, fileCopy);
        for (IntegrationComponent c : all) {
            c.offered(bus.offer(c.offer(), c));
        }
    }

    /** The heartbeat. */
    public Heartbeat heartbeat() {
        return heartbeat;
    }

    /** Shutdown requests. */
    public Shutdown shutdown() {
        return shutdown;
    }

    /** Time synchronisation. */
    public TimeSync timeSync() {
        return timeSync;
    }

    /** Key-value pairs. */
    public KeyValuePairs keyValuePairs() {
        return keyValuePairs;
    }

    /** Volume shadow copies. */
    public VolumeShadowCopy shadowCopy() {
        return shadowCopy;
    }

    /** File copy. */
    public FileCopy fileCopy() {
        return fileCopy;
    }

    /** All of them. */
    public List<IntegrationComponent> all() {
        return all;
    }

    /**
     * Looks a key up where a guest may have it: among what the host wrote, what its programs wrote, and what its daemon knows. The pools
     * are enumerated: Linux answers a direct question with an empty value.
     *
     * @param result as for {@link KeyValuePairs#get}
     * @return false when no guest listens
     */
    public boolean lookUp(String key, Consumer<Answer> result) {
        return ask(new LookUp(key, 0, 0, USUAL_POOLS, result));
    }

    /** Looks a key up in one pool; otherwise as above. */
    public boolean lookUp(Pool pool, String key, Consumer<Answer> result) {
        int at = POOLS.indexOf(pool);
        return ask(new LookUp(key, at, 0, at + 1, result));
    }

    /** Sets who is told what becomes of look-ups that were under way when this was saved. */
    public void onRestored(BiConsumer<String, Answer> told) {
        restored = told;
    }

    /**
     * Takes the offer of a component back, or offers it again.
     *
     * @param name of it: {@link IntegrationComponent#name}
     * @return false when there is no such component, or it was so already
     */
    public boolean offer(String name, boolean there) {
        IntegrationComponent c = all.stream().filter(each -> each.name().equals(name)).findFirst().orElse(null);
        return c != null && (there ? c.offerAgain(bus) : c.rescind());
    }

    /** The virtual machine is reset, and its bus has been: whoever asked the guest something has been told that there is no answer. */
    void reset() {
        lookUps.clear();
        hostRecords.reset();
    }

    private boolean ask(LookUp wanted) {
        if (!keyValuePairs.enumerate(POOLS.get(wanted.pool), wanted.index, LOOK_UP)) {
            return false;
        }
        lookUps.add(wanted);
        return true;
    }

    /** Answers come in the order of the questions. */
    private void answered(Answer a) {
        LookUp l = lookUps.remove();
        boolean more = a.ok() && l.index < MOST_PAIRS;
        boolean found = a.ok() && a.key().equals(l.key);
        boolean over = !more && l.pool + 1 == l.endPool;
        if (found || over || !ask(new LookUp(l.key, more ? l.pool : l.pool + 1, more ? l.index + 1 : 0, l.endPool, l.result))) {
            l.result.accept(found || !a.ok() ? a : new Answer(NOT_FOUND, "", ""));
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("integration", STATE_VERSION);
        out.put("look-ups-count", lookUps.size());
        for (LookUp l : lookUps) {
            out.put("key", l.key);
            out.put("pool", l.pool);
            out.put("look-ups", l.index);
            out.put("end-pool", l.endPool);
        }
        all.forEach(c -> c.save(out));
        hostRecords.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("integration", STATE_VERSION);
        lookUps.clear();
        for (long n = in.take(); n > 0; n--) {
            String key = in.takeText();
            lookUps.add(new LookUp(key, (int) in.take(), (int) in.take(), (int) in.take(), a -> restored.accept(key, a)));
        }
        all.forEach(c -> c.restore(in));
        hostRecords.restore(in);
        in.end();
    }
}
