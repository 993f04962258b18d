package dev.hv.cpu.instructions.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.apic.FakeApic;
import dev.hv.cpu.instructions.Bare;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random writes and reads of MSRs, control and debug registers and XCR0 on every model: they succeed or raise #GP or #UD, what was written can be
 * read, and a fault leaves the register as it was. {@code -Dhv.fuzz.seconds=N} goes on with other seeds.
 */
class SystemRegistersFuzzTest {

    private static final int ROUNDS = 60;
    private static final int BYTES = 2048;
    private static final int[] RDMSR = {0x0F, 0x32};
    private static final int[] WRMSR = {0x0F, 0x30};
    private static final int[] XSETBV = {0x0F, 0x01, 0xD1};
    private static final int[] XGETBV = {0x0F, 0x01, 0xD0};
    private static final int[] LMSW = {0x0F, 0x01, 0xF0};
    private static final List<String> MODELS = java.util.stream.Stream.concat(CpuModels.names().stream(), java.util.stream.Stream.of("amd,+la57,+shstk")).toList();
    /** Where MSRs lie. */
    private static final int[] BASES = {0, 0x40, 0x80, 0xC0, 0x100, 0x170, 0x180, 0x1A0, 0x1D0, 0x200, 0x240, 0x260, 0x277, 0x300, 0x380, 0x400, 0x480, 0x4C0, 0x560, 0x6A0, 0x6E0,
        0x800, 0x830, 0xDA0, 0x40000000, 0x4B564D00, 0xC0000080, 0xC0000100, 0xC0010000, 0xC0010010, 0xC0010110, 0xC0010140, 0xC0010200, 0xC0011020};

    private Bare m;
    private long cr0;
    private long cr3;
    private long cr4;
    private long efer;
    private long xcr0;

    private void fresh(String model) {
        m = Bare.mode64(CpuModels.parse(model));
        Cpu c = m.c;
        c.apic = new FakeApic(c);
        cr0 = c.cr0;
        cr3 = c.cr3;
        cr4 = c.cr4;
        efer = c.efer;
        xcr0 = c.xcr0;
    }

    @FuzzTest
    void registersTakeOrRefuse(byte[] data) {
        for (String model : MODELS) {
            fresh(model);
            play(ByteBuffer.wrap(data));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void randomNumbersAndValues(int seed) {
        long end = System.nanoTime() + Long.getLong("hv.fuzz.seconds", 0) * 1_000_000_000L;
        var random = new Random(seed);
        byte[] data = new byte[BYTES];
        int taken = 0;
        do {
            for (int i = 0; i < ROUNDS; i++) {
                if (i % 8 == 0) {
                    fresh(MODELS.get(i / 8 % MODELS.size()));
                }
                random.nextBytes(data);
                taken += play(ByteBuffer.wrap(data));
            }
        } while (System.nanoTime() < end);
        assertThat(taken).as("values that were taken").isGreaterThan(ROUNDS);
    }

    private int play(ByteBuffer data) {
        int taken = 0;
        while (data.remaining() >= 24) {
            Cpu c = m.c;
            int kind = data.get() & 7;
            int which = data.get() & 0xFF;
            long value = value(data);
            c.gpr(Cpu.RAX, value & 0xFFFFFFFFL);
            c.gpr(Cpu.RDX, value >>> 32);
            switch (kind) {
                case 0, 1, 2, 3 -> {
                    c.gpr(Cpu.RCX, BASES[which % BASES.length] + (data.get() & 31) & 0xFFFFFFFFL);
                    boolean written = step(WRMSR);
                    restore();
                    taken += written ? 1 : 0;
                    step(RDMSR);
                }
                case 4, 5 -> {
                    // mov crN, rax and back
                    int n = which & 15;
                    c.gpr(Cpu.RAX, value);
                    boolean written = step((which & 8) != 0 ? 0x44 : 0x40, 0x0F, 0x22, 0xC0 | (n & 7) << 3);
                    taken += written ? 1 : 0;
                    restore();
                    step((which & 8) != 0 ? 0x44 : 0x40, 0x0F, 0x20, 0xC0 | (n & 7) << 3);
                }
                case 6 -> {
                    c.gpr(Cpu.RAX, value);
                    step(0x0F, 0x23, 0xC0 | (which & 7) << 3);
                    c.dr[7] = 0x400;
                    step(0x0F, 0x21, 0xC0 | (which & 7) << 3);
                }
                default -> {
                    c.gpr(Cpu.RCX, which & 3);
                    long before = c.xcr0;
                    if (!step(XSETBV)) {
                        assertThat(c.xcr0).isEqualTo(before);
                    }
                    restore();
                    step(XGETBV);
                    step(LMSW);
                }
            }
            restore();
        }
        return taken;
    }

    private static long value(ByteBuffer data) {
        return switch (data.get() & 3) {
            case 0 -> data.getLong();
            case 1 -> 1L << (data.get() & 63);
            case 2 -> data.getShort() & 0xFFFF;
            default -> ~(1L << (data.get() & 63));
        };
    }

    /** Whether an instruction did what it says; else it raised #GP or #UD, or a debug exception that was asked for. */
    private boolean step(int... code) {
        try {
            m.engine.clearCode();
            m.code(code).step();
            return true;
        } catch (GuestFault f) {
            assertThat(f.vector).isIn(Vector.GP, Vector.UD, Vector.DB);
            return false;
        }
    }

    /** The machine goes on in 64-bit mode under its own page tables. */
    private void restore() {
        Cpu c = m.c;
        c.cr0 = cr0;
        c.cr3 = cr3;
        c.cr4 = cr4 | c.cr4 & 1 << 18;
        c.efer = efer;
        c.xcr0 = xcr0;
        c.dr[7] = 0x400;
        c.debugCtl = 0;
        c.supervisorCet = 0;
        c.userCet = 0;
        c.pendingDebug = 0;
        c.setRflags(2);
        Modes.update(c);
        c.events = 0;
        c.tlb.flushAll();
    }
}
