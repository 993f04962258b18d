package dev.hv.cpu.apic;

import static dev.hv.cpu.apic.ApicFixture.read;
import static dev.hv.cpu.apic.ApicFixture.take;
import static dev.hv.cpu.apic.ApicFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import org.junit.jupiter.api.Test;

class LocalApicTest {

    private final ApicFixture one = new ApicFixture(1).enabled();
    private final LocalApic apic = one.get(0);

    @Test
    void registersAfterPowerOnAreThoseOfTheManual() {
        var fresh = new ApicFixture(2).get(1);
        assertThat(fresh.apicBase()).isEqualTo(0xFEE00800L);
        assertThat(new ApicFixture(1).get(0).apicBase()).isEqualTo(0xFEE00900L);
        assertThat(read(fresh, 0x20)).isEqualTo(0x0100_0000L);
        assertThat(read(fresh, 0x30)).isEqualTo(0x0006_0014L);
        assertThat(read(fresh, 0x80)).isZero();
        assertThat(read(fresh, 0xD0)).isZero();
        assertThat(read(fresh, 0xE0)).isEqualTo(0xFFFF_FFFFL);
        assertThat(read(fresh, 0xF0)).isEqualTo(0xFF);
        for (int lvt = 0x320; lvt <= 0x370; lvt += 0x10) {
            assertThat(read(fresh, lvt)).isEqualTo(0x10000);
        }
        assertThat(read(fresh, 0x380)).isZero();
        assertThat(read(fresh, 0x3E0)).isZero();
    }

    /** The entry of corrected machine checks (SDM vol. 3A, 12.5.1) is Intel's: elsewhere its place is that of no register. */
    @Test
    void correctedErrorsHaveAnEntry() {
        apic.correctedErrors();
        assertThat(apic.pending()).as("masked").isEqualTo(-1);
        write(apic, 0x2F0, 0xFFFF_FFFF);
        assertThat(read(apic, 0x2F0)).isEqualTo(0x107FF);
        write(apic, 0x2F0, 0xF9);
        apic.correctedErrors();
        assertThat(apic.pending()).isEqualTo(0xF9);
        write(apic, 0xF0, 0xFF);
        assertThat(read(apic, 0x2F0)).as("software disables it").isEqualTo(0x100F9);
        var without = new LocalApic(new ApicConfig(0, true, 40, true, true, false, 1), one.clock, one.router, new ApicEvents() {
            @Override
            public void interruptsChanged() {}

            @Override
            public void nmi() {}

            @Override
            public void init() {}

            @Override
            public void startup(int vector) {}
        }, () -> 0);
        assertThat(read(without, 0x30)).isEqualTo(0x0005_0014L);
        write(without, 0x280, 0);
        write(without, 0x2F0, 0xF9);
        write(without, 0x280, 0);
        assertThat(read(without, 0x280)).as("illegal register").isEqualTo(0x80);
        without.setApicBase(without.apicBase() | 1 << 10);
        assertThat(without.canReadMsr(0x82F)).isFalse();
    }

    @Test
    void higherVectorsComeFirstAndNestOverLowerClasses() {
        apic.accept(0x31, false);
        assertThat(apic.acknowledge()).isEqualTo(0x31);
        apic.accept(0x3F, false);
        assertThat(apic.pending()).as("same class waits").isEqualTo(-1);
        apic.accept(0x40, false);
        assertThat(apic.pending()).isEqualTo(0x40);
        assertThat(apic.acknowledge()).isEqualTo(0x40);
        assertThat(read(apic, 0xA0)).isEqualTo(0x40);
        assertThat(read(apic, 0x120)).isEqualTo(1);
        assertThat(read(apic, 0x110)).isEqualTo(1L << 0x11);
        assertThat(read(apic, 0x210)).isEqualTo(1L << 31);
        write(apic, 0xB0, 0);
        assertThat(apic.pending()).isEqualTo(-1);
        write(apic, 0xB0, 0);
        assertThat(take(apic)).isEqualTo(0x3F);
    }

