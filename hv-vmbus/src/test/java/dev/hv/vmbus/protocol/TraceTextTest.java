package dev.hv.vmbus.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TraceTextTest {

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    @Test
    void controlMessagesAreNamedWithTheirFields() {
        // type 14, padding, version 5.3, target processor 1
        byte[] contact = hex("0e000000 00000000 03000500 01000000 02000000 00000000");
        assertThat(MessageText.describe(contact, contact.length)).isEqualTo("InitiateContact version 5.3 vp 1");
        byte[] open = hex("05000000 00000000 07000000 09000000 23e10800 02000000 04000000");
        assertThat(MessageText.describe(open, open.length)).isEqualTo("OpenChannel channel 7 open 9 gpadl 581923 vp 2 downstream page 4");
        byte[] created = hex("0a000000 00000000 07000000 05000000 0d0000c0");
        assertThat(MessageText.describe(created, created.length)).isEqualTo("GpadlCreated channel 7 gpadl 5 status 0xc000000d");
        assertThat(MessageText.describe(created, 14)).isEqualTo("GpadlCreated channel 7 truncated");
        assertThat(MessageText.describe(hex("63000000 00000000"), 8)).isEqualTo("type 99, 8 bytes");
    }

    @Test
    void packetsAreDescribedByDescriptorAndDevice() {
        // in-band, payload behind 16 bytes, 24 bytes in all, answer wanted, transaction 5; payload "aAAAAAAA"
        byte[] packet = hex("0600 0200 0300 0100 0500000000000000 6141414141414141 0000000000000000");
        assertThat(PacketText.describe(true, packet, packet.length, null)).isEqualTo("in-band transaction 0x5, answer wanted; 8 bytes");
        assertThat(PacketText.describe(true, packet, packet.length, (fromGuest, p, length, completion, out) -> out.append((char) p[0]).append(length).append(completion)))
                .endsWith("; a8false");
    }

    @Test
    void whateverAGuestSendsIsDescribedWithoutAnError() {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(260)];
            random.nextBytes(bytes);
            if (bytes.length > 4) {
                bytes[0] = (byte) random.nextInt(26);
                bytes[1] = bytes[2] = bytes[3] = 0;
            }
            assertThat(MessageText.describe(bytes, bytes.length)).isNotEmpty();
            assertThat(PacketText.describe(true, bytes, bytes.length, null)).isNotEmpty();
        }
    }
}
