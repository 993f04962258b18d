package dev.hv.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.junit.jupiter.api.Test;

class InitrdTest {

    @Test
    void anotherImplementationReadsTheArchive() throws Exception {
        byte[] archive = new Initrd().directory("bin").file("bin/tool", true, "abc".getBytes(StandardCharsets.US_ASCII)).link("bin/alias", "tool").finish();
        assertThat(archive.length % 512).isZero();
        try (var cpio = new CpioArchiveInputStream(new ByteArrayInputStream(archive))) {
            var bin = cpio.getNextEntry();
            assertThat(bin.getName()).isEqualTo("bin");
            assertThat(bin.isDirectory()).isTrue();
            var tool = cpio.getNextEntry();
            assertThat(tool.getName()).isEqualTo("bin/tool");
            assertThat(tool.getMode()).isEqualTo(0100755);
            assertThat(new String(cpio.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("abc");
            var alias = cpio.getNextEntry();
            assertThat(alias.isSymbolicLink()).isTrue();
            assertThat(new String(cpio.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("tool");
            assertThat(cpio.getNextEntry()).isNull();
        }
    }

    @Test
    void aScriptBecomesASecondArchiveAtAMultipleOfFour() throws Exception {
        byte[] both = Initrd.withScript(new byte[] {1, 2, 3, 4, 5}, "true\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(both[4]).isEqualTo((byte) 5);
        assertThat(new String(both, 8, 6, StandardCharsets.US_ASCII)).isEqualTo("070701");
        assertThat(new String(both, StandardCharsets.ISO_8859_1)).contains("etc/hv/run.sh").contains("true\n");
    }

    @Test
    void dependenciesAreReadFromTheModuleInformation() {
        byte[] module = "xx\0license=GPL\0depends=hv_vmbus,scsi-mod\0name=hv_storvsc\0".getBytes(StandardCharsets.US_ASCII);
        assertThat(KernelModules.depends(module)).containsExactly("hv_vmbus", "scsi_mod");
        assertThat(KernelModules.depends("\0depends=\0".getBytes(StandardCharsets.US_ASCII))).isEmpty();
        assertThat(KernelModules.name("lib/modules/6.1/kernel/drivers/hid/hid-hyperv.ko.xz")).isEqualTo("hid_hyperv");
        assertThat(KernelModules.name("usr/share/doc/x.ko")).isNull();
    }
}
