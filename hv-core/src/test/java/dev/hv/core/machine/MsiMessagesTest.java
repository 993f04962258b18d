package dev.hv.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What local APICs make of a device's message. */
class MsiMessagesTest {

    private final List<String> heard = new ArrayList<>();
    private final MsiPort port = MsiBus.direct((destination, logical, mode, vector, level) -> heard.add(destination + " " + logical + " " + mode + " " + vector + " " + level))
            .port(DmaRequester.pci(0, 3, 0));

    @Test
    void theFieldsAreWhereTheManualHasThem() {
        port.send(0xFEE0_3000L, 0x0041);
        port.send(0xFEE0_F00CL, 0x0150);
        port.send(0xFEE0_0000L, 0x0400);
        port.send(0xFEE0_1020L, 0x0030);
        assertThat(heard).containsExactly("3 false 0 65 false", "15 true 1 80 false", "0 false 4 0 false", "257 false 0 48 false");
    }

    @Test
    void aLevelIsHeardWhenItRises() {
        port.send(0xFEE0_0000L, 0xC041);
        port.send(0xFEE0_0000L, 0x8041);
        assertThat(heard).containsExactly("0 false 0 65 true");
    }

    @Test
    void writesToOtherPlacesAreNoInterrupts() {
        for (long address : new long[] {0, 0xFED0_0000L, 0xFEF0_0000L, 0x1_FEE0_0000L, -1}) {
            port.send(address, 0x41);
        }
        assertThat(heard).isEmpty();
    }

    @Test
    void rangesCanBeGivenBackAndTakenAgain() {
        var bus = new DeviceBus();
        var ones = new MmioHandler() {
            @Override
            public long readMmio(long offset, int size) {
                return offset;
            }

            @Override
            public void writeMmio(long offset, int size, long value) {}
        };
        bus.claimMmio(0x1000, 0x2000, ones);
        assertThat(bus.mmioFree(0x2000, 0x1000)).isFalse();
        assertThat(bus.mmioFree(0x3000, 0x1000)).isTrue();
        assertThat(bus.mmioFree(0x3000, 0x800)).as("not whole pages").isFalse();
        assertThat(bus.mmioFree(-0x1000, 0x1000)).isFalse();
        assertThat(bus.mmioFree(Long.MAX_VALUE & -0x1000L, 0x1000)).isFalse();
        assertThat(bus.readMmio(0x2008, 4)).isEqualTo(0x1008);
        bus.releaseMmio(0x1000, 0x1000);
        assertThat(bus.readMmio(0x2008, 4)).as("other bounds than it was claimed with").isEqualTo(0x1008);
        bus.releaseMmio(0x1000, 0x2000);
        assertThat(bus.readMmio(0x2008, 4)).isEqualTo(0xFFFF_FFFFL);
        bus.claimMmio(0x2000, 0x1000, ones);
        assertThat(bus.readMmio(0x2008, 4)).isEqualTo(8);
    }
}
