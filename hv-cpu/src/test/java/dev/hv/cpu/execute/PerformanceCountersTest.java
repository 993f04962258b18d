package dev.hv.cpu.execute;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.apic.FakeApic;
import dev.hv.cpu.events.Guest;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.PerformanceCounters;
import dev.hv.cpu.state.Vector;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Performance counters of both vendors (SDM vol. 3B, 20.2; APM vol. 2, 13.2.1): exact, and the same on every engine however a run is cut. */
class PerformanceCountersTest {

    private static final int LOOPS = 1000;
    /** Levels above 0, level 0, interrupt, enable. */
    private static final int USER = 1 << 16;
    private static final int SYSTEM = 1 << 17;
    private static final int INTERRUPT = 1 << 20;
    private static final int ENABLE = 1 << 22;
    private static final int ON = USER | SYSTEM | ENABLE;
    private static final int HLT = 0xF4;
    /** mov ecx, LOOPS; 1: nop; nop; loop 1b; hlt: counted from the first instruction on. */
    private static final int[] LOOP = {0xB9, LOOPS & 0xFF, LOOPS >> 8, 0, 0, 0x90, 0x90, 0xE2, 0xFC, HLT};
    private static final int INSTRUCTIONS = 2 + 3 * LOOPS;

    private static final class Interrupts extends FakeApic {
        private final List<Long> at = new ArrayList<>();
        private final Cpu c;
        private boolean masks;

        Interrupts(Cpu c) {
            super(c);
            this.c = c;
        }

        @Override
        public void performanceInterrupt(boolean mask) {
            at.add(c.instructions);
            masks = mask;
        }
    }

    private Guest g;
    private Cpu c;
    private Interrupts interrupts;

    private void on(String model) {
        g = Guest.long64(CpuModels.parse(model));
        c = g.c;
        interrupts = new Interrupts(c);
        c.apic = interrupts;
        for (int i = 0; i < LOOP.length; i++) {
            g.put8(Guest.CODE + i, LOOP[i]);
        }
    }

    private int selectOf(int counter) {
        return c.model.intel() ? 0x186 + counter : 0xC0010200 + 2 * counter;
    }

    private int counter(int counter) {
        return c.model.intel() ? 0xC1 + counter : 0xC0010201 + 2 * counter;
    }

    /** Sets a counter to an event, named as Intel names them. */
    private void count(int counter, String event, int flags) {
        boolean intel = c.model.intel();
        long code = switch (event) {
            case "instructions" -> 0xC0;
            case "cycles" -> intel ? 0x3C : 0x76;
            case "reference" -> intel ? 0x13C : 0x100000120L;
            case "branches" -> intel ? 0xC4 : 0xC2;
            default -> intel ? 0xC5 : 0xC3;
        };
        Msrs.write(c, selectOf(counter), code | flags);
    }

    private long value(int counter) {
        return Msrs.read(c, counter(counter));
    }

    private void run(EngineKind kind, long piece) {
        var engine = new Interpreter(c);
        engine.use(kind, 1 << 20);
        engine.warmAfter(2);
        while (engine.run(piece) == RunResult.BUDGET) {
            // on it goes
        }
        assertThat(c.activity).isEqualTo(Cpu.HALTED);
    }

