package dev.hv.cpu.instructions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** String instructions against a byte-array model that does one element after the other, and their way with faults and events. */
class StringsTest {

    private static final int MOVSB = 0xA4;
    private static final int STOSB = 0xAA;
    private static final int CMPSB = 0xA6;
    private static final int SCASB = 0xAE;
    private static final int LODSB = 0xAC;
    private static final int WINDOW = 0x6000;

    private final Random random = new Random(5);
    private final Bare b = Bare.mode64();

    private byte[] randomWindow() {
        byte[] m = new byte[WINDOW];
        random.nextBytes(m);
        for (int i = 0; i < WINDOW; i++) {
            b.put8(Bare.DATA + i, m[i]);
        }
        return m;
    }

    private void assertWindow(String what, byte[] expected) {
        for (int i = 0; i < WINDOW; i++) {
            if (b.get8(Bare.DATA + i) != (expected[i] & 0xFF)) {
                assertThat(b.get8(Bare.DATA + i)).as(what + " byte " + i).isEqualTo(expected[i] & 0xFF);
            }
        }
    }

    /** REP prefix, operand size, and the opcode of the byte form. */
    private void string(int rep, int size, int opcode) {
        int op = size == 1 ? opcode : opcode + 1;
        if (size == 2) {
            b.code(rep, 0x66, op);
        } else if (size == 8) {
            b.code(rep, 0x48, op);
        } else {
            b.code(rep, op);
        }
    }

    private void registers(long rsi, long rdi, long rcx) {
        b.c.gpr(Cpu.RSI, rsi);
        b.c.gpr(Cpu.RDI, rdi);
        b.c.gpr(Cpu.RCX, rcx);
    }

    private int size() {
        return 1 << random.nextInt(4);
    }

    private void direction(boolean down) {
        b.c.setRflags(Rflags.FIXED | (down ? Rflags.DF : 0));
    }

    @Test
    void repeatedMovesCopyElementByElementEvenWhereTheyOverlap() {
        for (int round = 0; round < 400; round++) {
            byte[] m = randomWindow();
            int size = size();
            boolean down = random.nextInt(4) == 0;
            int count = random.nextInt(round % 4 == 0 ? 1200 : 60);
            int from = 0x2800 + random.nextInt(64);
            int to = random.nextInt(3) == 0 ? 0x2800 + random.nextInt(64) : 0x2F80 + random.nextInt(0x100);
            int step = down ? -size : size;
            for (int i = 0; i < count; i++) {
                byte[] element = new byte[size];
                for (int k = 0; k < size; k++) {
                    element[k] = m[from + i * step + k];
                }
                System.arraycopy(element, 0, m, to + i * step, size);
            }
            registers(Bare.DATA + from, Bare.DATA + to, count);
            direction(down);
            string(0xF3, size, MOVSB);
            b.step();
            String what = "size " + size + " count " + count + " from " + from + " to " + to + (down ? " down" : "");
            assertWindow(what, m);
            assertThat(b.c.gpr(Cpu.RCX)).as(what).isZero();
            assertThat(b.c.gpr(Cpu.RSI)).as(what).isEqualTo(Bare.DATA + from + (long) count * step);
            assertThat(b.c.gpr(Cpu.RDI)).as(what).isEqualTo(Bare.DATA + to + (long) count * step);
        }
    }

    @Test
    void repeatedStoresFillWithTheAccumulator() {
        for (int round = 0; round < 300; round++) {
            byte[] m = randomWindow();
            int size = size();
            boolean down = random.nextInt(4) == 0;
            int count = random.nextInt(round % 4 == 0 ? 1200 : 60);
            int to = 0x2F80 + random.nextInt(0x100);
            long value = random.nextBoolean() ? 0x5A5A_5A5A_5A5A_5A5AL : random.nextLong();
            for (int i = 0; i < count; i++) {
                LittleEndian.put(m, to + i * (down ? -size : size), size, value);
            }
            registers(0, Bare.DATA + to, count);
            b.c.gpr(Cpu.RAX, value);
            direction(down);
            string(0xF3, size, STOSB);
            b.step();
            assertWindow("size " + size + " count " + count + " to " + to, m);
            assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(value);
        }
    }

