package dev.hv.devices.integration;

import static dev.hv.devices.integration.KeyValueFormat.*;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.protocol.Guid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Key-value pairs: the host reads and writes the pools that the guest's daemon keeps. Requests are asked one after the other. */
public final class KeyValuePairs extends IntegrationComponent {

    /** Pools of pairs. */
    public enum Pool {
        /** Written by the host. */
        EXTERNAL("external"),
        /** Written by programs in the guest. */
        GUEST("guest"),
        /** What the guest's daemon knows of its system. */
        AUTO("auto"),
        /** What the host says of itself: HV_KVP_AUTO_EXTERNAL. */
        HOST("host"),
        /** HV_KVP_AUTO_INTERNAL. */
        INTERNAL("internal");

        private final String label;

        Pool(String label) {
            this.label = label;
        }

        /** Its name on command lines. */
        public String label() {
            return label;
        }

        /** The pool of a name; null when there is none. */
        public static Pool named(String label) {
            return Arrays.stream(values()).filter(p -> p.label.equals(label)).findFirst().orElse(null);
        }
    }

    /**
     * A pair as the guest gave it, or its refusal.
     *
     * @param status HRESULT; 0 when key and value are there
     * @param key empty when there is none
     * @param value text; numbers in decimal
     */
    public record Answer(int status, String key, String value) {

        static Answer of(int status) {
            return new Answer(status, "", "");
        }

        /** Whether the guest did as it was asked. */
        public boolean ok() {
            return status == IcFormat.SUCCESS;
        }
    }

    /**
     * What a guest says of a network adapter; lists are separated by semicolons.
     *
     * @param status HRESULT; 0 when the rest is there
     * @param family 1 for IPv4, 2 for IPv6, 3 for both
     */
    public record IpInfo(int status, int family, boolean dhcp, String addresses, String subnets, String gateways, String nameServers) {

        static IpInfo of(int status) {
            return new IpInfo(status, 0, false, "", "", "", "");
        }

        /** Whether the guest did as it was asked. */
        public boolean ok() {
            return status == IcFormat.SUCCESS;
        }
    }

    /** Gets the guest's answer; the length is 0 when there is none. */
    private interface Reply {
        void accept(int status, byte[] message, int length);
    }

    /**
     * A question that waits for its turn.
     *
     * @param asker who gets the answer also after a restore; an empty text for somebody who then does not wait any more
     */
    private record Question(byte[] payload, String asker, Reply reply) {}

    private static final int MOST_WAITING = 64;
    private static final int BOTH_FAMILIES = 3;

    private final ArrayDeque<Question> questions = new ArrayDeque<>();
    private final Map<String, Consumer<Answer>> askers = new HashMap<>();
    private Runnable agreed = () -> { };
    /** Under way; null for nothing. */
    private Question asked;

    /** A component without a guest. */
    public KeyValuePairs(Clock clock) {
        super(clock, Guid.of("a9a0f4e7-5a45-4d96-b827-8a841e8c03e6"), Guid.of("242ff919-07db-4180-9c2e-b86cb68c8c55"), "kvp", IcFormat.KEY_VALUE,
                1 << 16, 3 << 16, 4 << 16);
    }

    /** Sets who is told when a guest has agreed on versions: questions can be asked from then on. */
    public void whenAgreed(Runnable told) {
        agreed = told;
    }

    /**
     * Makes a name known, under which questions can be asked that outlive a restore: who has the name then gets the answer.
     *
     * @param result called for each question asked under the name, in the order in which they were asked
     */
    public void name(String asker, Consumer<Answer> result) {
        askers.put(asker, result);
    }

    /** What is done with the answer to a question of a named asker. */
    private Reply reply(String asker, int operation) {
        Consumer<Answer> result = askers.getOrDefault(asker, a -> { });
        return switch (operation) {
            case GET -> (status, m, length) -> result.accept(pair(status, m, length, IcFormat.PAYLOAD + BODY));
            case ENUMERATE -> (status, m, length) -> result.accept(pair(status, m, length, IcFormat.PAYLOAD + BODY + ENUMERATE_VALUE));
            default -> (status, m, length) -> result.accept(Answer.of(status));
        };
    }

    /**
     * Reads a value.
     *
     * @param result called once, with a status of failure when the guest goes away or does not answer
     * @return false when no guest listens, too many questions wait, or the text is too long: then nothing is called
     */
    public boolean get(Pool pool, String key, Consumer<Answer> result) {
        return askPair(GET, pool, key, "", (status, m, length) -> result.accept(pair(status, m, length, IcFormat.PAYLOAD + BODY)));
    }

    /** Writes a value; answers as {@link #get}, without key and value. */
    public boolean set(Pool pool, String key, String value, Consumer<Answer> result) {
        return askPair(SET, pool, key, value, (status, m, length) -> result.accept(Answer.of(status)));
    }