    @Test
    void aRequestHeldBackIsARequest() {
        assertThat(apic.requested()).isFalse();
        write(apic, 0x80, 0x4A);
        apic.accept(0x4F, false);
        assertThat(apic.pending()).isEqualTo(-1);
        assertThat(apic.requested()).isTrue();
        write(apic, 0x80, 0);
        assertThat(take(apic)).isEqualTo(0x4F);
        assertThat(apic.requested()).isFalse();
    }

    @Test
    void taskPriorityHoldsItsClassAndBelow() {
        write(apic, 0x80, 0x4A);
        apic.accept(0x4F, false);
        assertThat(apic.pending()).isEqualTo(-1);
        assertThat(read(apic, 0xA0)).isEqualTo(0x4A);
        assertThat(apic.cr8()).isEqualTo(4);
        apic.setCr8(3);
        assertThat(read(apic, 0x80)).isEqualTo(0x30);
        assertThat(apic.pending()).isEqualTo(0x4F);
    }

    @Test
    void onlyLevelInterruptsAreBroadcastAtTheirEnd() {
        apic.accept(0x50, true);
        assertThat(read(apic, 0x1A0)).isEqualTo(1 << 16);
        take(apic);
        apic.accept(0x51, false);
        take(apic);
        assertThat(one.ended).containsExactly(0x50);
    }

    @Test
    void acknowledgeWithoutARequestGivesTheSpuriousVector() {
        write(apic, 0xF0, 0x1DF);
        assertThat(apic.acknowledge()).isEqualTo(0xDF);
        assertThat(read(apic, 0x160)).as("not in service").isZero();
    }

    @Test
    void softwareDisableMasksTheLvtAndDropsMessages() {
        write(apic, 0x370, 0xFE);
        write(apic, 0xF0, 0xFF);
        assertThat(read(apic, 0x370)).isEqualTo(0x100FE);
        write(apic, 0x370, 0xFE);
        assertThat(read(apic, 0x370)).isEqualTo(0x100FE);
        apic.deliver(DeliveryMode.FIXED, 0x60, false);
        assertThat(apic.pending()).isEqualTo(-1);
        apic.deliver(DeliveryMode.NMI, 0, false);
        apic.deliver(DeliveryMode.INIT, 0, false);
        apic.deliver(DeliveryMode.STARTUP, 0x9A, false);
        assertThat(one.events).containsExactly("nmi 0", "init 0", "startup 0 154");
    }

    @Test
    void apicBaseGoesOnlyTheLegalWays() {
        long bsp = 0xFEE00100L;
        assertThat(apic.setApicBase(bsp | 0x400)).as("xAPIC to invalid").isFalse();
        assertThat(apic.setApicBase(bsp | 0xC00)).as("xAPIC to x2APIC").isTrue();
        assertThat(apic.mmioEnabled()).isFalse();
        assertThat(apic.setApicBase(bsp | 0x800)).as("x2APIC to xAPIC").isFalse();
        assertThat(apic.setApicBase(bsp | 0x400)).as("x2APIC to invalid").isFalse();
        assertThat(apic.setApicBase(bsp)).as("x2APIC to disabled").isTrue();
        assertThat(apic.setApicBase(bsp | 0xC00)).as("disabled to x2APIC").isFalse();
        assertThat(apic.setApicBase(bsp | 0x400)).as("disabled to invalid").isFalse();
        assertThat(apic.setApicBase(bsp | 0x800)).as("disabled to xAPIC").isTrue();
        assertThat(apic.setApicBase(bsp | 0x801)).as("reserved bit 0").isFalse();
        assertThat(apic.setApicBase(bsp | 0xA00)).as("reserved bit 9").isFalse();
        assertThat(apic.setApicBase(bsp | 0x800 | 1L << 40)).as("above MAXPHYADDR").isFalse();
        assertThat(apic.setApicBase(0xAB_FED0_0900L)).as("relocation").isTrue();
        assertThat(apic.apicBase()).isEqualTo(0xAB_FED0_0900L);
    }

    @Test
    void disablingLosesTheRegisters() {
        write(apic, 0x80, 0x20);
        apic.accept(0x55, false);
        apic.setApicBase(0xFEE00100L);
        assertThat(apic.pending()).isEqualTo(-1);
        apic.setApicBase(0xFEE00900L);
        assertThat(read(apic, 0x80)).isZero();
        assertThat(read(apic, 0xF0)).isEqualTo(0xFF);
    }

