package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.PortBus;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random bytes as code, in every mode and at both privilege levels that systems use: the guest gets what its processor gives it, faults delivered
 * through its own tables, and neither an exception of Java's nor a hang comes out of the engines. Seeds are fixed;
 * {@code -Dhv.fuzz.seconds=N} goes on with others for so long.
 */
class RandomCodeTest {

    private static final int ROUNDS = 80;
    private static final int BUDGET = 400;
    private static final int BYTES = 0x2000;
    private static final int DATA = 0x200000;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final int[] PREFIXES = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x0F, 0x0F, 0x0F, 0xC4, 0xC5, 0x62, 0x8F, 0xD9, 0xDF};
    private static final PortBus PORTS = new PortBus() {
        @Override
        public int in(int port, int size) {
            return -1;
        }

        @Override
        public void out(int port, int size, int value) {}
    };

    @ParameterizedTest
    @CsvSource({"real, 0", "protected16, 0", "protected16, 3", "protected32, 0", "protected32, 3", "long, 0", "long, 3", "compatibility, 0", "compatibility, 3"})
    void neverHarmsTheEmulator(String mode, int level) {
        long extra = Long.getLong("hv.fuzz.seconds", 0);
        long end = System.nanoTime() + extra * 1_000_000_000L;
        assertTimeoutPreemptively(LIMIT.plusSeconds(extra), () -> {
            Random random = new Random(31 * mode.hashCode() + level);
            do {
                for (int i = 0; i < ROUNDS; i++) {
                    long seed = random.nextLong();
                    assertThatCode(() -> run(mode, level, seed)).as("%s, level %d, seed %d", mode, level, seed).doesNotThrowAnyException();
                }
            } while (System.nanoTime() < end);
        });
    }

    private static void run(String mode, int level, long seed) {
        Random random = new Random(seed);
        Guest g = guest(mode, level, (seed & 1) == 0 ? CpuModel.intelDefault() : CpuModel.amdDefault());
        fill(g, random);
        Interpreter engine = new Interpreter(g.c);
        boolean machine = (seed & 2) == 0;
        engine.use(machine ? EngineKind.MACHINE_CODE : EngineKind.INTERPRETER, machine ? 1 << 20 : 0);
        engine.warmAfter(2);
        for (int i = 0; i < 4; i++) {
            if (engine.run(BUDGET) != RunResult.BUDGET) {
                // halted, waiting or shut down: on with the next bytes
                g.c.activity = 0;
                g.c.rip += 1 + random.nextInt(64);
            }
        }
    }

    private static Guest guest(String mode, int level, CpuModel model) {
        Guest g = switch (mode) {
            case "real" -> Guest.real(model);
            case "protected16", "protected32" -> Guest.protected32(model);
            default -> Guest.long64(model);
        };
        Cpu c = g.c;
        c.ports = PORTS;
        long code = mode.equals("protected16") ? Guest.CODE16 : mode.equals("compatibility") ? Guest.CODE32 : 0;
        if (code != 0) {
            g.put64(Guest.GDT + Guest.KERNEL_CODE, code);
            g.put64(Guest.GDT + Guest.USER_CODE, code | Guest.DPL3);
            c.seg[Cpu.CS].setFromDescriptor(Guest.KERNEL_CODE, code);
        }
        if (level == 3) {
            g.user();
        }
        if (!mode.equals("real")) {
            c.cr4 |= Control.CR4_OSFXSR | Control.CR4_OSXSAVE;
            c.xcr0 = 7;
        }
        Modes.update(c);
        return g;
    }

    /** Code everywhere that faults and branches may lead to, registers that point at memory, vectors of exceptions that lead back into the code. */
    private static void fill(Guest g, Random random) {
        Cpu c = g.c;
        int start = (int) c.rip;
        for (int i = 0; i < BYTES; i++) {
            g.put8(start + i, random.nextInt(5) == 0 ? PREFIXES[random.nextInt(PREFIXES.length)] : random.nextInt(4) == 0 ? random.nextInt(0x40) : random.nextInt(256));
        }
        for (int i = 0; i < 16; i++) {
            c.gpr(i, switch (random.nextInt(4)) {
                case 0 -> random.nextLong();
                case 1 -> random.nextInt(256);
                default -> DATA + random.nextInt(0x10000);
            });
        }
        for (int vector = 0; vector < 256; vector++) {
            int target = start + random.nextInt(BYTES);
            if (!c.protectedMode()) {
                g.put32(4 * vector, target & 0xFFFF);
            } else if (c.longMode()) {
                g.gate64(vector, Guest.KERNEL_CODE, target, 15, 3, 0);
            } else {
                g.gate(vector, Guest.KERNEL_CODE, target, 15, 3);
            }
        }
    }
}
