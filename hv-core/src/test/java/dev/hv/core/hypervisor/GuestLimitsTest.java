package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason.Kind;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.cpu.memory.LittleEndian;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Children that keep their processor busy without getting anywhere: every limit ends the run, and a neighbour gets on. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@EnumSource(Vendor.class)
class GuestLimitsTest {

    private static final long SECOND = 1_000_000_000L;
    private static final int CODE = 0x1000;

    private final Vendor vendor;
    private Rig rig;

    GuestLimitsTest(Vendor vendor) {
        this.vendor = vendor;
        rig = new Rig(vendor).start();
    }

    private void poke(Rig.Child child, long address, int... words) {
        byte[] b = new byte[4 * words.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) (words[i / 4] >>> 8 * (i % 4));
        }
        assertThat(rig.vid.memory(child.id).write(address, b, 0, b.length)).isTrue();
    }

    /** A child whose handler of #UD is UD2; there is room for all frames of a run on its stack. */
    private Rig.Child faulting() {
        Rig.Child child = rig.child(4 << 20).code(true, 0x0F, 0x0B);
        poke(child, 0x3000, 0, 0, 0x0000_FFFF, 0x00CF_9B00, 0x0000_FFFF, 0x00CF_9300);
        poke(child, 0x2000 + 8 * 6, 8 << 16 | CODE, 0x8E00);
        child.set(HvRegister.GDTR, HvRegisterValue.table(0x3000, 0x17));
        child.set(HvRegister.IDTR, HvRegisterValue.table(0x2000, 0x7FF));
        child.set(HvRegister.RSP, HvRegisterValue.of(0x3F_0000));
        return child;
    }

    /** A child that stores how far it has counted at 0x5000. */
    private Rig.Child counting() {
        // inc dword [0x5000]; jmp back
        return rig.child(4 << 20).code(true, 0xFF, 0x05, 0x00, 0x50, 0, 0, 0xEB, 0xF8);
    }

    private int counted(Rig.Child child) {
        byte[] b = new byte[4];
        assertThat(rig.vid.memory(child.id).read(0x5000, b, 0, 4)).isTrue();
        return LittleEndian.u32(b, 0);
    }

    @Test
    void aHandlerThatFaultsAtOnceUsesUpItsInstructions() {
        faulting().go();
        assertThat(rig.run(200_000).kind()).isEqualTo(Kind.INSTRUCTION_LIMIT);
        assertThat(rig.machine.instructions()).as("and the exit that ends the last turn").isEqualTo(200_001);
        assertThat(rig.clock.nanos()).as("time passes").isEqualTo(2_000_010);
    }

    @Test
    void aNeighbourGetsHalfOfTheTime() {
        faulting().go();
        Rig.Child neighbour = counting().go();
        assertThat(rig.run(200_000).kind()).isEqualTo(Kind.INSTRUCTION_LIMIT);
        assertThat(counted(neighbour)).isBetween(40_000, 60_000);
    }

    @Test
    void equalRunsStayEqual() {
        String first = digest();
        rig = new Rig(vendor).start();
        assertThat(digest()).isEqualTo(first);
    }

    private String digest() {
        faulting().go();
        counting().go();
        rig.run(123_457);
        return rig.machine.digest();
    }

    @Test
    void aStringToADeviceEndsAtTheLimitsInTheMiddle() {
        // mov dx,0xE8; mov ecx,-1; rep outsb
        Rig.Child child = rig.child(4 << 20).code(true, 0x66, 0xBA, 0xE8, 0, 0xB9, 0xFF, 0xFF, 0xFF, 0xFF, 0xF3, 0x6E);
        child.go();
        assertThat(rig.run(20).kind()).isEqualTo(Kind.INSTRUCTION_LIMIT);
        assertThat(child.get(HvRegister.RIP)).as("at the string").isEqualTo(CODE + 9);
        assertThat(child.get(HvRegister.RCX)).isBetween(0xFFFF_0000L, 0xFFFF_FFFEL);
    }

    @Test
    void aTimeLimitEndsATurnInWhichTheGuestOnlyExits() {
        // cpuid; jmp back
        rig.child(4 << 20).code(true, 0x0F, 0xA2, 0xEB, 0xFC).go();
        long limit = rig.clock.hostNanos() + SECOND / 5;
        assertThat(rig.machine.run(new RunLimits(limit, Long.MAX_VALUE)).kind()).isEqualTo(Kind.TIME_LIMIT);
        assertThat(rig.clock.hostNanos() - limit).as("not after a turn of half a million exits").isLessThan(SECOND / 2);
    }
}