    @Test
    void initKeepsIdAndModeOnly() {
        write(apic, 0x20, 0x0500_0000L);
        write(apic, 0x80, 0x20);
        apic.accept(0x55, false);
        apic.initReset();
        assertThat(read(apic, 0x20)).isEqualTo(0x0500_0000L);
        assertThat(read(apic, 0x80)).isZero();
        assertThat(apic.apicBase()).isEqualTo(0xFEE00900L);
        assertThat(apic.pending()).isEqualTo(-1);
    }

    @Test
    void externalInterruptsPassThroughLint0() {
        assertThat(apic.externalPending()).isFalse();
        apic.setLint(0, true);
        assertThat(apic.externalPending()).as("masked").isFalse();
        write(apic, 0x350, 0x700);
        assertThat(apic.externalPending()).isTrue();
        assertThat(apic.pending()).isEqualTo(-1);
        assertThat(apic.acknowledge()).isEqualTo(0x20);
        assertThat(read(apic, 0x110)).as("the 8259 keeps it in service, not the APIC").isZero();
        apic.setLint(0, false);
        assertThat(apic.externalPending()).isFalse();
    }

    @Test
    void withTheApicDisabledItsPinsAreIntrAndNmi() {
        apic.setApicBase(0xFEE00100L);
        apic.setLint(0, true);
        assertThat(apic.externalPending()).isTrue();
        apic.setLint(1, true);
        assertThat(one.events).containsExactly("nmi 0");
    }

    @Test
    void lint1DeliversNmiOnItsRisingEdge() {
        write(apic, 0x360, 0x400);
        apic.setLint(1, true);
        apic.setLint(1, true);
        apic.setLint(1, false);
        apic.setLint(1, true);
        assertThat(one.events).containsExactly("nmi 0", "nmi 0");
    }

    @Test
    void aLevelPinInterruptsAgainAfterItsEndWhileStillActive() {
        write(apic, 0x350, 0x8070);
        apic.setLint(0, true);
        assertThat(read(apic, 0x350)).as("remote IRR").isEqualTo(0xC070);
        assertThat(take(apic)).isEqualTo(0x70);
        assertThat(apic.pending()).isEqualTo(0x70);
        apic.setLint(0, false);
        assertThat(take(apic)).isEqualTo(0x70);
        assertThat(apic.pending()).isEqualTo(-1);
        assertThat(read(apic, 0x350)).isEqualTo(0x8070);
    }

    @Test
    void anActiveLowPinInterruptsWhenTheLineFalls() {
        apic.setLint(0, true);
        write(apic, 0x350, 0x2071);
        assertThat(apic.pending()).isEqualTo(-1);
        apic.setLint(0, false);
        assertThat(apic.pending()).isEqualTo(0x71);
    }

    @Test
    void errorsAreReadableAfterAWriteAndInterrupt() {
        write(apic, 0x370, 0xE1);
        apic.accept(5, false);
        assertThat(read(apic, 0x280)).isZero();
        assertThat(take(apic)).isEqualTo(0xE1);
        write(apic, 0x280, 0);
        assertThat(read(apic, 0x280)).as("received illegal vector").isEqualTo(0x40);
        write(apic, 0x280, 0);
        assertThat(read(apic, 0x280)).isZero();
        write(apic, 0x300, 0x4000C);
        write(apic, 0x280, 0);
        assertThat(read(apic, 0x280)).as("sent illegal vector").isEqualTo(0x20);
        read(apic, 0x10);
        write(apic, 0x280, 0);
        assertThat(read(apic, 0x280)).as("illegal register").isEqualTo(0x80);
    }

