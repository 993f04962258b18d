package dev.hv.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class DebPackageTest {

    @TempDir
    private Path temp;

    private static byte[] xz(byte[] plain) throws Exception {
        var packed = new ByteArrayOutputStream();
        try (var out = new XZOutputStream(packed, new LZMA2Options(0))) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private Path deb(String member) throws Exception {
        var tar = new ByteArrayOutputStream();
        try (var out = new TarArchiveOutputStream(tar)) {
            out.putArchiveEntry(new TarArchiveEntry("./boot/"));
            out.closeArchiveEntry();
            var kernel = new TarArchiveEntry("./boot/vmlinuz-1");
            kernel.setSize(6);
            out.putArchiveEntry(kernel);
            out.write("kernel".getBytes(StandardCharsets.US_ASCII));
            out.closeArchiveEntry();
        }
        byte[] data = tar.toByteArray();
        if (member.endsWith(".xz")) {
            data = xz(data);
        } else if (member.endsWith(".gz")) {
            var packed = new ByteArrayOutputStream();
            try (OutputStream out = new GZIPOutputStream(packed)) {
                out.write(data);
            }
            data = packed.toByteArray();
        }
        Path file = temp.resolve("a.deb");
        try (var ar = new ArArchiveOutputStream(Files.newOutputStream(file))) {
            ar.putArchiveEntry(new ArArchiveEntry("debian-binary", 4));
            ar.write("2.0\n".getBytes(StandardCharsets.US_ASCII));
            ar.closeArchiveEntry();
            ar.putArchiveEntry(new ArArchiveEntry(member, data.length));
            ar.write(data);
            ar.closeArchiveEntry();
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"data.tar", "data.tar.gz", "data.tar.xz"})
    void regularFilesAreVisitedWithoutTheLeadingDot(String member) throws Exception {
        Map<String, String> seen = new LinkedHashMap<>();
        DebPackage.visit(deb(member), (path, contents) -> seen.put(path, new String(contents.readAllBytes(), StandardCharsets.US_ASCII)));
        assertThat(seen).isEqualTo(Map.of("boot/vmlinuz-1", "kernel"));
    }

    @Test
    void packagesThatCannotBeReadAreNamed() throws Exception {
        Path strange = deb("data.tar.zst");
        assertThatExceptionOfType(GuestException.class).isThrownBy(() -> DebPackage.visit(strange, (p, c) -> {})).withMessageContaining("a.deb")
                .withMessageContaining("data.tar.zst");
        Path hollow = deb("other");
        assertThatExceptionOfType(GuestException.class).isThrownBy(() -> DebPackage.visit(hollow, (p, c) -> {})).withMessageContaining("not a Debian package");
    }

    @Test
    void modulesComeBehindWhatTheyNeedAndUnpacked() throws Exception {
        var modules = new KernelModules(temp);
        String folder = "usr/lib/modules/6.12/kernel/drivers/";
        byte[] storvsc = "\0depends=hv_vmbus,scsi_mod\0".getBytes(StandardCharsets.US_ASCII);
        byte[] vmbus = "\0depends=\0".getBytes(StandardCharsets.US_ASCII);
        modules.add(folder + "scsi/hv_storvsc.ko.xz", new ByteArrayInputStream(xz(storvsc)));
        modules.add(folder + "hv/hv_vmbus.ko", new ByteArrayInputStream(vmbus));
        modules.add(folder + "scsi/scsi_mod.ko.xz", new ByteArrayInputStream(xz(new byte[] {1})));
        modules.add(folder + "net/unwanted.ko", new ByteArrayInputStream(new byte[] {2}));
        Map<String, byte[]> order = modules.closure(List.of("hv_storvsc", "built_in", "hv_vmbus"));
        assertThat(order.keySet()).containsExactly("hv_vmbus", "scsi_mod", "hv_storvsc");
        assertThat(order.get("hv_storvsc")).isEqualTo(storvsc);
        assertThat(order.get("scsi_mod")).containsExactly(1);
    }
}
