package dev.hv.cli.agent;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;

/** Requests about files and about the guest: those that are answered by contents, or by nothing. */
final class FileExchange<T> extends Exchange {

    /** Longest path that Linux takes, with its zero. */
    private static final int MOST_PATH = 4096;
    private static final int FIRST = 4096;

    private final Consumer<AgentResult<T>> done;
    /** What is sent behind the request; null for none. */
    private final byte[] content;
    private int given;
    private boolean ended;
    /** Most bytes of the answer. */
    private final int most;
    private byte[] answer = new byte[0];
    private int length;
    private final Function<byte[], T> value;
    /** Guest time that may pass without a word of the agent. */
    private final long patience;

    private FileExchange(Clock clock, byte[] request, byte[] content, int most, long patience, Function<byte[], T> value, Consumer<AgentResult<T>> done) {
        super(clock, request);
        this.content = content;
        this.most = most;
        this.patience = patience;
        this.value = value;
        this.done = done;
    }

    static FileExchange<Void> put(Clock clock, byte[] content, String path, int mode, Consumer<AgentResult<Void>> done) {
        byte[] head = new byte[16];
        LittleEndian.put32(head, 0, mode & 07777);
        LittleEndian.put64(head, 8, content.length);
        return new FileExchange<>(clock, request(AgentProtocol.PUT, head, path), content, 0, SILENCE, b -> null, done);
    }

    static FileExchange<byte[]> get(Clock clock, String path, int most, Consumer<AgentResult<byte[]>> done) {
        return new FileExchange<>(clock, request(AgentProtocol.GET, new byte[0], path), null, most, SILENCE, b -> b, done);
    }

    static FileExchange<Void> await(Clock clock, String path, long timeout, Consumer<AgentResult<Void>> done) {
        byte[] head = new byte[8];
        LittleEndian.put64(head, 0, timeout);
        long patience = timeout > Long.MAX_VALUE - SILENCE ? Long.MAX_VALUE : timeout + SILENCE;
        return new FileExchange<>(clock, request(AgentProtocol.AWAIT, head, path), null, 0, patience, b -> null, done);
    }

    static FileExchange<String> report(Clock clock, Consumer<AgentResult<String>> done) {
        return new FileExchange<>(clock, MessageReader.message(AgentProtocol.REPORT, new byte[0]), null, FIRST, SILENCE, b -> new String(b, StandardCharsets.UTF_8), done);
    }

    static FileExchange<Void> quit(Clock clock, Consumer<AgentResult<Void>> done) {
        return new FileExchange<>(clock, MessageReader.message(AgentProtocol.QUIT, new byte[0]), null, 0, SILENCE, b -> null, done);
    }

    /** Why a path cannot be asked for; null when it can. */
    static String unfit(String path) {
        return !path.startsWith("/") ? path + ": a path in a guest begins with /"
                : path.indexOf('\0') >= 0 || path.getBytes(StandardCharsets.UTF_8).length >= MOST_PATH ? "a path in a guest has no zero and less than " + MOST_PATH + " bytes" : null;
    }

    private static byte[] request(int type, byte[] head, String path) {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        byte[] payload = Arrays.copyOf(head, head.length + name.length + 1);
        System.arraycopy(name, 0, payload, head.length, name.length);
        return MessageReader.message(type, payload);
    }

    @Override
    byte[] next() {
        if (content == null || ended) {
            return null;
        }
        int n = Math.min(content.length - given, AgentProtocol.PIECE);
        if (n == 0) {
            ended = true;
            return MessageReader.message(AgentProtocol.END, new byte[0]);
        }
        given += n;
        return MessageReader.message(AgentProtocol.INPUT, content, given - n, n);
    }

    @Override
    void progress() {
        expect(patience);
    }

    @Override
    String message(int type, byte[] payload, int offset, int n) {
        if (type == AgentProtocol.OUTPUT && most > 0) {
            progress();
            if (n > most - length) {
                fail("larger than " + most + " bytes");
                return null;
            }
            if (length + n > answer.length) {
                answer = Arrays.copyOf(answer, (int) Math.min(most, Math.max(2L * answer.length, Math.max(FIRST, length + n))));
            }
            System.arraycopy(payload, offset, answer, length, n);
            length += n;
            return null;
        }
        if (type != AgentProtocol.DONE || n != 0) {
            return "message " + type + " where none of this type belongs";
        }
        if (content != null && !ended) {
            return "that a file is written before it had all of it";
        }
        end();
        done.accept(new AgentResult<>(value.apply(Arrays.copyOf(answer, length)), null));
        return null;
    }

    @Override
    void saveMore(StateWriter out) {
        out.put("given", given);
        out.put("ended", ended);
        out.put("answer", answer, 0, length);
    }

    @Override
    void restoreMore(StateReader in) {
        given = (int) in.take();
        ended = in.takeBoolean();
        answer = in.takeBytes();
        length = answer.length;
        if (given < 0 || given > (content == null ? 0 : content.length)) {
            throw new StateFormatException("a file of which " + given + " bytes were given");
        }
    }

    @Override
    void failed(String reason) {
        done.accept(new AgentResult<>(null, reason));
    }
}
