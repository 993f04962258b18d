package dev.hv.devices.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.vmbus.guest.TestClock;
import java.util.Arrays;

/** Random commands, doorbells, lists and registers: no exception leaves the controller, a write-protected namespace stays as it is, and a reset mends everything. */
class NvmeFuzzTest {

    private static final int MOST_STEPS = 40;
    private static final int[] COMMANDS = {0x00, 0x01, 0x02, 0x05, 0x08, 0x09};
    private static final int[] ADMIN = {0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0A, 0x0C};

    @FuzzTest
    void randomCommandsHarmNobody(FuzzedDataProvider data) {
        var clock = new TestClock();
        boolean timed = data.consumeBoolean();
        var guest = new NvmeGuest(timed ? new TimedQueues(clock) : new AtOnce());
        guest.up();
        for (int i = 0; i < MOST_STEPS && data.remainingBytes() > 0; i++) {
            switch (data.consumeInt(0, 6)) {
                case 0 -> guest.sendAdmin(command(data, ADMIN));
                case 1, 2 -> guest.send(command(data, COMMANDS));
                case 3 -> guest.machine.bus.writeMmio(guest.base + data.consumeInt(0, NvmeFormat.BAR_BYTES - 8), 1 << data.consumeInt(0, 3), data.consumeLong());
                case 4 -> {
                    byte[] bytes = data.consumeBytes(64);
                    System.arraycopy(bytes, 0, guest.machine.memory, NvmeGuest.DATA + data.consumeInt(0, 0x1000), bytes.length);
                }
                case 5 -> guest.machine.configure(0, 2, data.consumeInt(0, 0x3F) * 4, 4, data.consumeInt());
                default -> clock.advance(data.consumeInt(0, 1_000_000));
            }
        }
        if (timed) {
            var other = new NvmeGuest(new TimedQueues(new TestClock()));
            RecordedState.copy(guest.controller, other.controller);
        }
        clock.advance(1_000_000_000L);
        assertThat(guest.other).containsOnly(0);
        guest.machine.host.reset();
        guest.controller.reset();
        guest.machine.configure(0, 2, 4, 2, 6);
        Arrays.fill(guest.machine.memory, (byte) 0);
        guest.enable();
        assertThat(guest.register(0x1C)).isEqualTo(1);
    }

    private static byte[] command(FuzzedDataProvider data, int[] opcodes) {
        byte[] c = NvmeGuest.command(data.consumeInt(0, 7) == 0 ? data.consumeInt() : data.pickValue(opcodes), 0, data.consumeInt(-1, 3), address(data), address(data), data.consumeInt(-1, 5000),
                data.consumeInt(-1, 7), data.consumeInt(-1, 20), data.consumeInt(-1, 3));
        c[1] = (byte) data.pickValue(new int[] {0, 0, 0, 0x40, 0x80, 0xC0, 1});
        if (c[1] != 0) {
            c[39] = (byte) (data.consumeInt(0, 5) << 4);
        }
        return c;
    }

    private static long address(FuzzedDataProvider data) {
        return data.consumeInt(0, 5) == 0 ? data.consumeLong() : NvmeGuest.DATA + data.consumeInt(0, 0x1800);
    }
}