    /** As above, the answer going to a named asker. */
    public boolean set(Pool pool, String key, String value, String asker) {
        return askPair(SET, pool, key, value, asker, reply(asker, SET));
    }

    /** Removes a value; answers as {@link #set}. */
    public boolean delete(Pool pool, String key, Consumer<Answer> result) {
        byte[] k = text(key);
        if (k.length > KEY_LIMIT) {
            return false;
        }
        byte[] p = payload(DELETE, pool, VALUE_END);
        LittleEndian.put32(p, BODY, k.length);
        System.arraycopy(k, 0, p, BODY + DELETE_KEY, k.length);
        return ask(p, (status, m, length) -> result.accept(Answer.of(status)));
    }

    /** Reads the pair with a number; behind the last one the answer is not ok. Otherwise as {@link #get}. */
    public boolean enumerate(Pool pool, int index, Consumer<Answer> result) {
        byte[] p = payload(ENUMERATE, pool, ENUMERATE_VALUE + VALUE_END);
        LittleEndian.put32(p, BODY, index);
        return ask(p, (status, m, length) -> result.accept(pair(status, m, length, IcFormat.PAYLOAD + BODY + ENUMERATE_VALUE)));
    }

    /** As above, the answer going to a named asker. */
    public boolean enumerate(Pool pool, int index, String asker) {
        byte[] p = payload(ENUMERATE, pool, ENUMERATE_VALUE + VALUE_END);
        LittleEndian.put32(p, BODY, index);
        return ask(p, asker, reply(asker, ENUMERATE));
    }

    /**
     * Asks how a network adapter is configured; answers as {@link #get}.
     *
     * @param adapter its address, as in {@code 00:15:5D:00:00:01}
     */
    public boolean ipInfo(String adapter, Consumer<IpInfo> result) {
        byte[] id = text(adapter);
        if (id.length > ADAPTER_LIMIT) {
            return false;
        }
        byte[] p = ipPayload(GET_IP);
        System.arraycopy(id, 0, p, IP_BODY + ADAPTER, id.length);
        p[IP_BODY + FAMILY] = BOTH_FAMILIES;
        return ask(p, (status, m, length) -> result.accept(ipInfo(status, m, length)));
    }

    /**
     * Configures a network adapter of the guest (Hyper-V's IP injection); answers as {@link #set}.
     *
     * @param adapter the channel's instance id, as in <code>{6b1a9d4e-0000-4c11-9d3f-687673637369}</code>: Linux knows adapters by it here
     * @param wanted what it is to have; its status means nothing
     */
    public boolean configure(String adapter, IpInfo wanted, Consumer<Answer> result) {
        byte[] p = ipPayload(SET_IP);
        p[IP_BODY + FAMILY] = (byte) wanted.family();
        p[IP_BODY + DHCP] = (byte) (wanted.dhcp() ? 1 : 0);
        boolean fits = place(p, ADAPTER, ADAPTER_LIMIT, adapter) && place(p, ADDRESSES, ADDRESSES_LIMIT, wanted.addresses()) && place(p, SUBNETS, SUBNETS_LIMIT, wanted.subnets())
                && place(p, GATEWAYS, GATEWAYS_LIMIT, wanted.gateways()) && place(p, NAME_SERVERS, NAME_SERVERS_LIMIT, wanted.nameServers());
        return fits && ask(p, (status, m, length) -> result.accept(Answer.of(status)));
    }

    private static byte[] ipPayload(int operation) {
        byte[] p = new byte[IP_BODY + IP_END];
        p[0] = (byte) operation;
        return p;
    }

    private static boolean place(byte[] p, int at, int limit, String text) {
        byte[] b = text(text);
        boolean fits = b.length <= limit;
        if (fits) {
            System.arraycopy(b, 0, p, IP_BODY + at, b.length);
        }
        return fits;
    }

    private boolean askPair(int operation, Pool pool, String key, String value, Reply reply) {
        return askPair(operation, pool, key, value, "", reply);
    }

    private boolean askPair(int operation, Pool pool, String key, String value, String asker, Reply reply) {
        byte[] k = text(key);
        byte[] v = text(value);
        if (k.length > KEY_LIMIT || v.length > VALUE_LIMIT) {
            return false;
        }
        byte[] p = payload(operation, pool, VALUE_END);
        LittleEndian.put32(p, BODY, STRING);
        LittleEndian.put32(p, BODY + KEY_SIZE, k.length);
        LittleEndian.put32(p, BODY + VALUE_SIZE, v.length);
        System.arraycopy(k, 0, p, BODY + KEY, k.length);
        System.arraycopy(v, 0, p, BODY + VALUE, v.length);
        return ask(p, asker, reply);
    }

