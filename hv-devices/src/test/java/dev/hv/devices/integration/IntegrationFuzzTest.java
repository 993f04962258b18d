package dev.hv.devices.integration;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.devices.integration.HostRecords.Parameter;
import dev.hv.devices.integration.KeyValuePairs.IpInfo;
import dev.hv.devices.integration.KeyValuePairs.Pool;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Function;

/** Answers of every integration component that are nonsense, or nearly right: no exception leaves the host, and everybody who asked is told exactly once. */
class IntegrationFuzzTest {

    private static final int MOST_MESSAGES = 30;
    private static final int PAYLOAD = 28;

    /** Asks a component for something; counts what was asked and what was told. */
    private static final class Asker {
        private final FuzzedDataProvider data;
        private int asked;
        private int told;

        Asker(FuzzedDataProvider data) {
            this.data = data;
        }

        void asked(boolean taken) {
            asked += taken ? 1 : 0;
        }

        void tell(Object answer) {
            told++;
        }
    }

    private static void fuzz(FuzzedDataProvider data, Function<IcGuest, IntegrationComponent> make, int major, int minor, java.util.function.BiConsumer<IntegrationComponent, Asker> ask) {
        var guest = new IcGuest();
        IntegrationComponent component = make.apply(guest);
        var asker = new Asker(data);
        guest.open(component);
        if (data.consumeBoolean()) {
            ByteBuffer r = IcGuest.answer(guest.expect(0), 0, 16);
            r.putShort(PAYLOAD, (short) 1).putShort(PAYLOAD + 2, (short) 1).putShort(PAYLOAD + 8, (short) 3).putShort(PAYLOAD + 10, (short) 0);
            guest.send(r.putShort(PAYLOAD + 12, (short) major).putShort(PAYLOAD + 14, (short) minor));
        }
        for (int i = 0; i < MOST_MESSAGES && data.remainingBytes() > 0; i++) {
            ask.accept(component, asker);
            answer(guest, data);
            if (data.consumeBoolean()) {
                guest.clock().advance(data.consumeLong(0, 200_000_000_000L));
            }
        }
        guest.close();
        if (asker.told != asker.asked) {
            throw new AssertionError("%d asked, %d told".formatted(asker.asked, asker.told));
        }
    }

    /** An answer to the host's message, if there is one, with some of its bytes changed; or anything. */
    private static void answer(IcGuest guest, FuzzedDataProvider data) {
        ByteBuffer m = guest.message();
        if (m == null || data.consumeInt(0, 9) == 0) {
            byte[] any = data.consumeBytes(data.consumeInt(0, 200));
            if (any.length > 0) {
                guest.send(ByteBuffer.wrap(any).order(ByteOrder.LITTLE_ENDIAN));
            }
            return;
        }
        ByteBuffer r = IcGuest.answer(m, data.consumeBoolean() ? 0 : data.consumeInt(), 0);
        for (int n = data.consumeInt(0, 4); n > 0; n--) {
            r.put(data.consumeInt(0, Math.min(600, r.capacity() - 1)), data.consumeByte());
        }
        guest.send(r);
    }

    /** The fuzzer looks at one target of a class: which component it is, it chooses. */
    @FuzzTest
    void anyComponent(FuzzedDataProvider data) {
        switch (data.consumeInt(0, 5)) {
            case 0 -> heartbeat(data);
            case 1 -> timeSync(data);
            case 2 -> shutdown(data);
            case 3 -> keyValuePairs(data);
            case 4 -> shadowCopy(data);
            default -> fileCopy(data);
        }
    }

    private void heartbeat(FuzzedDataProvider data) {
        fuzz(data, g -> new Heartbeat(g.clock()), 3, 0, (c, a) -> { });
    }

    private void timeSync(FuzzedDataProvider data) {
        fuzz(data, g -> new TimeSync(g.clock(), () -> 0), 4, 0, (c, a) -> ((TimeSync) c).synchronize());
    }

    private void shutdown(FuzzedDataProvider data) {
        fuzz(data, g -> new Shutdown(g.clock()), 3, 2, (c, a) -> a.asked(((Shutdown) c).request(a.data.pickValue(Shutdown.Kind.values()), true, "fuzz", a::tell)));
    }

    private void keyValuePairs(FuzzedDataProvider data) {
        fuzz(data, g -> {
            var pairs = new KeyValuePairs(g.clock());
            new HostRecords(g.clock(), pairs, List.of(new Parameter("HostName", "here")));
            return pairs;
        }, 4, 0, (c, a) -> {
            var pairs = (KeyValuePairs) c;
            Pool pool = a.data.pickValue(Pool.values());
            a.asked(switch (a.data.consumeInt(0, 5)) {
                case 0 -> pairs.get(pool, "key", a::tell);
                case 1 -> pairs.set(pool, "key", "value", a::tell);
                case 2 -> pairs.delete(pool, "key", a::tell);
                case 3 -> pairs.enumerate(pool, a.data.consumeInt(), a::tell);
                case 4 -> pairs.ipInfo("00:15:5D:00:00:01", a::tell);
                default -> pairs.configure("{0}", new IpInfo(0, 1, true, "", "", "", ""), a::tell);
            });
        });
    }

    private void shadowCopy(FuzzedDataProvider data) {
        fuzz(data, g -> new VolumeShadowCopy(g.clock()), 5, 0, (c, a) -> {
            var copy = (VolumeShadowCopy) c;
            a.asked(copy.freeze(a::tell));
            if (a.data.consumeBoolean()) {
                copy.thawSoon();
            }
        });
    }

    private void fileCopy(FuzzedDataProvider data) {
        fuzz(data, g -> new FileCopy(g.clock()), 1, 1, (c, a) -> {
            var copy = (FileCopy) c;
            a.asked(copy.copy(new FileCopy.Order(new byte[a.data.consumeInt(0, 20_000)], "/a/b", a.data.consumeBoolean(), a.data.consumeBoolean()), a::tell));
            if (a.data.consumeInt(0, 7) == 0) {
                copy.cancel();
            }
        });
    }
}
