package dev.hv.devices.integration;

import dev.hv.vmbus.Bytes;
import dev.hv.vmbus.Guid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;

/** Key-value pairs: the host reads and writes the pools that the guest's daemon keeps. Requests are asked one after the other. */
public final class KeyValuePairs extends IntegrationComponent {

    /** Pools of pairs. */
    public enum Pool {
        /** Written by the host. */
        EXTERNAL,
        /** Written by programs in the guest. */
        GUEST,
        /** What the guest's daemon knows of its system. */
        AUTO,
        AUTO_EXTERNAL,
        AUTO_INTERNAL
    }

    /**
     * A pair as the guest gave it, or its refusal.
     *
     * @param status HRESULT; 0 when key and value are there
     * @param key empty when there is none
     * @param value text; numbers in decimal
     */
    public record Answer(int status, String key, String value) {

        /** Whether the guest had what was asked for. */
        public boolean ok() {
            return status == IcFormat.SUCCESS;
        }
    }

    private static final int GET = 0;
    private static final int SET = 1;
    private static final int DELETE = 2;
    private static final int ENUMERATE = 3;
    private static final int MOST_WAITING = 64;

    /** Payload: operation u8, pool u8, padding, then a body. */
    private static final int POOL = 1;
    private static final int BODY = 4;
    private static final int STRING = 1;
    private static final int DWORD = 4;
    private static final int QWORD = 8;
    private static final int QWORD_WINDOWS = 11;
    private static final int KEY_LIMIT = 512;
    private static final int VALUE_LIMIT = 2048;
    /** Value: type u32, key size u32, value size u32, key, value. */
    private static final int VALUE_SIZE = 12 + KEY_LIMIT + VALUE_LIMIT;
    /** Enumerate has an index u32 in front of the value. */
    private static final int PAYLOAD_SIZE = BODY + 4 + VALUE_SIZE;

    /** A question that waits for its turn. */
    private record Question(byte[] payload, int valueAt, Consumer<Answer> result) {}

    private final ArrayDeque<Question> questions = new ArrayDeque<>();
    private Question asked;

    /** A component without a guest. */
    public KeyValuePairs() {
        super(Guid.of("a9a0f4e7-5a45-4d96-b827-8a841e8c03e6"), Guid.of("242ff919-07db-4180-9c2e-b86cb68c8c55"), "kvp", IcFormat.KEY_VALUE,
                1 << 16, 3 << 16, 4 << 16);
    }

    /** Reads a value. Every question is answered, with FAIL when the guest goes away; false when too many wait. */
    public boolean get(Pool pool, String key, Consumer<Answer> result) {
        return ask(GET, pool, -1, key, "", result);
    }

    /** Writes a value. */
    public boolean set(Pool pool, String key, String value, Consumer<Answer> result) {
        return ask(SET, pool, -1, key, value, result);
    }

    /** Removes a value. */
    public boolean delete(Pool pool, String key, Consumer<Answer> result) {
        return ask(DELETE, pool, -1, key, "", result);
    }

    /** Reads the pair with a number; behind the last one the answer is not ok. */
    public boolean enumerate(Pool pool, int index, Consumer<Answer> result) {
        return ask(ENUMERATE, pool, index, "", "", result);
    }

    private boolean ask(int operation, Pool pool, int index, String key, String value, Consumer<Answer> result) {
        byte[] k = text(key);
        byte[] v = text(value);
        if (questions.size() == MOST_WAITING || k.length > KEY_LIMIT || v.length > VALUE_LIMIT) {
            return false;
        }
        byte[] p = new byte[PAYLOAD_SIZE];
        p[0] = (byte) operation;
        p[POOL] = (byte) pool.ordinal();
        int at = BODY;
        if (operation == ENUMERATE) {
            Bytes.put32(p, at, index);
            at += 4;
        } else if (operation == DELETE) {
            // key size u32, key
            Bytes.put32(p, at, k.length);
            System.arraycopy(k, 0, p, at + 4, k.length);
        } else {
            Bytes.put32(p, at, STRING);
            Bytes.put32(p, at + 4, k.length);
            Bytes.put32(p, at + 8, operation == SET ? v.length : 0);
            System.arraycopy(k, 0, p, at + 12, k.length);
            System.arraycopy(v, 0, p, at + 12 + KEY_LIMIT, v.length);
        }
        questions.add(new Question(p, at, result));
        next();
        return true;
    }

    /** UTF-16 with a terminating zero. */
    private static byte[] text(String s) {
        return s.isEmpty() ? new byte[0] : (s + "\0").getBytes(StandardCharsets.UTF_16LE);
    }

    private void next() {
        if (asked == null && !questions.isEmpty() && request(questions.peek().payload())) {
            asked = questions.poll();
        }
    }

    @Override
    void ready() {
        next();
    }

    @Override
    void answered(int status, byte[] message, int length) {
        Question q = asked;
        asked = null;
        int at = IcFormat.PAYLOAD + q.valueAt();
        boolean hasValue = q.payload()[0] == GET || q.payload()[0] == ENUMERATE;
        if (status != IcFormat.SUCCESS) {
            q.result().accept(new Answer(status, "", ""));
        } else if (!hasValue) {
            q.result().accept(new Answer(status, "", ""));
        } else if (length < at + VALUE_SIZE) {
            q.result().accept(new Answer(IcFormat.FAIL, "", ""));
        } else {
            q.result().accept(new Answer(status, string(message, at + 12, Bytes.u32(message, at + 4), KEY_LIMIT), value(message, at)));
        }
        next();
    }

    private static String value(byte[] m, int at) {
        int data = at + 12 + KEY_LIMIT;
        return switch (Bytes.u32(m, at)) {
            case DWORD -> Integer.toUnsignedString(Bytes.u32(m, data));
            case QWORD, QWORD_WINDOWS -> Long.toUnsignedString(Bytes.u64(m, data));
            default -> string(m, data, Bytes.u32(m, at + 8), VALUE_LIMIT);
        };
    }

    /** Text up to its terminating zero. */
    private static String string(byte[] m, int at, int size, int limit) {
        int n = size < 0 || size > limit ? limit : size;
        String s = new String(Arrays.copyOfRange(m, at, at + n), StandardCharsets.UTF_16LE);
        int end = s.indexOf('\0');
        return end < 0 ? s : s.substring(0, end);
    }

    @Override
    void gone() {
        var lost = new ArrayDeque<>(questions);
        questions.clear();
        if (asked != null) {
            lost.addFirst(asked);
            asked = null;
        }
        lost.forEach(q -> q.result().accept(new Answer(IcFormat.FAIL, "", "")));
    }
}