    private static byte[] payload(int operation, Pool pool, int bodyLength) {
        byte[] p = new byte[BODY + bodyLength];
        p[0] = (byte) operation;
        p[POOL] = (byte) pool.ordinal();
        return p;
    }

    private boolean ask(byte[] payload, Reply reply) {
        return ask(payload, "", reply);
    }

    private boolean ask(byte[] payload, String asker, Reply reply) {
        if (!listening() || questions.size() == MOST_WAITING) {
            return false;
        }
        questions.add(new Question(payload, asker, reply));
        next();
        return true;
    }

    private void next() {
        if (asked == null && !questions.isEmpty() && request(questions.peek().payload())) {
            asked = questions.poll();
        }
    }

    // ---- answers -----------------------------------------------------------------------------------------------------------

    private static Answer pair(int status, byte[] m, int length, int at) {
        if (status != IcFormat.SUCCESS) {
            return Answer.of(status);
        }
        if (length < at + VALUE_END) {
            return Answer.of(IcFormat.FAIL);
        }
        return new Answer(status, string(m, at + KEY, LittleEndian.u32(m, at + KEY_SIZE), KEY_LIMIT), value(m, at));
    }

    private static String value(byte[] m, int at) {
        return switch (LittleEndian.u32(m, at)) {
            case DWORD -> Integer.toUnsignedString(LittleEndian.u32(m, at + VALUE));
            case QWORD, QWORD_WINDOWS -> Long.toUnsignedString(LittleEndian.u64(m, at + VALUE));
            default -> string(m, at + VALUE, LittleEndian.u32(m, at + VALUE_SIZE), VALUE_LIMIT);
        };
    }

    private static IpInfo ipInfo(int status, byte[] m, int length) {
        int at = IcFormat.PAYLOAD + IP_BODY;
        if (status != IcFormat.SUCCESS) {
            return IpInfo.of(status);
        }
        if (length < at + IP_END) {
            return IpInfo.of(IcFormat.FAIL);
        }
        return new IpInfo(status, m[at + FAMILY] & 0xFF, m[at + DHCP] != 0, string(m, at + ADDRESSES, ADDRESSES_LIMIT, ADDRESSES_LIMIT),
                string(m, at + SUBNETS, SUBNETS_LIMIT, SUBNETS_LIMIT), string(m, at + GATEWAYS, GATEWAYS_LIMIT, GATEWAYS_LIMIT),
                string(m, at + NAME_SERVERS, NAME_SERVERS_LIMIT, NAME_SERVERS_LIMIT));
    }

    /** UTF-16 with a terminating zero. */
    private static byte[] text(String s) {
        return s.isEmpty() ? new byte[0] : (s + "\0").getBytes(StandardCharsets.UTF_16LE);
    }

    /** Text up to its terminating zero. */
    private static String string(byte[] m, int at, int size, int limit) {
        int n = size < 0 || size > limit ? limit : size & ~1;
        String s = new String(m, at, n, StandardCharsets.UTF_16LE);
        int end = s.indexOf('\0');
        return end < 0 ? s : s.substring(0, end);
    }

    @Override
    void agreed() {
        agreed.run();
    }

    @Override
    void ready() {
        next();
    }

    @Override
    void answered(int status, byte[] message, int length) {
        Question q = asked;
        asked = null;
        if (q != null) {
            q.reply().accept(status, message, length);
        }
        next();
    }

    /** Everybody who waits is told: nobody knows whether this guest will ever answer. */
    @Override
    void lost() {
        var waiting = new ArrayDeque<>(questions);
        questions.clear();
        if (asked != null) {
            waiting.addFirst(asked);
            asked = null;
        }
        waiting.forEach(q -> q.reply().accept(IcFormat.FAIL, new byte[0], 0));
    }

    @Override
    void saveMore(StateWriter out) {
        out.put("asked-present", asked != null);
        if (asked != null) {
            save(asked, out);
        }
        out.put("questions-count", questions.size());
        questions.forEach(q -> save(q, out));
    }

    private static void save(Question q, StateWriter out) {
        out.put("payload", q.payload(), 0, q.payload().length);
        out.put("asker", q.asker());
    }

    /** Who asks in this timeline is not of the one that comes, where questions are answered to named askers alone. */
    @Override
    void restoreMore(StateReader in) {
        questions.clear();
        asked = in.takeBoolean() ? restored(in) : null;
        for (long n = in.take(); n > 0; n--) {
            questions.add(restored(in));
        }
    }

    private Question restored(StateReader in) {
        byte[] payload = in.takeBytes();
        String asker = in.takeText();
        return new Question(payload, asker, reply(asker, payload[0]));
    }

    @Override
    void gone() {
        lost();
    }
}
