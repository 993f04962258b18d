package dev.hv.devices.ahci;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.vmbus.guest.TestClock;
import java.util.Arrays;

/** Random commands, frames, lists and registers: no exception leaves the adapter, a write-protected disk stays as it is, and a reset mends everything. */
class AhciFuzzTest {

    private static final int MOST_STEPS = 40;
    private static final int REGISTERS = 0x400;
    /** IDENTIFY, reads and writes by DMA and PIO, queued ones, flush, trim, log, verify, standby, set features. */
    private static final int[] COMMANDS = {0xEC, 0xC8, 0x25, 0xCA, 0x35, 0x20, 0x24, 0x30, 0x34, 0x29, 0x39, 0x60, 0x61, 0xE7, 0xEA, 0x06, 0x2F, 0x47, 0x40, 0x42, 0xE0, 0xEF};

    @FuzzTest
    void randomCommandsHarmNobody(FuzzedDataProvider data) {
        var clock = new TestClock();
        boolean timed = data.consumeBoolean();
        var guest = new AhciGuest(timed ? new TimedQueues(clock) : new AtOnce());
        guest.up();
        for (int i = 0; i < MOST_STEPS && data.remainingBytes() > 0; i++) {
            switch (data.consumeInt(0, 6)) {
                case 0, 1 -> command(guest, data);
                case 2 -> guest.write(AhciGuest.PORT + data.pickValue(new int[] {0x10, 0x14, 0x18, 0x2C, 0x30, 0x34, 0x38, 0x00, 0x08}) + (data.consumeBoolean() ? 0x80 : 0), data.consumeInt());
                case 3 -> guest.machine.bus.writeMmio(guest.base + data.consumeInt(0, REGISTERS - 8), 1 << data.consumeInt(0, 3), data.consumeLong());
                case 4 -> {
                    byte[] bytes = data.consumeBytes(64);
                    System.arraycopy(bytes, 0, guest.machine.memory, AhciGuest.LIST + data.consumeInt(0, 0x3000), bytes.length);
                }
                case 5 -> guest.machine.configure(0, 3, data.consumeInt(0, 0x3F) * 4, 4, data.consumeInt());
                default -> clock.advance(data.consumeInt(0, 1_000_000));
            }
            guest.register(data.consumeInt(0, REGISTERS / 4 - 1) * 4);
        }
        if (timed) {
            var other = new AhciGuest(new TimedQueues(new TestClock()));
            RecordedState.copy(guest.controller, other.controller);
        }
        clock.advance(1_000_000_000L);
        assertThat(guest.other).containsOnly(0);
        guest.machine.host.reset();
        guest.controller.reset();
        guest.machine.configure(0, 3, 4, 2, 6);
        Arrays.fill(guest.machine.memory, (byte) 0);
        guest.up();
        guest.put(0, 0xEC, 0, 0, 0, AhciGuest.DATA, 512);
        guest.issue(1);
        clock.advance(1_000_000_000L);
        assertThat(guest.register(AhciGuest.PORT + 0x20) & 0xFF).as("identifies itself").isEqualTo(0x50);
        assertThat(guest.machine.memory[AhciGuest.DATA + 1]).isZero();
        assertThat(guest.memory(AhciGuest.DATA, 512)).isNotEqualTo(new byte[512]);
    }

    private static void command(AhciGuest guest, FuzzedDataProvider data) {
        int slot = data.consumeInt(0, 31);
        // queued ones have their tag in the count
        int count = data.consumeBoolean() ? slot << 3 : data.consumeInt(0, 0xFFFF);
        guest.put(slot, data.consumeInt(0, 7) == 0 ? data.consumeInt(0, 0xFF) : data.pickValue(COMMANDS), data.consumeInt(-1, 9000), count, data.consumeInt(0, 200),
                data.consumeInt(0, 7) == 0 ? data.consumeInt() : AhciGuest.DATA, data.consumeInt(0, 0x4_0000));
        if (data.consumeInt(0, 7) == 0) {
            guest.machine.memory[AhciGuest.TABLES + 0x400 * slot + data.consumeInt(0, 19)] = data.consumeByte();
        }
        int port = AhciGuest.PORT + (data.consumeInt(0, 3) == 0 ? 0x80 : 0);
        if (data.consumeBoolean()) {
            guest.write(port + 0x34, 1 << slot);
        }
        guest.write(port + 0x38, data.consumeInt(0, 7) == 0 ? data.consumeInt() : 1 << slot);
    }
}
