package dev.hv.cli.agent;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.memory.LittleEndian;
import java.util.Map;
import java.util.List;

/** An agent that sends anything at all: no exception leaves the host's side, and each request ends once at most. */
class AgentFuzzTest {

    private static final int MOST_STEPS = 64;

    @FuzzTest
    void nothingThatAGuestSendsHarmsItsHost(FuzzedDataProvider data) {
        var clock = new ManualClock();
        var agent = new HostAgent(clock, null, bytes -> { });
        var heard = new Heard();
        int[] results = new int[2];
        frame(agent, LineFrames.HELLO, 0, new byte[] {AgentProtocol.VERSION, 0, 0, 0});
        agent.run(new GuestCommand(List.of("x"), Map.of("A", "b"), "/", new byte[40_000], 1_000_000_000), heard);
        agent.get("/f", r -> results[0]++);
        agent.put(new byte[20_000], "/f", 0644, r -> results[1]++);
        int[] offsets = new int[4];
        for (int i = 0; i < MOST_STEPS && data.remainingBytes() > 0; i++) {
            int stream = data.consumeInt(0, 3);
            switch (data.consumeInt(0, 4)) {
                case 0 -> give(agent, data.consumeBytes(40));
                case 1 -> frame(agent, data.consumeInt(0, 255), stream, data.consumeBytes(24));
                case 2 -> clock.advance(data.consumeInt(0, 1_000_000_000));
                default -> {
                    byte[] payload = data.consumeBytes(data.consumeInt(0, 64));
                    byte[] message = data.consumeBoolean() ? payload : MessageReader.message(data.consumeInt(15, 24), payload);
                    byte[] all = new byte[4 + message.length];
                    LittleEndian.put32(all, 0, offsets[stream]);
                    System.arraycopy(message, 0, all, 4, message.length);
                    offsets[stream] += message.length;
                    frame(agent, LineFrames.DATA, stream, all);
                }
            }
        }
        agent.end("over");
        if (heard.ends != 1 || results[0] != 1 || results[1] != 1) {
            throw new AssertionError("ended " + heard.ends + ", " + results[0] + " and " + results[1] + " times");
        }
    }

    private static void frame(HostAgent agent, int kind, int stream, byte[] payload) {
        give(agent, LineFrames.frame(kind, stream, payload, 0, payload.length));
    }

    private static void give(HostAgent agent, byte[] bytes) {
        for (byte b : bytes) {
            agent.received(b & 0xFF);
        }
    }
}
