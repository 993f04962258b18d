package dev.hv.cli.agent;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Runs a program. */
final class RunExchange extends Exchange {

    /** What the agent gets beyond a program's time to say that it was up. */
    private static final long GRACE = 10 * Clock.SECOND;
    private static final int HEAD = 16;
    private static final int MOST_STATUS = 255;

    private final CommandListener listener;
    private final byte[] input;
    private final long timeout;
    private boolean started;
    /** Bytes of standard input that were sent, and of those that the program has taken. */
    private int given;
    private int taken;
    private boolean ended;

    RunExchange(Clock clock, GuestCommand command, CommandListener listener) {
        super(clock, MessageReader.message(AgentProtocol.RUN, payload(command)));
        this.listener = listener;
        input = command.input();
        timeout = command.timeout();
    }

    /**
     * Why a command cannot be sent; null when it can.
     */
    static String unfit(GuestCommand command) {
        if (command.argv().isEmpty() || command.argv().getFirst().isEmpty()) {
            return "a command needs a program";
        }
        if (strings(command).stream().anyMatch(s -> s.indexOf('\0') >= 0) || command.environment().keySet().stream().anyMatch(k -> k.isEmpty() || k.indexOf('=') >= 0)) {
            return "a zero cannot stand in a command, nor '=' in the name of a variable";
        }
        int length = payload(command).length;
        return length > AgentProtocol.MOST_PAYLOAD ? "a command of " + length + " bytes is longer than the " + AgentProtocol.MOST_PAYLOAD + " that the agent takes; put it into a file" : null;
    }

    private static List<String> strings(GuestCommand command) {
        List<String> all = new ArrayList<>();
        all.add(command.folder() == null ? "" : command.folder());
        all.addAll(command.argv());
        command.environment().forEach((name, value) -> all.add(name + "=" + value));
        return all;
    }

    private static byte[] payload(GuestCommand command) {
        var out = new ByteArrayOutputStream();
        byte[] head = new byte[HEAD];
        LittleEndian.put32(head, 0, command.argv().size());
        LittleEndian.put32(head, 4, command.environment().size());
        LittleEndian.put64(head, 8, command.timeout());
        out.writeBytes(head);
        for (String s : strings(command)) {
            out.writeBytes(s.getBytes(StandardCharsets.UTF_8));
            out.write(0);
        }
        return out.toByteArray();
    }

    @Override
    byte[] next() {
        int n = Math.min(input.length - given, Math.min(AgentProtocol.INPUT_WINDOW - (given - taken), AgentProtocol.PIECE));
        if (!started || ended || n == 0 && given < input.length) {
            return null;
        }
        if (n == 0) {
            ended = true;
            return MessageReader.message(AgentProtocol.END, new byte[0]);
        }
        given += n;
        return MessageReader.message(AgentProtocol.INPUT, input, given - n, n);
    }

    @Override
    String message(int type, byte[] payload, int offset, int length) {
        if (!started) {
            if (type != AgentProtocol.STARTED) {
                return "message " + type + " before a program was started";
            }
            started = true;
            if (timeout == 0) {
                expectNothing();
            } else {
                expect(timeout > Long.MAX_VALUE - GRACE ? Long.MAX_VALUE : timeout + GRACE);
            }
            writable();
            return null;
        }
        switch (type) {
            case AgentProtocol.OUTPUT -> listener.output(payload, offset, length);
            case AgentProtocol.ERROR -> listener.error(payload, offset, length);
            case AgentProtocol.TAKEN -> {
                int n = length == 4 ? LittleEndian.u32(payload, offset) : -1;
                if (n < 0 || n > given - taken) {
                    return "that more input was taken than given";
                }
                taken += n;
                writable();
            }
            case AgentProtocol.EXITED -> {
                int status = length == 4 ? LittleEndian.u32(payload, offset) : -1;
                if (status < 0 || status > MOST_STATUS) {
                    return "a status that none is: " + status;
                }
                end();
                listener.exited(status);
            }
            default -> {
                return "message " + type + " of a program";
            }
        }
        return null;
    }

    @Override
    void saveMore(StateWriter out) {
        out.put("started", started);
        out.put("given", given);
        out.put("taken", taken);
        out.put("ended", ended);
    }

    @Override
    void restoreMore(StateReader in) {
        started = in.takeBoolean();
        given = (int) in.take();
        taken = (int) in.take();
        ended = in.takeBoolean();
        if (given < 0 || given > input.length) {
            throw new StateFormatException("a program that was given " + given + " bytes of " + input.length);
        }
    }

    @Override
    void failed(String reason) {
        listener.failed(reason);
    }

    @Override
    public void signal(int number) {
        byte[] payload = new byte[4];
        LittleEndian.put32(payload, 0, number);
        if (!over() && backlog() < MOST_SIGNALS) {
            send(MessageReader.message(AgentProtocol.SIGNAL, payload));
        }
    }

    /** Signals that wait for an agent that takes none. */
    private static final int MOST_SIGNALS = 64;
}