    @Test
    void x2apicMsrsHaveTheirOwnRightsAndReservedBits() {
        one.x2apic();
        assertThat(apic.readMsr(0x802)).isZero();
        assertThat(apic.readMsr(0x80D)).isEqualTo(1);
        assertThat(apic.canReadMsr(0x80B)).as("EOI is write-only").isFalse();
        assertThat(apic.canReadMsr(0x80E)).as("no DFR").isFalse();
        assertThat(apic.canReadMsr(0x831)).as("no high ICR").isFalse();
        assertThat(apic.canReadMsr(0x83F)).isFalse();
        assertThat(apic.canReadMsr(0x82F)).as("CMCI").isTrue();
        assertThat(apic.writeMsr(0x82F, 0x107FF)).isTrue();
        assertThat(apic.writeMsr(0x82F, 1 << 13)).isFalse();
        for (int msr = 0x810; msr <= 0x828; msr++) {
            assertThat(apic.canReadMsr(msr)).isTrue();
        }
        assertThat(apic.writeMsr(0x802, 0)).isFalse();
        assertThat(apic.writeMsr(0x803, 0)).isFalse();
        assertThat(apic.writeMsr(0x80A, 0)).isFalse();
        assertThat(apic.writeMsr(0x810, 0)).isFalse();
        assertThat(apic.writeMsr(0x839, 0)).isFalse();
        assertThat(apic.writeMsr(0x808, 0x100)).isFalse();
        assertThat(apic.writeMsr(0x808, 0x30)).isTrue();
        assertThat(apic.readMsr(0x808)).isEqualTo(0x30);
        assertThat(apic.writeMsr(0x80B, 1)).isFalse();
        assertThat(apic.writeMsr(0x828, 1)).isFalse();
        assertThat(apic.writeMsr(0x80F, 0x2FF)).isFalse();
        assertThat(apic.writeMsr(0x832, 0x80000)).isFalse();
        assertThat(apic.writeMsr(0x838, 1L << 32)).isFalse();
        assertThat(apic.writeMsr(0x83E, 4)).isFalse();
        assertThat(apic.writeMsr(0x830, 1 << 20)).isFalse();
        assertThat(apic.writeMsr(0x83F, 0x170)).isFalse();
        assertThat(apic.writeMsr(0x83F, 0x70)).isTrue();
        assertThat(apic.pending()).isEqualTo(0x70);
    }

    @Test
    void msrsAreClosedInXapicMode() {
        assertThat(apic.canReadMsr(0x802)).isFalse();
        assertThat(apic.writeMsr(0x808, 0)).isFalse();
    }

    @Test
    void virtualWireIsWhatFirmwareLeaves() {
        var fresh = new ApicFixture(1).get(0);
        fresh.virtualWire();
        assertThat(read(fresh, 0xF0)).isEqualTo(0x1FF);
        assertThat(read(fresh, 0x350)).isEqualTo(0x700);
        assertThat(read(fresh, 0x360)).isEqualTo(0x400);
    }

    @Test
    void narrowReadsGiveTheRegistersBytesAndPaddingIsZero() {
        assertThat(apic.readMmio(0x30, 1)).isEqualTo(0x14);
        assertThat(apic.readMmio(0x32, 2)).isEqualTo(0x0006);
        assertThat(apic.readMmio(0x34, 4)).isZero();
        assertThat(apic.readMmio(0x30, 8)).isEqualTo(0x0006_0014L);
    }

    @Test
    void savedStateGoesOnWhereItWas() {
        write(apic, 0x320, 0x40);
        write(apic, 0x3E0, 11);
        write(apic, 0x380, 1000);
        write(apic, 0x310, 0x01000000);
        write(apic, 0x350, 0x8070);
        apic.setLint(0, true);
        apic.accept(0x90, true);
        apic.acknowledge();
        apic.accept(0xA0, false);
        one.clock.advance(400);
        var copy = new ApicFixture(1);
        copy.clock.now = one.clock.now;
        var other = copy.get(0);
        RecordedState.copy(apic, other);
        assertThat(other.pending()).isEqualTo(0xA0);
        assertThat(read(other, 0x310)).isEqualTo(0x01000000);
        assertThat(read(other, 0x390)).isEqualTo(600);
        assertThat(take(other)).isEqualTo(0xA0);
        write(other, 0xB0, 0);
        assertThat(copy.ended).containsExactly(0x90);
        assertThat(take(other)).isEqualTo(0x70);
        assertThat(take(other)).as("LINT0 is still high").isEqualTo(0x70);
        copy.clock.advance(600);
        other.setLint(0, false);
        assertThat(take(other)).isEqualTo(0x70);
        assertThat(take(other)).isEqualTo(0x40);
    }
}
