package dev.hv.devices.nvme;

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

/** Random commands, doorbells, lists and registers: no exception leaves the controller, a write-protected namespace stays as it is, and a reset mends everything. */
class NvmeFuzzTest {

    private static final int MOST_STEPS = 40;
    private static final int[] COMMANDS = {0x00, 0x01, 0x02, 0x05, 0x08, 0x09};
    private static final int[] FLAGS = {0, 0, 0, 0x40, 0x80, 0xC0, 1};
    private static final int[] ADMIN = {0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0A, 0x0C};

    @FuzzTest
    void randomCommandsHarmNobody(FuzzedDataProvider data) {
        run(data);
    }

    /** What the fuzzer begins with is what Linux' driver does: writes by pages, by a list and by SGL reach the disk. */
    @Test
    void seedsDoWhatDriversDo() throws Exception {
        assertThat(FuzzSeed.kept(NvmeFuzzTest.class, "randomCommandsHarmNobody", List.of(traffic(false), traffic(true)))).isTrue();
        byte[] before = new NvmeGuest(new AtOnce()).contents;
        for (boolean timed : new boolean[] {false, true}) {
            byte[] after = run(traffic(timed).provider());
            assertThat(Arrays.copyOfRange(after, 16 * 512, 24 * 512)).as("one page").isNotEqualTo(Arrays.copyOfRange(before, 16 * 512, 24 * 512));
            assertThat(Arrays.copyOfRange(after, 32 * 512, 48 * 512)).as("two pages").isNotEqualTo(Arrays.copyOfRange(before, 32 * 512, 48 * 512));
            assertThat(Arrays.copyOfRange(after, 64 * 512, 72 * 512)).as("zeroes").containsOnly(0);
        }
    }

    private static FuzzSeed traffic(boolean timed) {
        var s = new FuzzSeed().bool(timed);
        step(s, true, 0x06, 0, 0, 0, 1, 0, 0, 0);
        step(s, true, 0x06, 1, 0, 0, 0, 0, 0, 0);
        step(s, true, 0x09, 0, 0, 0, 7, 7, 0, 0);
        step(s, true, 0x02, -1, 0, 0, 2, 0, 0, 0);
        step(s, true, 0x0C, 0, 0, 0, 0, 0, 0, 0);
        step(s, false, 0x02, 1, 0, 0, 8, 0, 7, 0);
        step(s, false, 0x01, 1, 0, 0, 16, 0, 7, 0);
        step(s, false, 0x01, 1, 0, 0x1000, 32, 0, 15, 0);
        step(s, false, 0x05, 1, 0, 0x1000, 32, 0, 15, 0);
        step(s, false, 0x08, 1, 0, 0, 64, 0, 7, 0);
        step(s, false, 0x09, 1, 0, 0, 0, 4, 0, 0);
        step(s, false, 0x02, 1, 0, 0x1000, 0, 0, 7, 0x40);
        step(s, false, 0x01, 2, 0, 0, 0, 0, 0, 0);
        return step(s, false, 0x00, 1, 0, 0, 0, 0, 0, 0);
    }

    /** A command as {@link #command} takes it, and half a millisecond. */
    private static FuzzSeed step(FuzzSeed s, boolean admin, int opcode, int namespace, int first, int second, int c10, int c11, int c12, int flags) {
        s.in(0, 6, admin ? 0 : 1).in(0, 7, 1).pick(admin ? ADMIN : COMMANDS, opcode).in(-1, 3, namespace);
        for (int offset : new int[] {first, second}) {
            s.in(0, 5, 1).in(0, 0x1800, offset);
        }
        s.in(-1, 5000, c10).in(-1, 7, c11).in(-1, 20, c12).in(-1, 3, 0).pick(FLAGS, flags);
        if (flags != 0) {
            s.in(0, 5, 0);
        }
        return s.in(0, 6, 6).in(0, 1_000_000, 500_000);
    }

    /** Carries out what is asked for; what is in the first namespace in the end. */
    private static byte[] run(FuzzedDataProvider data) {
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
        return guest.contents;
    }

    private static byte[] command(FuzzedDataProvider data, int[] opcodes) {
        byte[] c = NvmeGuest.command(data.consumeInt(0, 7) == 0 ? data.consumeInt() : data.pickValue(opcodes), 0, data.consumeInt(-1, 3), address(data), address(data), data.consumeInt(-1, 5000),
                data.consumeInt(-1, 7), data.consumeInt(-1, 20), data.consumeInt(-1, 3));
        c[1] = (byte) data.pickValue(FLAGS);
        if (c[1] != 0) {
            c[39] = (byte) (data.consumeInt(0, 5) << 4);
        }
        return c;
    }

    private static long address(FuzzedDataProvider data) {
        return data.consumeInt(0, 5) == 0 ? data.consumeLong() : NvmeGuest.DATA + data.consumeInt(0, 0x1800);
    }
}
