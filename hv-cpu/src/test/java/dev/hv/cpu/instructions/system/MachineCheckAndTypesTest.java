package dev.hv.cpu.instructions.system;

import static dev.hv.cpu.events.Guest.fault;
import static dev.hv.cpu.events.Guest.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.instructions.Msrs;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Reset;
import dev.hv.cpu.state.Vector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Machine-check banks (SDM vol. 3B, 16.3), MTRRs (vol. 3A, 12.11.2) and PAT (12.12): what they hold, and what they refuse. */
class MachineCheckAndTypesTest {

    private static final int GP0 = with(Vector.GP, 0);
    private static final int MCG_CTL = 0x17B;
    /** Types that exist in MTRRs: UC, WC, WT, WP, WB. */
    private static final String MTRR_TYPES = "0 1 4 5 6";
    /** PAT has UC-, too. */
    private static final String PAT_TYPES = MTRR_TYPES + " 7";

    private final Cpu intel = Guest.long64().c;
    private final Cpu amd = Guest.long64(CpuModel.amdDefault()).c;

    private static boolean takes(Cpu c, int msr, long v) {
        long before = Msrs.read(c, msr);
        boolean fault = false;
        try {
            Msrs.write(c, msr, v);
        } catch (dev.hv.cpu.state.GuestFault f) {
            fault = true;
        }
        assertThat(Msrs.read(c, msr)).as("0x%x", msr).isEqualTo(fault ? before : v);
        return !fault;
    }

    @Test
    void everyBankOfTheCountHasFourRegistersAndNoneIsBehind() {
        for (Cpu c : new Cpu[] {intel, amd}) {
            int banks = (int) Msrs.read(c, Msrs.MCG_CAP) & 0xFF;
            assertThat(banks).isPositive();
            for (int msr = Msrs.MC0; msr < Msrs.MC0 + 4 * banks; msr++) {
                assertThat(takes(c, msr, 0)).isTrue();
                boolean control = (msr & 3) == 0;
                boolean detail = (msr & 3) >= 2;
                assertThat(takes(c, msr, -1)).as("0x%x", msr).isEqualTo(control || detail);
                assertThat(takes(c, msr, 1)).as("0x%x", msr).isEqualTo(detail);
            }
            assertThat(fault(() -> Msrs.read(c, Msrs.MC0 + 4 * banks))).isEqualTo(GP0);
            assertThat(fault(() -> Msrs.write(c, Msrs.MC0 + 4 * banks, 0))).isEqualTo(GP0);
        }
    }

    /** MCG_CAP says nothing of a control register or of extended state, on Intel's processors that corrected errors are counted. */
    @Test
    void globalRegisters() {
        assertThat(Msrs.read(intel, Msrs.MCG_CAP) >>> 8).isEqualTo(4);
        assertThat(fault(() -> Msrs.write(intel, Msrs.MCG_CAP, 0))).isEqualTo(GP0);
        assertThat(fault(() -> Msrs.read(intel, MCG_CTL))).isEqualTo(GP0);
        assertThat(fault(() -> Msrs.write(intel, MCG_CTL, -1))).isEqualTo(GP0);
        assertThat(takes(intel, Msrs.MCG_STATUS, 0)).isTrue();
        for (int bit = 3; bit < 64; bit++) {
            assertThat(takes(intel, Msrs.MCG_STATUS, 1L << bit)).as("bit %d", bit).isFalse();
        }
    }

    /** IA32_MCi_CTL2 has a threshold and an enable (SDM vol. 3B, 16.3.2.5); AMD's processors have none. */
    @Test
    void controlsOfCorrectedErrors() {
        int banks = (int) Msrs.read(intel, Msrs.MCG_CAP) & 0xFF;
        for (int msr = Msrs.MC0_CTL2; msr < Msrs.MC0_CTL2 + banks; msr++) {
            for (int bit = 0; bit < 64; bit++) {
                assertThat(takes(intel, msr, 1L << bit)).as("bit %d", bit).isEqualTo(bit < 15 || bit == 30);
            }
            int number = msr;
            assertThat(fault(() -> Msrs.read(amd, number))).isEqualTo(GP0);
            assertThat(fault(() -> Msrs.write(amd, number, 0))).isEqualTo(GP0);
        }
        assertThat(fault(() -> Msrs.read(intel, Msrs.MC0_CTL2 + banks))).isEqualTo(GP0);
    }

