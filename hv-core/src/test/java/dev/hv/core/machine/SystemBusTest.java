package dev.hv.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SystemBusTest {

    private final SystemMemory memory = new SystemMemory(1 << 20);
    private final SystemBus bus = new SystemBus(memory);
    private final List<String> log = new ArrayList<>();

    @AfterEach
    void free() {
        memory.close();
    }

    private PortHandler ports(String name, int answer) {
        return new PortHandler() {
            @Override
            public int readPort(int port, int size) {
                log.add("%s in %x/%d".formatted(name, port, size));
                return answer;
            }

            @Override
            public void writePort(int port, int size, int value) {
                log.add("%s out %x/%d=%x".formatted(name, port, size, value));
            }
        };
    }

    private MmioHandler registers(String name, long answer) {
        return new MmioHandler() {
            @Override
            public long readMmio(long offset, int size) {
                log.add("%s read %x/%d".formatted(name, offset, size));
                return answer;
            }

            @Override
            public void writeMmio(long offset, int size, long value) {
                log.add("%s write %x/%d=%x".formatted(name, offset, size, value));
            }
        };
    }

    @Test
    void unclaimedPortsAndAddressesReadAsOnes() {
        assertThat(bus.in(0x80, 1)).isEqualTo(0xFF);
        assertThat(bus.in(0x80, 2)).isEqualTo(0xFFFF);
        assertThat(bus.in(0x80, 4)).isEqualTo(-1);
        assertThat(bus.read(0xFEC0_0000L, 1)).isEqualTo(0xFF);
        assertThat(bus.read(0xFEC0_0000L, 8)).isEqualTo(-1L);
        bus.out(0x80, 4, 1);
        bus.write(0xFEC0_0000L, 4, 1);
    }

    @Test
    void portAccessesReachTheirDeviceWithTheRightWidth() {
        bus.claimPorts(0x3F8, 8, ports("uart", 0x1234_5678));
        assertThat(bus.in(0x3FD, 1)).isEqualTo(0x78);
        assertThat(bus.in(0x3F8, 2)).isEqualTo(0x5678);
        bus.out(0x3F8, 1, 0xABCD);
        assertThat(log).containsExactly("uart in 3fd/1", "uart in 3f8/2", "uart out 3f8/1=cd");
    }

    @Test
    void accessOverSeveralDevicesIsSplitIntoBytes() {
        bus.claimPorts(0x10, 1, ports("a", 0x11));
        bus.claimPorts(0x12, 2, ports("b", 0x22));
        assertThat(bus.in(0x10, 4)).isEqualTo(0x2222_FF11);
        bus.out(0x10, 4, 0x4433_2211);
        assertThat(log).containsExactly("a in 10/1", "b in 12/1", "b in 13/1", "a out 10/1=11", "b out 12/1=33", "b out 13/1=44");
    }

    @Test
    void accessBehindTheLastPortDoesNotWrap() {
        bus.claimPorts(0, 1, ports("first", 0));
        bus.claimPorts(0xFFFF, 1, ports("last", 0x33));
        assertThat(bus.in(0xFFFF, 4)).isEqualTo(0xFFFF_FF33);
        bus.out(0xFFFF, 2, 0x5566);
        assertThat(log).containsExactly("last in ffff/1", "last out ffff/1=66");
    }

    @Test
    void deviceRegistersSeeOffsetsAndMemoryWins() {
        bus.claimMmio(0xFEC0_0000L, 0x1000, registers("ioapic", -1L));
        bus.claimMmio(0xFED0_0000L, 0x2000, registers("hpet", 5));
        bus.claimMmio(0xF_F000, 0x1000, registers("hidden", 5));
        assertThat(bus.read(0xFEC0_0010L, 4)).isEqualTo(0xFFFF_FFFFL);
        assertThat(bus.read(0xFED0_1FF8L, 8)).isEqualTo(5);
        bus.write(0xFED0_1000L, 2, 0x12345);
        bus.write(0xF_F000, 2, 0x12345);
        assertThat(bus.read(0xF_F000, 2)).isEqualTo(0x2345);
        assertThat(log).containsExactly("ioapic read 10/4", "hpet read 1ff8/8", "hpet write 1000/2=2345");
    }

    @Test
    void claimsMustNotOverlap() {
        bus.claimPorts(0x60, 1, ports("a", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> bus.claimPorts(0x5F, 2, ports("b", 0))).withMessageContaining("0x60");
        assertThatIllegalArgumentException().isThrownBy(() -> bus.claimPorts(0xFFFF, 2, ports("b", 0)));
        assertThat(bus.in(0x5F, 1)).as("nothing of a refused claim stays").isEqualTo(0xFF);
        bus.claimMmio(0xFE00_0000L, 0x2000, registers("a", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> bus.claimMmio(0xFE00_1000L, 0x1000, registers("b", 0)));
        assertThatIllegalArgumentException().isThrownBy(() -> bus.claimMmio(0xFE00_2010L, 0x1000, registers("b", 0)));
    }

    @Test
    void devicesReachMemoryAndNothingElse() {
        assertThat(bus.write(0x1000, new byte[] {1, 2, 3}, 1, 2)).isTrue();
        byte[] back = new byte[3];
        assertThat(bus.read(0x1000, back, 1, 2)).isTrue();
        assertThat(back).containsExactly(0, 2, 3);
        assertThat(bus.read(1 << 20, back, 0, 1)).isFalse();
        assertThat(bus.write(-8, back, 0, 1)).isFalse();
    }
}
