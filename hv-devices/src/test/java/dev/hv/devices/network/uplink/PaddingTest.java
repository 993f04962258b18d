package dev.hv.devices.network.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaddingTest {

    private static final int WIRE = 60;

    /** An acknowledgement of TCP by IPv4 (40 bytes), the same with a VLAN tag, a datagram of one byte (29), by IPv6 one of none (48 is no padding), ARP, and lengths that say more than there is. */
    @ParameterizedTest
    @CsvSource({"0800 45000028 00000000 4006 0000 0a000001 0a000002 0001 0002 00000000 00000000 5010 0000 00000000, 60, 54",
        "8100 0005 0800 45000028 00000000 4006 0000 0a000001 0a000002 0001 0002 00000000 00000000 5010 0000 00000000, 60, 58",
        "0800 4500001d 00000000 4011 0000 0a000001 0a000002 0001 0002 0009 0000 61, 60, 43", "0806 0001, 60, 60", "0800 45000100 00000000 4006 0000 0a000001 0a000002, 60, 60",
        "0800 45000028 00000000 4006 0000 0a000001 0a000002 0001 0002 00000000 00000000 5010 0000 00000000, 61, 61",
        "86dd 60000000 0000 3b40, 60, 54", "86dd 60000000 0800 3b40, 60, 60", "0800, 14, 14", "08, 13, 13"})
    void whatBringsAFrameToItsLeastLengthIsKnown(String bytes, int length, int without) {
        byte[] frame = ByteBuffer.allocate(WIRE + 10).position(5 + 12).put(HexFormat.of().parseHex(bytes.replace(" ", ""))).array();
        assertThat(Padding.without(frame, 5, length)).isEqualTo(without);
    }
}