    /** The time-stamp counter runs with P-state 0, as systems look whether firmware has set. */
    @Test
    void hardwareConfiguration() {
        assertThat(Msrs.read(amd, Msrs.HWCR)).isEqualTo(1 << 24);
        assertThat(fault(() -> Msrs.read(intel, Msrs.HWCR))).isEqualTo(GP0);
    }

    /** INIT leaves what an error has left; RESET does not. */
    @Test
    void initKeepsTypesAndBanks() {
        Msrs.write(intel, Msrs.MC0, -1);
        Msrs.write(intel, Msrs.MTRR_DEF_TYPE, 0xC06);
        Reset.init(intel);
        assertThat(Msrs.read(intel, Msrs.MC0)).isEqualTo(-1);
        assertThat(Msrs.read(intel, Msrs.MTRR_DEF_TYPE)).isEqualTo(0xC06);
        Reset.powerOn(intel);
        assertThat(Msrs.read(intel, Msrs.MC0)).isZero();
        assertThat(Msrs.read(intel, Msrs.MTRR_DEF_TYPE)).isZero();
        assertThat(Msrs.read(intel, Msrs.PAT)).isEqualTo(0x0007040600070406L);
    }

    @ParameterizedTest
    @ValueSource(ints = {Msrs.PAT, Msrs.MTRR_FIX64K, Msrs.MTRR_FIX16K, Msrs.MTRR_FIX16K + 1, Msrs.MTRR_FIX4K, Msrs.MTRR_FIX4K + 7})
    void everyByteIsAType(int msr) {
        String types = " " + (msr == Msrs.PAT ? PAT_TYPES : MTRR_TYPES) + " ";
        for (int type = 0; type < 256; type++) {
            for (int at = 0; at < 64; at += 8) {
                Msrs.write(intel, msr, 0x0606060606060606L);
                long v = 0x0606060606060606L & ~(0xFFL << at) | (long) type << at;
                assertThat(takes(intel, msr, v)).as("type %d at %d", type, at).isEqualTo(types.contains(" " + type + " "));
            }
        }
    }

    @Test
    void variableRangesHaveTypeBaseMaskAndValidBit() {
        long beyond = intel.model.physicalMask() + 1;
        int pairs = (int) Msrs.read(intel, Msrs.MTRR_CAP) & 0xFF;
        for (int i = 0; i < pairs; i++) {
            int base = Msrs.MTRR_PHYS + 2 * i;
            for (int type = 0; type < 256; type++) {
                assertThat(takes(intel, base, 0x1000 | type)).as("type %d", type).isEqualTo((" " + MTRR_TYPES + " ").contains(" " + type + " "));
            }
            for (int bit = 8; bit < 12; bit++) {
                assertThat(takes(intel, base, 1L << bit)).as("base bit %d", bit).isFalse();
            }
            for (int bit = 0; bit < 12; bit++) {
                assertThat(takes(intel, base + 1, 1L << bit)).as("mask bit %d", bit).isEqualTo(bit == 11);
            }
            assertThat(takes(intel, base, beyond)).isFalse();
            assertThat(takes(intel, base + 1, beyond | 0x800)).isFalse();
            assertThat(takes(intel, base, beyond - 0x1000 | 6)).isTrue();
            // ranges that overlap, whatever their types, are the system's business
            assertThat(takes(intel, base, 0x100000 | i % 2 * 6)).isTrue();
            assertThat(takes(intel, base + 1, intel.model.physicalMask() & -0x100000L | 0x800)).isTrue();
        }
        assertThat(fault(() -> Msrs.read(intel, Msrs.MTRR_PHYS + 2 * pairs))).isEqualTo(GP0);
        assertThat(fault(() -> Msrs.write(intel, Msrs.MTRR_CAP, 0))).isEqualTo(GP0);
    }

    @Test
    void theDefaultTypeHasTwoEnableBits() {
        for (int bit = 8; bit < 64; bit++) {
            assertThat(takes(intel, Msrs.MTRR_DEF_TYPE, 1L << bit | 6)).as("bit %d", bit).isEqualTo(bit == 10 || bit == 11);
        }
        for (int type = 0; type < 256; type++) {
            assertThat(takes(intel, Msrs.MTRR_DEF_TYPE, type)).as("type %d", type).isEqualTo((" " + MTRR_TYPES + " ").contains(" " + type + " "));
        }
    }
}