    @Test
    void loadsKeepTheLastElement() {
        byte[] m = randomWindow();
        registers(Bare.DATA + 0xFF8, 0, 10);
        b.c.gpr(Cpu.RAX, -1);
        string(0xF3, 1, LODSB);
        b.step();
        assertThat(b.c.gpr(Cpu.RAX)).isEqualTo(0xFFFF_FFFF_FFFF_FF00L | m[0x1001] & 0xFF);
        registers(Bare.DATA, 0, 3);
        string(0xF3, 4, LODSB);
        b.step();
        assertThat(b.c.gpr(Cpu.RAX)).as("the upper half is cleared").isEqualTo(b.get64(Bare.DATA + 8) & 0xFFFF_FFFFL);
    }

    @Test
    void comparisonsStopAfterTheElementThatDecides() {
        for (int round = 0; round < 300; round++) {
            int size = size();
            boolean whileEqual = random.nextBoolean();
            boolean scan = random.nextBoolean();
            boolean down = random.nextInt(4) == 0;
            int count = 1 + random.nextInt(200);
            int decides = random.nextInt(250);
            int step = down ? -size : size;
            int from = 0xFC0 + random.nextInt(64) + (down ? 0x1000 : 0);
            int to = 0x2FC0 + random.nextInt(64) + (down ? 0x1000 : 0);
            long value = 0x0102_0304_0506_0780L;
            for (int i = 0; i < count; i++) {
                boolean equal = whileEqual ? i != decides : i == decides;
                int differs = random.nextInt(size);
                for (int k = 0; k < size; k++) {
                    b.put8(Bare.DATA + from + i * step + k, (int) (value >>> 8 * k) & 0xFF);
                    // larger than the source where they differ
                    b.put8(Bare.DATA + to + i * step + k, (int) (value >>> 8 * k) + (!equal && k == differs ? 1 : 0) & 0xFF);
                }
            }
            b.c.gpr(Cpu.RAX, value);
            registers(Bare.DATA + from, Bare.DATA + to, count);
            direction(down);
            string(whileEqual ? 0xF3 : 0xF2, size, scan ? SCASB : CMPSB);
            b.step();
            int done = Math.min(count, decides + 1);
            boolean lastEqual = whileEqual == (decides >= count);
            String what = (scan ? "SCAS" : "CMPS") + size + (whileEqual ? " REPE" : " REPNE") + " count " + count + " decides " + decides;
            assertThat(b.c.gpr(Cpu.RCX)).as(what).isEqualTo(count - done);
            assertThat(b.c.gpr(Cpu.RDI)).as(what).isEqualTo(Bare.DATA + to + (long) done * step);
            assertThat(b.c.gpr(Cpu.RSI)).as(what).isEqualTo(Bare.DATA + from + (scan ? 0 : (long) done * step));
            assertThat(Flags.zf(b.c)).as(what).isEqualTo(lastEqual);
            assertThat(Flags.cf(b.c)).as(what).isEqualTo(!lastEqual);
        }
    }

