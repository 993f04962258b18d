package dev.hv.devices.ahci;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.fuzz.FuzzSeed;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.vmbus.guest.TestClock;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Random commands, frames, lists and registers: no exception leaves the adapter, a write-protected disk stays as it is, and a reset mends everything. */
class AhciFuzzTest {

    private static final int MOST_STEPS = 40;
    private static final int REGISTERS = 0x400;
    /** IDENTIFY, reads and writes by DMA and PIO, queued ones, flush, trim, log, verify, standby, set features. */
    private static final int[] COMMANDS = {0xEC, 0xC8, 0x25, 0xCA, 0x35, 0x20, 0x24, 0x30, 0x34, 0x29, 0x39, 0x60, 0x61, 0xE7, 0xEA, 0x06, 0x2F, 0x47, 0x40, 0x42, 0xE0, 0xEF};

    @FuzzTest
    void randomCommandsHarmNobody(FuzzedDataProvider data) {
        run(data);
    }

    /** What the fuzzer begins with is what Linux' libata does: each kind of transfer reaches the disk. */
    @Test
    void seedsDoWhatDriversDo() throws Exception {
        assertThat(FuzzSeed.kept(AhciFuzzTest.class, "randomCommandsHarmNobody", List.of(transfers(false), transfers(true), queued(false), queued(true)))).isTrue();
        for (boolean timed : new boolean[] {false, true}) {
            byte[] before = new AhciGuest(new AtOnce()).contents;
            byte[] after = run(transfers(timed).provider());
            assertThat(Arrays.copyOfRange(after, 16 * 512, 24 * 512)).as("WRITE DMA EXT").isNotEqualTo(Arrays.copyOfRange(before, 16 * 512, 24 * 512));
            assertThat(Arrays.copyOfRange(after, 40 * 512, 42 * 512)).as("WRITE SECTORS").isNotEqualTo(Arrays.copyOfRange(before, 40 * 512, 42 * 512));
            after = run(queued(timed).provider());
            assertThat(Arrays.copyOfRange(after, 64 * 512, 72 * 512)).as("WRITE FPDMA QUEUED").isNotEqualTo(Arrays.copyOfRange(before, 64 * 512, 72 * 512));
        }
    }

    private static FuzzSeed transfers(boolean timed) {
        var s = new FuzzSeed().bool(timed);
        step(s, 0, 0xEC, 0, 1, 0, 512, false);
        step(s, 1, 0x25, 8, 8, 0, 4096, false);
        step(s, 2, 0x35, 16, 8, 0, 4096, false);
        step(s, 3, 0x24, 32, 2, 0, 1024, false);
        step(s, 4, 0x30, 40, 2, 0, 1024, false);
        step(s, 7, 0x42, 8, 8, 0, 0, false);
        step(s, 8, 0xEA, 0, 0, 0, 0, false);
        step(s, 6, 0x06, 0, 1, 1, 512, false);
        // what a drive may refuse stops its port, so it comes last
        step(s, 0, 0xEF, 0, 0x46, 3, 0, false);
        step(s, 9, 0x47, 0x10, 1, 0, 512, false);
        step(s, 10, 0x2F, 0x10, 1, 0, 512, false);
        return step(s, 11, 0x29, 48, 8, 0, 4096, false);
    }

    private static FuzzSeed queued(boolean timed) {
        var s = new FuzzSeed().bool(timed);
        step(s, 0, 0xEC, 0, 1, 0, 512, false);
        for (int slot = 0; slot < 8; slot++) {
            step(s, slot, slot % 2 == 0 ? 0x61 : 0x60, 64 + 8 * slot, 0, 8, 4096, true);
        }
        return step(s, 8, 0xEA, 0, 0, 0, 0, false);
    }

    /** A command as {@link #command} takes it, half a millisecond, and interrupts acknowledged. */
    private static FuzzSeed step(FuzzSeed s, int slot, int code, int sector, int count, int features, int bytes, boolean queued) {
        s.in(0, 6, 0).in(0, 31, slot).bool(queued);
        if (!queued) {
            s.in(0, 0xFFFF, count);
        }
        s.in(0, 7, 1).pick(COMMANDS, code).in(-1, 9000, sector).in(0, 200, features).in(0, 7, 1).in(0, 0x4_0000, bytes).in(0, 7, 1).in(0, 3, 1).bool(queued).in(0, 7, 1);
        s.in(0, REGISTERS / 4 - 1, 0x120 / 4);
        s.in(0, 6, 6).in(0, 1_000_000, 500_000).in(0, REGISTERS / 4 - 1, 0x110 / 4);
        return s.in(0, 6, 2).pick(new int[] {0x10, 0x14, 0x18, 0x2C, 0x30, 0x34, 0x38, 0x00, 0x08}, 0x10).bool(false).integer(-1).in(0, REGISTERS / 4 - 1, 2);
    }

    /** Carries out what is asked for; what is on the first disk in the end. */
    private static byte[] run(FuzzedDataProvider data) {
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
        return guest.contents;
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
