package dev.hv.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DebPackageTest {

    @TempDir
    private Path temp;

    private Path deb(String member) throws Exception {
        byte[] data = new DebFile().folder("./boot").file("./boot/vmlinuz-1", "kernel").tar();
        if (member.endsWith(".xz")) {
            data = DebFile.xz(data);
        } else if (member.endsWith(".gz")) {
            var packed = new ByteArrayOutputStream();
            try (OutputStream out = new GZIPOutputStream(packed)) {
                out.write(data);
            }
            data = packed.toByteArray();
        }
        return DebFile.write(temp.resolve("a.deb"), member, data);
    }

    @ParameterizedTest
    @ValueSource(strings = {"data.tar", "data.tar.gz", "data.tar.xz"})
    void regularFilesAreVisitedWithoutTheLeadingDot(String member) throws Exception {
        Map<String, String> seen = new LinkedHashMap<>();
        DebPackage.visit(deb(member), (path, contents) -> seen.put(path, new String(contents.readAllBytes(), StandardCharsets.US_ASCII)));
        assertThat(seen).isEqualTo(Map.of("boot/vmlinuz-1", "kernel"));
    }

    @Test
    void linksOfBothKindsAreVisited() throws Exception {
        byte[] data = new DebFile().file("./usr/bin/a", true, new byte[] {1}).link("./usr/bin/b", "a").hardLink("./usr/bin/c", "./usr/bin/a").tar();
        Map<String, String> seen = new LinkedHashMap<>();
        DebPackage.visit(DebFile.write(temp.resolve("b.deb"), "data.tar", data), new DebPackage.Visitor() {
            @Override
            public void file(String path, InputStream contents) {
                throw new AssertionError("a file whose mode is not asked for");
            }

            @Override
            public void file(String path, boolean executable, InputStream contents) {
                seen.put(path, executable ? "program" : "file");
            }

            @Override
            public void link(String path, String target) {
                seen.put(path, target);
            }
        });
        assertThat(seen).isEqualTo(Map.of("usr/bin/a", "program", "usr/bin/b", "a", "usr/bin/c", "/usr/bin/a"));
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
        modules.add(folder + "scsi/hv_storvsc.ko.xz", new ByteArrayInputStream(DebFile.xz(storvsc)));
        modules.add(folder + "hv/hv_vmbus.ko", new ByteArrayInputStream(vmbus));
        modules.add(folder + "scsi/scsi_mod.ko.xz", new ByteArrayInputStream(DebFile.xz(new byte[] {1})));
        modules.add(folder + "net/unwanted.ko", new ByteArrayInputStream(new byte[] {2}));
        Map<String, byte[]> order = modules.closure(List.of("hv_storvsc", "built_in", "hv_vmbus"));
        assertThat(order.keySet()).containsExactly("hv_vmbus", "scsi_mod", "hv_storvsc");
        assertThat(order.get("hv_storvsc")).isEqualTo(storvsc);
        assertThat(order.get("scsi_mod")).containsExactly(1);
    }
}
