package dev.hv.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Images of others that own the bare machine, unmodified. They come from elsewhere: HV_XEN names Xen's ELF image (of Debian's xen-hypervisor-4.17-amd64,
 * unpacked), HV_MEMTEST a 64-bit memtest86+ with a Linux boot header.
 */
class ForeignImagesTest {

    /** Xen with and without going through real mode, on both vendors' processors. */
    static List<Arguments> xen() {
        return System.getenv("HV_XEN") == null ? List.of()
                : List.of(Arguments.of("", "intel"), Arguments.of(" no-real-mode", "intel"), Arguments.of("", "amd"));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("xen")
    void xenStartsDebianAsItsFirstDomain(String mode, String cpu) throws Exception {
        // the cloud kernel of the guest is without Xen's console
        Path kernel = DebianKvmTest.guest("bookworm").resolve("vmlinuz");
        HvProcess hv = HvProcess.run("run", "--bare", "--multiboot", System.getenv("HV_XEN"), "--append",
                "console=com1 com1=115200,8n1 loglvl=all dom0_mem=320M" + mode, "--module", kernel + " console=hvc0 quiet", "--module",
                DebianGuests.guest("bookworm").initrd().toString(), "--memory", "768M", "--cpu", cpu, "--timeout",
                DebianGuests.LONGEST);
        assertThat(hv.out()).contains("[0000000000000000, 000000000008ffff] (usable)").contains("PCI: MCFG area at fe000000 reserved in E820")
                .contains(cpu.equals("amd") ? "HVM: SVM enabled" : "HVM: VMX enabled").contains("Building a PV Dom0").contains("HV-GUEST-READY").contains("Entering ACPI S5 state");
        assertThat(hv.status()).as(hv.err()).isZero();
    }

    static List<String> memtest() {
        return System.getenv("HV_MEMTEST") == null ? List.of() : List.of(System.getenv("HV_MEMTEST"));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("memtest")
    void memtestFindsNoErrors(String image) throws Exception {
        HvProcess hv = HvProcess.run("run", "--bare", "--kernel", image, "--append", "console=ttyS0,115200", "--memory", "16M", "--max-instructions", "400000000",
                "--timeout", DebianGuests.LONGEST);
        assertThat(hv.out()).contains("Memtest86+ v6.10").contains("Status: Testing").contains("Errors: 0").doesNotContainPattern("Errors: [1-9]");
        assertThat(hv.status()).as(hv.err()).isEqualTo(4);
    }
}
