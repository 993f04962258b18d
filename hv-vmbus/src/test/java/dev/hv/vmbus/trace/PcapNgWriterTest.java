package dev.hv.vmbus.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A pcapng capture")
class PcapNgWriterTest {

    @Test
    @DisplayName("has a section header, an interface and a packet, byte for byte")
    void bytes() {
        var out = new ByteArrayOutputStream();
        var writer = new PcapNgWriter(out);
        int on = writer.addInterface(PcapNgWriter.USER0, "scsi0");
        writer.packet(on, 0x0000_0001_0000_0002L, true, new byte[] {9, 1, 2, 3, 4, 5}, 1, 5, "ab");

        assertThat(on).isZero();
        assertThat(HexFormat.of().formatHex(out.toByteArray())).isEqualTo(String.join("",
                "0a0d0d0a", "1c000000", "4d3c2b1a", "0100", "0000", "ffffffffffffffff", "1c000000",
                "01000000", "2c000000", "9300", "0000", "00000000", "02000500", "7363736930000000", "09000100", "09000000", "00000000",
                "2c000000",
                "06000000", "3c000000", "00000000", "01000000", "02000000", "05000000", "05000000", "0102030405000000",
                "02000400", "01000000", "01000200", "61620000", "00000000", "3c000000"));
    }

    @Test
    @DisplayName("writes each block at once and whole, so that a reader sees packets as they come")
    void blocks() {
        var writes = new ArrayList<Integer>();
        var out = new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("a byte alone");
            }

            @Override
            public void write(byte[] data, int offset, int length) {
                writes.add(length);
            }
        };
        var writer = new PcapNgWriter(out);
        assertThat(writes).containsExactly(28);
        int on = writer.addInterface(PcapNgWriter.ETHERNET, "eth0");
        assertThat(writes).hasSize(2);
        writer.packet(on, 1, true, new byte[1500], 0, 1500, null);
        // 28 of the packet block with its length at the end, flags and the end of options
        assertThat(writes).hasSize(3).element(2).isEqualTo(1500 + 32 + 8 + 4);
    }

    @Test
    @DisplayName("ends quietly when its stream fails, and says why")
    void failure() {
        var full = new OutputStream() {
            private int calls;

            @Override
            public void write(int b) throws IOException {
                calls++;
                throw new IOException("no space left");
            }
        };
        var writer = new PcapNgWriter(full);
        writer.addInterface(PcapNgWriter.ETHERNET, "eth");
        writer.packet(0, 0, false, new byte[4], 0, 4, null);

        assertThat(writer.failure()).hasMessage("no space left");
        assertThat(full.calls).isEqualTo(1);
    }
}
