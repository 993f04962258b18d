package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.guest.GuestFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian guests at access ports of one switch. */
@Tag("environment")
class DebianVlanTest {

    @TempDir
    private Path temp;

    private Path script(String name, int address, String then) throws Exception {
        return Files.writeString(temp.resolve(name), "ip link set eth0 up\nip addr add 10.1.0." + address + "/24 dev eth0\n" + then + "\n");
    }

    @Test
    void guestsReachThoseOfTheirOwnVlanAlone() throws Exception {
        GuestFolder guest = DebianGuests.guest("bookworm");
        Path lab = Files.writeString(temp.resolve("lab.yaml"), """
                defaults: {kernel: %s, initrd: %s, append: console=ttyS0 quiet, memory: 128M}
                machines:
                  - {name: a, guest-script: %s, nets: [{to: "switch:v", vlan: 10}]}
                  - {name: b, guest-script: %s, nets: ["switch:v,vlan=10"]}
                  - {name: c, guest-script: %s, nets: ["switch:v,vlan=20"]}
                """.formatted(guest.kernel().toAbsolutePath(), guest.initrd().toAbsolutePath(), script("a.sh", 1, "sleep 30"),
                script("b.sh", 2, "sleep 5; ping -c 2 -W 2 10.1.0.1 > /dev/null && echo reached"), script("c.sh", 3, "sleep 5; ping -c 2 -W 2 10.1.0.1 > /dev/null || echo alone")));
        HvProcess hv = HvProcess.run("run", lab.toString(), "--time", "virtual", "--timeout", DebianGuests.LONGEST);
        assertThat(hv.out()).as(hv.err()).contains("b| reached", "c| alone");
        assertThat(hv.status()).isZero();
    }
}