    static Stream<Arguments> engines() {
        return Stream.of("intel", "amd").flatMap(model -> Stream.of(EngineKind.values())
                .flatMap(kind -> Stream.of(7L, 1_000_000L).map(piece -> Arguments.of(model, kind, piece))));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void everythingIsCountedExactly(String model, EngineKind kind, long piece) {
        on(model);
        count(0, "instructions", ON);
        count(1, "cycles", ON);
        count(2, "reference", ON);
        run(kind, piece);
        assertThat(value(0)).isEqualTo(INSTRUCTIONS);
        assertThat(value(1)).isEqualTo(INSTRUCTIONS);
        assertThat(value(2)).as("10 ns of a clock of 2 GHz").isEqualTo(20L * INSTRUCTIONS);
    }

    @ParameterizedTest
    @MethodSource("engines")
    void branchesAndMissesAreCountedOneByOne(String model, EngineKind kind, long piece) {
        on(model);
        count(0, "branches", ON);
        count(1, "misses", ON);
        run(kind, piece);
        assertThat(value(0)).isEqualTo(LOOPS);
        assertThat(value(1)).as("into the loop, and out of it").isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("engines")
    void anOverflowInterruptsBehindTheInstructionThatMakesIt(String model, EngineKind kind, long piece) {
        on(model);
        Msrs.write(c, counter(0), -100);
        count(0, "instructions", ON | INTERRUPT);
        long from = c.instructions;
        run(kind, piece);
        assertThat(interrupts.at).containsExactly(from + 100);
        assertThat(interrupts.masks).isEqualTo(c.model.intel());
        assertThat(value(0)).isEqualTo(INSTRUCTIONS - 100);
        if (c.model.intel()) {
            assertThat(Msrs.read(c, 0x38E)).isEqualTo(1);
            Msrs.write(c, 0x390, 1);
            assertThat(Msrs.read(c, 0x38E)).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aLevelCountsItsInstructionsAlone(String model, EngineKind kind, long piece) {
        on(model);
        count(0, "instructions", USER | ENABLE);
        count(1, "instructions", SYSTEM | ENABLE);
        g.user();
        g.gate64(Vector.GP, Guest.KERNEL_CODE, Guest.CODE + LOOP.length - 1, 14, 0, 0);
        run(kind, piece);
        assertThat(value(0)).as("all but HLT, which faults").isEqualTo(INSTRUCTIONS - 1);
        assertThat(value(1)).as("HLT in the handler").isEqualTo(1);
    }

    @Test
    void fixedCountersAndFreezing() {
        on("intel");
        Msrs.write(c, 0x38F, 7L << 32);
        Msrs.write(c, 0x38D, 0xB33);
        Msrs.write(c, 0x30B, PerformanceCounters.MASK - 1999);
        Msrs.write(c, Msrs.DEBUGCTL, 1 << 12);
        run(EngineKind.MACHINE_CODE, 1000);
        assertThat(Msrs.read(c, 0x309)).isEqualTo(100);
        assertThat(Msrs.read(c, 0x30A)).isEqualTo(100);
        assertThat(Msrs.read(c, 0x30B)).isZero();
        assertThat(Msrs.read(c, 0x38F)).as("frozen").isZero();
        assertThat(Msrs.read(c, 0x38E)).isEqualTo(1L << 34);
        assertThat(interrupts.at).hasSize(1);
    }

    @Test
    void aCounterMaskAboveOneIsNeverMet() {
        on("intel");
        count(0, "instructions", ON | 2 << 24);
        count(1, "instructions", ON | 2 << 24 | 1 << 23);
        run(EngineKind.MACHINE_CODE, 1000);
        assertThat(value(0)).isZero();
        assertThat(value(1)).isEqualTo(INSTRUCTIONS);
    }

    @Test
    void registersRefuseWhatIsReserved() {
        on("intel");
        for (int[] bad : new int[][] {{0x186, 1 << 21}, {0x38D, 4}, {0x38F, 16}, {0x38E, 0}, {0x345, 0}}) {
            assertThat(fault(() -> Msrs.write(c, bad[0], bad[1]))).isEqualTo(with(Vector.GP, 0));
        }
        assertThat(fault(() -> Msrs.write(c, 0x4C1, 1L << 48))).isEqualTo(with(Vector.GP, 0));
        Msrs.write(c, 0xC1, 0x80000000L);
        assertThat(Msrs.read(c, 0x4C1)).isEqualTo(0xFFFF80000000L);
        on("intel,-pdcm");
        assertThat(fault(() -> Msrs.read(c, 0xC1))).isEqualTo(with(Vector.GP, 0));
        on("amd");
        Msrs.write(c, 0xC0010007, 5);
        assertThat(Msrs.read(c, 0xC0010207)).as("the K7's fourth").isEqualTo(5);
    }

    @Test
    void countersAreSavedAsTheyStand() {
        on("amd");
        count(0, "instructions", ON | INTERRUPT);
        Msrs.write(c, counter(0), -1000);
        var engine = new Interpreter(c);
        engine.run(600);
        var other = Guest.long64(CpuModels.parse("amd"));
        RecordedState.copy(c, other.c);
        assertThat(Msrs.read(other.c, counter(0))).isEqualTo(PerformanceCounters.MASK + 1 - 400);
    }
}