    @Test
    void aCountOfZeroDoesNothingAtAll() {
        registers(0xDEAD_0000_0000_0000L, 0xDEAD_0000_0000_0000L, 0);
        string(0xF3, 8, MOVSB);
        b.step();
        assertThat(b.c.gpr(Cpu.RSI)).isEqualTo(0xDEAD_0000_0000_0000L);
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 3);
    }

    @Test
    void aFaultInTheMiddleLeavesTheRegistersAtTheElementItBelongsTo() {
        b.unmap(Bare.DATA + 0x3000);
        registers(Bare.DATA, Bare.DATA + 0x2FF0, 100);
        string(0xF3, 4, MOVSB);
        assertThat(b.fault()).isEqualTo(Vector.PF);
        assertThat(b.c.pageFaultAddress).isEqualTo(Bare.DATA + 0x3000);
        assertThat(b.c.gpr(Cpu.RCX)).isEqualTo(96);
        assertThat(b.c.gpr(Cpu.RDI)).isEqualTo(Bare.DATA + 0x3000);
        assertThat(b.c.gpr(Cpu.RSI)).isEqualTo(Bare.DATA + 16);
        assertThat(b.c.rip).isEqualTo(Bare.CODE);
        // the handler maps the page, and the instruction goes on where it was
        b.map(Bare.DATA + 0x3000, Bare.DATA + 0x3000, true);
        b.step();
        assertThat(b.c.gpr(Cpu.RCX)).isZero();
        assertThat(b.c.gpr(Cpu.RDI)).isEqualTo(Bare.DATA + 0x2FF0 + 400);
    }

    @Test
    void anElementThatCrossesIntoAnAbsentPageChangesNothing() {
        b.unmap(Bare.DATA + 0x3000);
        b.put64(Bare.DATA + 0x2FF8, 0);
        registers(Bare.DATA, Bare.DATA + 0x2FFC, 2);
        b.put64(Bare.DATA, -1);
        string(0xF3, 8, MOVSB);
        assertThat(b.fault()).isEqualTo(Vector.PF);
        assertThat(b.c.pageFaultAddress).isEqualTo(Bare.DATA + 0x3000);
        assertThat(b.get64(Bare.DATA + 0x2FF8)).isZero();
        assertThat(b.c.gpr(Cpu.RCX)).isEqualTo(2);
    }

    @Test
    void aSourceThatFaultsGoesBeforeADestinationThatFaults() {
        b.unmap(Bare.DATA);
        b.unmap(Bare.DATA + 0x3000);
        registers(Bare.DATA + 8, Bare.DATA + 0x3000, 5);
        string(0xF3, 1, MOVSB);
        assertThat(b.fault()).isEqualTo(Vector.PF);
        assertThat(b.c.pageFaultAddress).isEqualTo(Bare.DATA + 8);
    }

    @Test
    void anInterruptGetsInBetweenTwoIterationsAndTheRestFollows() {
        registers(Bare.DATA - 0x8_0000, Bare.DATA + 0x2_0000, 0x8_0000);
        string(0xF3, 1, MOVSB);
        b.c.raise(Cpu.EVENT_NMI);
        long[] seen = new long[3];
        int[] calls = {0};
        b.onEvent = () -> {
            if (calls[0]++ == 1) {
                b.c.events = 0;
                seen[0] = b.c.rip;
                seen[1] = b.c.gpr(Cpu.RCX);
                seen[2] = b.c.gpr(Cpu.RSI);
            }
            return false;
        };
        // seven parts of 64 KiB, and the last
        b.engine.run(8);
        assertThat(calls[0]).isEqualTo(2);
        assertThat(seen[0]).isEqualTo(Bare.CODE);
        assertThat(seen[1]).isBetween(1L, 0x7_FFFFL);
        assertThat(seen[2]).isEqualTo(Bare.DATA - 0x8_0000 + (0x8_0000 - seen[1]));
        assertThat(b.c.gpr(Cpu.RCX)).isZero();
        assertThat(b.c.rip).isEqualTo(Bare.CODE + 2);
    }

    @Test
    void aTrapFollowsEachIterationWhenSingleStepping() {
        registers(Bare.DATA, Bare.DATA + 0x100, 3);
        string(0xF3, 8, MOVSB);
        b.c.setRflags(Rflags.FIXED | Rflags.TF);
        int[] traps = {0};
        b.onEvent = () -> {
            if (b.c.pendingDebug == 0) {
                return false;
            }
            traps[0]++;
            assertThat(b.c.gpr(Cpu.RCX)).isEqualTo(3 - traps[0]);
            assertThat(b.c.rip).isEqualTo(traps[0] < 3 ? Bare.CODE : Bare.CODE + 3);
            b.c.pendingDebug = 0;
            if (traps[0] == 3) {
                b.c.setRflags(Rflags.FIXED);
                b.c.events = 0;
            }
            return true;
        };
        // two parts and the last, with a trap behind each
        b.engine.run(6);
        assertThat(traps[0]).isEqualTo(3);
    }

    @Test
    void addressesOf32BitsIgnoreAndClearTheUpperHalves() {
        registers(0, 0xAAAA_0000_0000_0000L | Bare.DATA, 0xBBBB_0000_0000_0002L);
        b.c.gpr(Cpu.RAX, 0x42);
        b.code(0x67, 0xF3, STOSB).step();
        assertThat(b.get8(Bare.DATA + 1)).isEqualTo(0x42);
        assertThat(b.c.gpr(Cpu.RDI)).isEqualTo(Bare.DATA + 2);
        assertThat(b.c.gpr(Cpu.RCX)).isZero();
    }

    @Test
    void sixteenBitAddressesWrapWithinTheirSegment() {
        var p = Bare.mode32();
        int data = 0x93 | Segment.DB;
        p.c.seg[Cpu.ES].set(0x10, Bare.DATA, 0xFFFF, data);
        p.c.seg[Cpu.DS].set(0x10, Bare.DATA, 0xFFFF, data);
        Modes.update(p.c);
        p.put8(Bare.DATA + 0xFFFF, 0x11);
        p.put8(Bare.DATA, 0x22);
        p.c.gpr(Cpu.RSI, 0x7777_FFFFL);
        p.c.gpr(Cpu.RDI, 0x7777_0100L);
        p.c.gpr(Cpu.RCX, 0x7777_0002L);
        p.code(0x67, 0xF3, MOVSB).step();
        assertThat(p.get8(Bare.DATA + 0x100)).isEqualTo(0x11);
        assertThat(p.get8(Bare.DATA + 0x101)).isEqualTo(0x22);
        assertThat(p.c.gpr(Cpu.RSI)).isEqualTo(0x7777_0001L);
        assertThat(p.c.gpr(Cpu.RCX)).isEqualTo(0x7777_0000L);
    }

    @Test
    void aSegmentLimitStopsARepeatedStoreWhereItBegins() {
        var p = Bare.mode32();
        p.c.seg[Cpu.ES].set(0x10, Bare.DATA, 0x0F, 0x93 | Segment.DB);
        Modes.update(p.c);
        p.c.gpr(Cpu.RDI, 8);
        p.c.gpr(Cpu.RCX, 100);
        p.code(0xF3, STOSB);
        assertThat(p.fault()).isEqualTo(Vector.GP);
        assertThat(p.c.gpr(Cpu.RCX)).isEqualTo(92);
        assertThat(p.c.gpr(Cpu.RDI)).isEqualTo(16);
    }

    @Test
    void onlyTheSourceTakesASegmentOverride() {
        b.c.seg[Cpu.GS].base = 0x1000;
        Modes.update(b.c);
        b.put64(Bare.DATA + 0x1000, 0x1122_3344_5566_7788L);
        registers(Bare.DATA, Bare.DATA + 0x200, 1);
        b.code(0x65, 0xF3, 0x48, MOVSB + 1).step();
        assertThat(b.get64(Bare.DATA + 0x200)).isEqualTo(0x1122_3344_5566_7788L);
    }

    @Test
    void storesIntoCodeAreSeenByWhatRunsNext() {
        // the code page a second time at another linear address; INC EAX becomes INC EDX behind the engine's back
        long alias = Bare.DATA + 0x5000;
        b.map(alias, Bare.CODE, true);
        int[] program = {0xFF, 0xC0, 0xF3, 0xAA, 0xFF, 0xC0, 0xFF, 0xC0};
        b.code(program);
        b.engine.run(1);
        b.c.rip = Bare.CODE;
        registers(0, alias + 5, 1);
        b.c.gpr(Cpu.RAX, 0xC1);
        b.c.gpr(Cpu.RDX, 0);
        b.engine.run(4);
        assertThat(b.c.gpr(Cpu.RAX)).as("first and last run on EAX").isEqualTo(0xC3);
        assertThat(b.c.gpr(Cpu.RDX)).as("the changed one on EDX").isEqualTo(1);
    }
}
