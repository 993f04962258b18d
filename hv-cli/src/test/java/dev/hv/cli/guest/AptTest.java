package dev.hv.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hv.cli.config.WorkFolder;
import dev.hv.cli.run.HostProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which archives a guest's packages come from. */
class AptTest {

    private static final String MIRROR = "http://mirror.example/debian";

    @Test
    void aReleaseComesWithItsUpdatesFromTheSitesOfTheHost() throws Exception {
        List<String> sites = List.of("http://other.example/repo", MIRROR, "http://mirror.example/debian-security/", "http://second.example/debian");
        assertThat(Apt.sources(sites, "bookworm", "arch=amd64").lines()).containsExactly("deb [arch=amd64] http://mirror.example/debian bookworm main",
                "deb [arch=amd64] http://mirror.example/debian bookworm-updates main",
                "deb [arch=amd64] http://mirror.example/debian-security/ bookworm-security main");
    }

    @Test
    void securityUpdatesAreBesideTheArchiveUnlessSourcesSayOtherwise() throws Exception {
        assertThat(Apt.sources(List.of(MIRROR), "trixie", "arch=i386").lines()).hasSize(3)
                .last().isEqualTo("deb [arch=i386] http://mirror.example/debian-security trixie-security main");
    }

    @Test
    void unstableIsItsOwnUpdate() throws Exception {
        assertThat(Apt.sources(List.of(MIRROR), "sid", "arch=amd64").lines()).containsExactly("deb [arch=amd64] http://mirror.example/debian sid main");
    }

    @Test
    void aHostWithoutADebianArchiveIsToldSo() {
        assertThatThrownBy(() -> Apt.sources(List.of("http://archive.example/ubuntu"), "bookworm", "")).isInstanceOf(GuestException.class)
                .hasMessageContaining("sources.list");
    }

    @Test
    void updatesThatCannotBeReadAreDoneWithout() throws Exception {
        if (System.getenv("HV_REQUIRE_GUESTS") == null) {
            assumeTrue(HostProgram.there("apt-get"), "SKIPPED: no apt-get on this host");
        }
        try (var work = new WorkFolder("hv-test-")) {
            var apt = new Apt(work.path(), "bookworm", "amd64");
            Path sources = work.path().resolve("sources.list");
            Files.writeString(sources, Files.readString(sources).replace("bookworm-security", "bookworm-nowhere"));
            apt.update();
            assertThat(Files.readAllLines(sources)).hasSize(1);
            assertThat(apt.closure("linux-image-cloud-amd64", "linux-image-.*")).hasSizeGreaterThan(1);
        }
    }

    @Test
    void listsSayWhatIsNewestAndWhatItNeeds() throws Exception {
        if (System.getenv("HV_REQUIRE_GUESTS") == null) {
            assumeTrue(HostProgram.there("apt-get"), "SKIPPED: no apt-get on this host");
        }
        try (var work = new WorkFolder("hv-test-")) {
            var apt = new Apt(work.path(), "bookworm", "amd64");
            apt.update();
            List<String> images = apt.closure("linux-image-cloud-amd64", "linux-image-.*").stream().filter(n -> n.matches(".*-\\d+-cloud-amd64")).toList();
            assertThat(images).hasSize(1);
            // the last point release has 6.1.0-50; what security added later is newer
            assertThat(apt.withDependencies(List.of("busybox-static", "bc"))).contains("busybox-static", "bc", "libc6", "libreadline8");
            assertThat(apt.field("bc", "SHA256")).matches("[0-9a-f]{64}");
            assertThatThrownBy(() -> apt.field("bc", "Nothing")).isInstanceOf(GuestException.class).hasMessageContaining("no Nothing of bc");
            assertThat(Integer.parseInt(images.getFirst().replaceAll(".*-(\\d+)-cloud-amd64", "$1"))).isGreaterThan(50);
        }
    }
}
