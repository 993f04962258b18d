package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.devices.integration.IntegrationText;
import dev.hv.devices.network.NetworkText;
import dev.hv.devices.storage.StorageText;
import dev.hv.vmbus.protocol.PayloadText;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What traces say of the packets of devices. */
class DeviceTextTest {

    private static String say(PayloadText text, String hex) {
        byte[] p = HexFormat.of().parseHex(hex.replace(" ", ""));
        var out = new StringBuilder();
        text.describe(true, p, p.length, false, out);
        return out.toString();
    }

    @Test
    void packetsAreNamedWithWhatTheyCarry() {
        // operation 3, flags, status; length 52, statuses, port, path, target 0, unit 1, CDB length 10; WRITE(10) of 8 blocks from 0x1000
        assertThat(say(new StorageText(), "03000000 01000000 00000000 3400 00 00 00 00 00 01 0a 14 00 00 00100000 2a000000100000000800000000000000 00000000 00000000"))
                .isEqualTo("ExecuteSrb lun 0:1 WRITE(10) block 4096 count 8");
        assertThat(say(new NetworkText(), "6b000000 01000000 ffffffff 00000000")).isEqualTo("SendRndisPacket control section 0xffffffff bytes 0x0");
        assertThat(say(new IntegrationText(), "01000000 20000000 03000000 0100 03000000 0800 00000000 01 04 0000 0000000000000000"))
                .isEqualTo("heartbeat response status 0x00000000, 8 bytes");
    }

    @Test
    void whateverAGuestSendsIsDescribedWithoutAnError() {
        var random = new Random(2);
        for (PayloadText text : List.of(new StorageText(), new NetworkText(), new IntegrationText())) {
            for (int i = 0; i < 10_000; i++) {
                byte[] p = new byte[random.nextInt(80)];
                random.nextBytes(p);
                if (p.length > 4) {
                    p[0] = (byte) random.nextInt(140);
                    p[1] = p[2] = p[3] = 0;
                }
                var out = new StringBuilder();
                text.describe(true, p, p.length, random.nextBoolean(), out);
                assertThat(out).isNotEmpty();
            }
        }
    }
}
