package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Extended page tables (SDM vol. 3C, 28.3) under guest code, with violations' qualifications of table 27-7. */
class EptTest {

    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int FETCH = 4;
    private static final int LINEAR_VALID = 1 << 7;
    private static final int FINAL = 1 << 8;

    private final VmxFixture f = new VmxFixture();
    private final Cpu c = f.c;

    @AfterEach
    void free() {
        f.close();
    }

    private static long pte(long guestPhysical) {
        return VmxFixture.EPT_PT + 8 * (guestPhysical >>> 12);
    }

    private void rights(long guestPhysical, int rwx) {
        f.put64(pte(guestPhysical), f.get64(pte(guestPhysical)) & ~7L | rwx);
    }

    /** mov rax, [rbx]; cpuid at 1000h, mov [rbx], rax; cpuid at 1100h. */
    private void loadAndStore(long address) {
        f.code(0x1000, 0x48, 0x8B, 0x03, 0x0F, 0xA2);
        f.code(0x1100, 0x48, 0x89, 0x03, 0x0F, 0xA2);
        c.gpr(Cpu.RBX, address);
    }

    @Test
    void guestMemoryIsWhereTheTablesSay() {
        loadAndStore(0x5008);
        f.put64(VmxFixture.GUEST + 0x5008, 0x1122334455667788L);
        assertThat(f.run()).isEqualTo(10);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x1122334455667788L);
        c.gpr(Cpu.RAX, 42);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        f.run();
        assertThat(f.get64(VmxFixture.GUEST + 0x5008)).isEqualTo(42);
    }

    @Test
    void aMissingPageIsAReadViolation() {
        loadAndStore(0x5008);
        rights(0x5000, 0);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification()).isEqualTo(READ | LINEAR_VALID | FINAL);
        assertThat(f.r(VmcsField.GUEST_PHYSICAL_ADDRESS)).isEqualTo(0x5008);
        assertThat(f.r(VmcsField.GUEST_LINEAR_ADDRESS)).isEqualTo(0x5008);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1000);
    }

    @Test
    void aReadOnlyPageIsAWriteViolationThatTellsItsRights() {
        loadAndStore(0x5008);
        rights(0x5000, READ | FETCH);
        assertThat(f.run()).isEqualTo(10);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification()).isEqualTo(WRITE | (READ | FETCH) << 3 | LINEAR_VALID | FINAL);
    }

    @Test
    void rightsAddedAfterAViolationNeedNoInvept() {
        loadAndStore(0x5008);
        rights(0x5000, READ);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(48);
        rights(0x5000, READ | WRITE);
        assertThat(f.run()).isEqualTo(10);
    }

    @Test
    void rightsTakenAwayCountAfterInvept() {
        loadAndStore(0x5008);
        assertThat(f.run()).isEqualTo(10);
        rights(0x5000, 0);
        assertThat(f.unit.invept(1, VmxFixture.EPTP)).isZero();
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(48);
    }

    @Test
    void invvpidOfTheGuestDoesNotForgetOtherContexts() {
        loadAndStore(0x5008);
        f.run();
        assertThat(f.unit.invvpid(1, 1, 0)).isZero();
        f.w(VmcsField.GUEST_RIP, 0x1000);
        assertThat(f.run()).isEqualTo(10);
    }

    @Test
    void rightsOfUpperEntriesCountToo() {
        loadAndStore(0x5008);
        f.put64(VmxFixture.EPT_PD, VmxFixture.EPT_PT | READ | FETCH);
        f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4, f.get64(VmxFixture.GUEST + VmxFixture.GUEST_PML4) | 0x20);
        f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4 + 0x1000, f.get64(VmxFixture.GUEST + VmxFixture.GUEST_PML4 + 0x1000) | 0x20);
        f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4 + 0x2000, 0xE7);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification()).isEqualTo(WRITE | (READ | FETCH) << 3 | LINEAR_VALID | FINAL);
    }

    @Test
    void fetchesNeedExecuteRights() {
        rights(0x1000, READ | WRITE);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification()).isEqualTo(FETCH | (READ | WRITE) << 3 | LINEAR_VALID | FINAL);
        assertThat(f.r(VmcsField.GUEST_PHYSICAL_ADDRESS)).isEqualTo(0x1000);
    }

    @Test
    void executeOnlyPagesRunButCannotBeRead() {
        f.code(0x1000, 0x48, 0x8B, 0x03);
        c.gpr(Cpu.RBX, 0x1000);
        rights(0x1000, FETCH);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification()).isEqualTo(READ | FETCH << 3 | LINEAR_VALID | FINAL);
    }

    @Test
    void aWalkOfTheGuestsTablesIsToldApart() {
        rights(VmxFixture.GUEST_PML4 + 0x1000, 0);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification() & (FINAL | LINEAR_VALID)).isEqualTo(LINEAR_VALID);
        assertThat(f.qualification() & 7).isEqualTo(READ);
        assertThat(f.r(VmcsField.GUEST_PHYSICAL_ADDRESS)).isEqualTo(VmxFixture.GUEST_PML4 + 0x1000);
        assertThat(f.r(VmcsField.GUEST_LINEAR_ADDRESS)).isEqualTo(0x1000);
    }

    @Test
    void settingAFlagInAReadOnlyGuestTableIsAReadAndAWrite() {
        rights(VmxFixture.GUEST_PML4, READ);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification()).isEqualTo(READ | WRITE | READ << 3 | LINEAR_VALID);
        assertThat(f.r(VmcsField.GUEST_PHYSICAL_ADDRESS)).isEqualTo(VmxFixture.GUEST_PML4);
    }

    @Test
    void withAccessedAndDirtyFlagsAWalkIsAReadAndAWrite() {
        f.w(VmcsField.EPT_POINTER, VmxFixture.EPTP | 1 << 6);
        rights(VmxFixture.GUEST_PML4 + 0x1000, READ);
        assertThat(f.run()).isEqualTo(48);
        assertThat(f.qualification()).isEqualTo(READ | WRITE | READ << 3 | LINEAR_VALID);
    }

    @Test
    void accessedAndDirtyFlagsFollowReadsAndWrites() {
        f.w(VmcsField.EPT_POINTER, VmxFixture.EPTP | 1 << 6);
        loadAndStore(0x5008);
        f.run();
        assertThat(f.get64(pte(0x5000)) & 0x300).isEqualTo(0x100);
        assertThat(f.get64(VmxFixture.EPT_PD) & 0x100).isEqualTo(0x100);
        assertThat(f.get64(VmxFixture.EPT_PML4) & 0x100).isEqualTo(0x100);
        assertThat(f.get64(pte(0x6000)) & 0x300).isZero();
        f.w(VmcsField.GUEST_RIP, 0x1100);
        f.run();
        assertThat(f.get64(pte(0x5000)) & 0x300).isEqualTo(0x300);
    }

    @Test
    void withoutTheFeatureFlagsStayClear() {
        loadAndStore(0x5008);
        f.run();
        assertThat(f.get64(pte(0x5000)) & 0x300).isZero();
    }

    @Test
    void misconfigurationsExitWithTheirOwnReason() {
        for (long entry : new long[] {
            VmxFixture.GUEST + 0x5000 | 6 << 3 | WRITE, // write without read
            VmxFixture.GUEST + 0x5000 | 6 << 3 | WRITE | FETCH,
            VmxFixture.GUEST + 0x5000 | 2 << 3 | 7, // reserved memory type
            VmxFixture.GUEST + 0x5000 | 7 << 3 | 7,
            1L << 46 | 6 << 3 | 7 // beyond the address width
        }) {
            try (var g = new VmxFixture()) {
                g.code(0x1000, 0x48, 0x8B, 0x03);
                g.c.gpr(Cpu.RBX, 0x5008);
                g.put64(pte(0x5000), entry);
                assertThat(g.run()).isEqualTo(49);
                assertThat(g.r(VmcsField.GUEST_PHYSICAL_ADDRESS)).isEqualTo(0x5008);
            }
        }
    }

    @Test
    void reservedBitsInUpperEntriesAreMisconfigurations() {
        f.put64(VmxFixture.EPT_PDPT, VmxFixture.EPT_PD | 1 << 3 | 7);
        assertThat(f.run()).isEqualTo(49);
    }

    @Test
    void largePagesMapWhatLiesUnderThem() {
        f.put64(VmxFixture.EPT_PD, VmxFixture.GUEST | 1 << 7 | 6 << 3 | 7);
        loadAndStore(0x5008);
        f.put64(VmxFixture.GUEST + 0x5008, 99);
        assertThat(f.run()).isEqualTo(10);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(99);
    }

    @Test
    void largePagesMustBeAligned() {
        f.put64(VmxFixture.EPT_PD, VmxFixture.GUEST | 0x1000 | 1 << 7 | 6 << 3 | 7);
        assertThat(f.run()).isEqualTo(49);
    }

    @Test
    void gigabytePagesWork() {
        f.put64(VmxFixture.EPT_PDPT, 0L | 1 << 7 | 6 << 3 | 7);
        f.w(VmcsField.GUEST_CR3, VmxFixture.GUEST + VmxFixture.GUEST_PML4);
        // the guest's tables and linear page 0 now stand at host addresses; its own entries must follow
        long t = VmxFixture.GUEST + VmxFixture.GUEST_PML4;
        f.put64(t, t + 0x1000 | 7);
        f.put64(t + 0x1000, t + 0x2000 | 7);
        f.put64(t + 0x2000, VmxFixture.GUEST | 0x87);
        f.code(0x1000, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(10);
    }

    @Test
    void translationsSurviveExitsUnderOneVpid() {
        loadAndStore(0x5008);
        f.run();
        // without INVEPT the old translation may be used: the page moved, the guest still sees the old one
        f.put64(pte(0x5000), VmxFixture.GUEST + 0x6000 | 6 << 3 | 7);
        f.put64(VmxFixture.GUEST + 0x5008, 1);
        f.put64(VmxFixture.GUEST + 0x6008, 2);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        f.run();
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(1);
        f.unit.invept(2, 0);
        f.w(VmcsField.GUEST_RIP, 0x1000);
        f.run();
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(2);
    }

    @Test
    void aChangeOfWriteProtectionBetweenExitAndEntryCounts() {
        // guest page 5000h read-only in the guest's own tables; CR0.WP set at first
        long t = VmxFixture.GUEST + VmxFixture.GUEST_PML4;
        f.put64(t + 0x2000, VmxFixture.GUEST_PML4 + 0x3000 | 7);
        for (int i = 0; i < 512; i++) {
            f.put64(t + 0x3000 + 8 * i, i << 12 | (i == 5 ? 0x65 : 0x67));
        }
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 14);
        loadAndStore(0x5008);
        f.w(VmcsField.GUEST_CR0, 0x80000033L);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).isEqualTo(10);
        f.w(VmcsField.GUEST_CR0, 0x80010033L);
        f.w(VmcsField.GUEST_RIP, 0x1100);
        assertThat(f.run()).as("#PF").isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(0x80000B0EL);
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_ERROR_CODE)).isEqualTo(3);
        assertThat(f.qualification()).isEqualTo(0x5008);
    }
}
