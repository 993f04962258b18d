package dev.hv.cpu.svm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.GuestFault;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random VMCBs, nested and guest page tables, host save areas, MSRs and code: every entry ends in an exit, in shutdown or with its budget used up, never
 * in a Java exception, and the state in between can be saved. Equal seeds give equal runs.
 */
class VmcbFuzzTest {

    private static final int ENTRIES = 60;
    private static final long BUDGET = 400;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    /** Ends of the fields of a control area and of a save area that mean something. */
    private static final int CONTROL = 0x108;
    private static final int SAVE = 0x400;
    private static final int SAVE_END = 0x6A0;
    private static final int[] MSRS = {0x1B, 0x1D9, 0x277, 0xC0000080, 0xC0000081, 0xC0000082, 0xC0000100, 0xC0000102, 0xC0000104, 0xC0010114, 0xC0010115,
        0xC0010116, 0xC0010117, 0xC0010118, 0xC001011B, 0x1DB, 0x802, 0x830};

    private Random random = new Random();

    @FuzzTest
    void nothingThatAHypervisorSaysHarmsTheProcessor(byte[] data) {
        var choices = new Choices(data);
        random = choices;
        try (SvmFixture f = new SvmFixture()) {
            byte[] good = bytes(f);
            while (choices.left()) {
                restoreVmcb(f, good);
                mutate(f);
                enter(f);
            }
        }
    }

    /** Takes what is random elsewhere from bytes, and zeroes when they are used up. */
    private static final class Choices extends Random {
        private final byte[] data;
        private int at;

        Choices(byte[] data) {
            super(0);
            this.data = data;
        }

        boolean left() {
            return at < data.length;
        }

        @Override
        protected int next(int bits) {
            int value = 0;
            for (int i = 0; i < bits; i += 8) {
                value = value << 8 | (left() ? data[at++] & 0xFF : 0);
            }
            return bits == 32 ? value : value & (1 << bits) - 1;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void nothingLeavesTheProcessor(long seed) {
        Assertions.assertTimeoutPreemptively(LIMIT, () -> {
            int first = run(seed);
            assertThat(run(seed)).as("the same run again").isEqualTo(first);
        });
    }

    /** A run of some entries; gives a hash of what happened. */
    private int run(long seed) {
        random = new Random(seed);
        int hash = 0;
        try (SvmFixture f = new SvmFixture()) {
            byte[] good = bytes(f);
            for (int i = 0; i < ENTRIES; i++) {
                restoreVmcb(f, good);
                mutate(f);
                hash = 31 * hash + enter(f);
            }
            assertThatNoException().isThrownBy(() -> RecordedState.copy(f.unit, f.unit));
        }
        return hash;
    }

    private int enter(SvmFixture f) {
        if (!f.unit.validAddress(SvmFixture.VMCB)) {
            return 0;
        }
        f.unit.vmrun(SvmFixture.VMCB);
        RunResult result = f.engine.run(BUDGET);
        if (random.nextInt(4) == 0) {
            RecordedState.copy(f.unit, f.unit);
            f.unit.doorbell(f.c);
            if (f.unit.inGuest()) {
                result = f.engine.run(BUDGET);
            }
        }
        int seen = (int) f.r(0x70) * 31 + result.ordinal() + (int) f.c.rip;
        // whatever the guest was doing, the next one begins on a host that is whole
        f.unit.reset(f.c);
        f.host();
        return seen;
    }

    private static byte[] bytes(SvmFixture f) {
        byte[] all = new byte[0x1000];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) f.get8(SvmFixture.VMCB + i);
        }
        return all;
    }

    private static void restoreVmcb(SvmFixture f, byte[] all) {
        for (int i = 0; i < all.length; i++) {
            f.put8(SvmFixture.VMCB + i, all[i]);
        }
    }

    private void mutate(SvmFixture f) {
        for (int n = random.nextInt(6); n > 0; n--) {
            f.put64(SvmFixture.VMCB + (random.nextInt(CONTROL) & ~7), value());
        }
        for (int n = random.nextInt(5); n > 0; n--) {
            f.put64(SvmFixture.VMCB + SAVE + (random.nextInt(SAVE_END - SAVE) & ~7), value());
        }
        for (int n = random.nextInt(4); n > 0; n--) {
            f.put64(SvmFixture.NPT_PML4 + (random.nextInt(0x4000) & ~7), value());
        }
        for (int n = random.nextInt(4); n > 0; n--) {
            f.put64(SvmFixture.GUEST + SvmFixture.GUEST_PML4 + (random.nextInt(0x3000) & ~7), value());
        }
        if (random.nextInt(3) == 0) {
            // AVIC on pages of ours: more of it is reached
            f.w(0x60, f.r(0x60) | (random.nextBoolean() ? 1L << 31 : 3L << 30));
            f.w(0x98, 0x5000);
            f.w(0xE0, 0x20000);
            f.w(0xF8, 0x22000 | random.nextInt(4));
            f.put64(0x22000 + 8L * random.nextInt(4), value() | 1L << 63);
            f.put64(0x20000 + 16L * random.nextInt(256), value());
        }
        int[] code = new int[32];
        for (int i = 0; i < code.length; i++) {
            code[i] = random.nextInt(256);
        }
        f.code(0x1000 + random.nextInt(4), code);
        for (int n = random.nextInt(4); n > 0; n--) {
            int msr = random.nextInt(3) == 0 ? random.nextInt() : MSRS[random.nextInt(MSRS.length)];
            try {
                Msrs.write(f.c, msr, value());
                Msrs.read(f.c, msr);
            } catch (GuestFault refused) {
                assertThat(refused.vector).isEqualTo(13);
            }
        }
        if (random.nextInt(3) == 0) {
            f.put64(SvmFixture.HOST_SAVE + SAVE + (random.nextInt(SAVE_END - SAVE) & ~7), value());
        }
    }

    /** Values at and around corners, addresses of what is there, and any. */
    private long value() {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 1L << random.nextInt(64);
            case 3 -> (long) random.nextInt(0x400) << 12 | random.nextInt(0x200);
            case 4 -> random.nextInt(0x10000);
            default -> random.nextLong();
        };
    }
}
