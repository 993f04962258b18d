package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.guest.DebianPackages;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Xen 4.17 of Debian's on the bare machine, whose tools start guests: a paravirtual one, and one on the processor's virtualisation
 * (src/test/guests/xen). Debian's Xen has no shadow paging. HV_XEN_PACKAGES may name a folder with the packages.
 */
@Tag("environment")
class XenGuestsTest {

    private static final List<String> PACKAGES = List.of("linux-image-amd64", "xen-hypervisor-4.17-amd64", "xen-utils-4.17", "xenstore-utils", "qemu-system-xen");
    private static final String FOLLOW = "linux-image-.*|xen-utils-common|qemu-system-data|seabios|lib(?!c6$|c-|gcc|crypt1$).*";

    private static Path built() throws Exception {
        Path packages;
        if (System.getenv("HV_XEN_PACKAGES") == null) {
            assumeTrue(HostProgram.there("apt-get"), "SKIPPED: no apt-get on this host, so Xen cannot be fetched");
            packages = DebianPackages.fetch("bookworm", Path.of("target", "guests", "xen", "packages"), PACKAGES, FOLLOW);
        } else {
            packages = Path.of(System.getenv("HV_XEN_PACKAGES"));
        }
        Path out = Path.of("target", "guests", "xen");
        Path guest = DebianGuests.guest("bookworm").initrd().getParent();
        HostProgram.build("src/test/guests/xen/build", packages, guest, out);
        return out;
    }

    @ParameterizedTest
    @ValueSource(strings = {"intel", "amd"})
    void xlStartsGuestsOfEachKind(String cpu) throws Exception {
        Path files = built();
        HvProcess hv = HvProcess.run("run", "--bare", "--multiboot", files.resolve("xen").toString(), "--append",
                "console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all dom0_mem=512M", "--module", files.resolve("vmlinuz") + " console=hvc0 quiet", "--module",
                files.resolve("initrd.img").toString(), "--memory", "1G", "--cpu", cpu, "--time", "virtual", "--timeout", "40m");
        for (String kind : List.of("pv", "pvh", "hvm")) {
            int begin = hv.out().indexOf("XEN-GUEST-BEGIN " + kind + "\r");
            int end = hv.out().indexOf("XEN-GUEST-END " + kind + " ");
            assertThat(begin).as(hv.out()).isNotNegative().isLessThan(end);
            assertThat(hv.out().substring(begin, end)).contains("Hypervisor detected: Xen " + (kind.equals("pv") ? "PV" : "HVM"), "HV-GUEST-READY");
        }
        assertThat(hv.status()).as(hv.err()).isZero();
    }
}
