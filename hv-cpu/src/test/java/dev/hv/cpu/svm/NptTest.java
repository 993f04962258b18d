package dev.hv.cpu.svm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nested paging: faults and their error codes, accessed and dirty flags, PAE guests (APM vol. 2, 15.25). */
class NptTest {

    private static final int NPF = 0x400;
    private static final long PTE_5 = SvmFixture.NPT_PT + 8 * 5;

    private final SvmFixture f = new SvmFixture();

    @AfterEach
    void free() {
        f.close();
    }

    private void read() {
        f.code(0x1000, 0x8A, 0x04, 0x25, 0, 0x50, 0, 0, 0x0F, 0x01, 0xD9);
    }

    private void write() {
        f.code(0x1000, 0x88, 0x04, 0x25, 0, 0x50, 0, 0, 0x0F, 0x01, 0xD9);
    }

    private void fails(long error, long address) {
        assertThat(f.run()).isEqualTo(NPF);
        assertThat(f.r(0x78)).isEqualTo(error);
        assertThat(f.r(0x80)).isEqualTo(address);
        assertThat(f.r(0x578)).isEqualTo(0x1000);
    }

    @Test
    void aPageThatIsNotThere() {
        f.put64(PTE_5, 0);
        read();
        fails(0x100000004L, 0x5000);
        assertThat(f.v.get8(0xD0)).as("decode assist").isEqualTo(15);
        write();
        f.w(0x578, 0x1000);
        fails(0x100000006L, 0x5000);
    }

    @Test
    void aPageThatMayNotBeWritten() {
        f.put64(PTE_5, SvmFixture.GUEST + 0x5000 | 5);
        write();
        fails(0x100000007L, 0x5000);
    }

    @Test
    void everyAccessIsAUsers() {
        f.put64(PTE_5, SvmFixture.GUEST + 0x5000 | 3);
        read();
        fails(0x100000005L, 0x5000);
    }

    @Test
    void aPageThatMayNotBeExecuted() {
        f.put64(SvmFixture.NPT_PT + 8, SvmFixture.GUEST + 0x1000 | 7 | 1L << 63);
        fails(0x100000015L, 0x1000);
        assertThat(f.v.get8(0xD0)).as("no bytes of what cannot be fetched").isZero();
    }

    @Test
    void reservedBits() {
        f.put64(PTE_5, SvmFixture.GUEST + 0x5000 | 7 | 1L << 50);
        read();
        fails(0x10000000DL, 0x5000);
        f.put64(SvmFixture.NPT_PML4, f.get64(SvmFixture.NPT_PML4) | 0x100);
        f.v.set8(0x5C, 1);
        fails(0x20000000FL, SvmFixture.GUEST_PML4);
    }

    @Test
    void theGuestsTablesAreWritten() {
        long tables = SvmFixture.NPT_PT + 8 * (SvmFixture.GUEST_PML4 >>> 12);
        f.put64(tables, SvmFixture.GUEST + SvmFixture.GUEST_PML4 | 5);
        fails(0x200000007L, SvmFixture.GUEST_PML4);
    }

    @Test
    void flagsAreKept() {
        read();
        f.run();
        assertThat(f.get64(PTE_5) & 0x60).as("read").isEqualTo(0x20);
        assertThat(f.get64(SvmFixture.NPT_PML4) & 0x20).isEqualTo(0x20);
        write();
        f.runAgain();
        assertThat(f.get64(PTE_5) & 0x60).as("written").isEqualTo(0x60);
    }

    /** MOV to CR3 loads no PDPTEs under nested paging: reserved bits are found by the access that uses one. */
    @Test
    void aPaeGuestsTablesAreReadWhenTheyAreUsed() {
        f.w(0x4D0, 0x1000);
        f.segment(0x410, 8, 0xC9B, -1, 0);
        f.w(0x550, 0x6000);
        f.put64(SvmFixture.GUEST + 0x6000, 0x7001);
        f.put64(SvmFixture.GUEST + 0x6008, 0x7000 | 1 | 2);
        f.put64(SvmFixture.GUEST + 0x7000, 0x87);
        // mov eax, cr3; mov cr3, eax; vmmcall
        f.code(0x1000, 0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8, 0x0F, 0x01, 0xD9);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
        f.intercept(0x4E);
        // mov al, [0x40000000]
        f.code(0x1000, 0xA0, 0, 0, 0, 0x40);
        assertThat(f.runAgain()).isEqualTo(0x4E);
        assertThat(f.r(0x78)).isEqualTo(9);
    }

    @Test
    void withoutNestedPagingAddressesAreTheHosts() {
        f.w(0x90, 0);
        f.w(0x550, 0x20000);
        f.put64(0x20000, 0x21007);
        f.put64(0x21000, 0x22007);
        f.put64(0x22000, 0x200087);
        f.code(0x1000, SvmFixture.CALL);
        assertThat(f.run()).isEqualTo(SvmFixture.VMMCALL);
    }

    @Test
    void theHostsPagingModeSaysHowManyLevelsThereAre() {
        long root = 0x60000;
        try (var five = new SvmFixture(CpuModels.parse("amd,+la57"))) {
            five.put64(root, SvmFixture.NPT_PML4 | 7);
            five.put64(SvmFixture.GUEST + root, SvmFixture.GUEST_PML4 | 7);
            five.put64(SvmFixture.GUEST + root + 8 * 3, SvmFixture.GUEST_PML4 | 7);
            five.c.cr4 |= Control.CR4_LA57;
            five.w(0xB0, root);
            five.w(0x548, 0x20 | Control.CR4_LA57);
            five.w(0x550, root);
            // mov al, [rbx]; vmmcall
            five.code(0x1000, 0x8A, 0x03, 0x0F, 0x01, 0xD9);
            five.c.gpr(Cpu.RBX, 3L << 48 | 0x5000);
            five.put64(SvmFixture.GUEST + 0x5000, 0x77);
            five.intercept(SvmExitCode.VMMCALL);
            assertThat(five.run()).isEqualTo(SvmExitCode.VMMCALL);
            assertThat(five.r(0x5F8) & 0xFF).isEqualTo(0x77);
        }
    }
}
