package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What EPT does beyond translation: execution by mode, the page-modification log, #VE, EPTP switching (SDM vol. 3C, 25.5.6, 25.5.7, 28.3). */
class EptExtensionsTest {

    private static final int PML = 1 << 17;
    private static final int VE = 1 << 18;
    private static final int MODES = 1 << 22;
    private static final int FUNCTIONS = 1 << 13;
    private static final int CPUID = 10;
    private static final int VIOLATION = 48;
    private static final int VMFUNC = 59;
    private static final int LOG_FULL = 62;
    private static final long LOG = 0x9000;
    private static final long AREA = 0xA000;
    private static final long LIST = 0xB000;
    private static final long OTHER_PML4 = 0x14000;
    private static final long SUPPRESS = 1L << 63;
    private static final long GDT = 0x9800;
    private static final long IDT = 0x8000;
    private static final long HANDLER = 0x3000;

    private final VmxFixture f = new VmxFixture();
    private final Cpu c = f.c;

    @BeforeEach
    void guestWithHandler() {
        f.w(VmcsField.GUEST_GDTR_BASE, GDT);
        f.put64(VmxFixture.GUEST + GDT + 8, 0x00AF9B000000FFFFL);
        f.put64(VmxFixture.GUEST + IDT + 16 * 20, HANDLER | 8L << 16 | 0x8E00L << 32);
        f.code(HANDLER, 0x0F, 0xA2);
        // mov rax, [rbx]; cpuid at 1000h, mov [rbx], rax; cpuid at 1100h, vmfunc; cpuid at 1200h
        f.code(0x1000, 0x48, 0x8B, 0x03, 0x0F, 0xA2);
        f.code(0x1100, 0x48, 0x89, 0x03, 0x0F, 0xA2);
        f.code(0x1200, 0x0F, 0x01, 0xD4, 0x48, 0x8B, 0x03, 0x0F, 0xA2);
    }

    @AfterEach
    void free() {
        f.close();
    }

    private static long pte(long guestPhysical) {
        return VmxFixture.EPT_PT + 8 * (guestPhysical >>> 12);
    }

    private void entry(long guestPhysical, long low) {
        f.put64(pte(guestPhysical), VmxFixture.GUEST + guestPhysical & ~0xFFFL | low);
    }

    private int runAt(long rip) {
        f.w(VmcsField.GUEST_RIP, rip);
        f.unit.invept(2, 0);
        return f.run();
    }

    private void store(long address) {
        c.gpr(Cpu.RBX, address);
    }

    // ---- mode-based execute control -----------------------------------------------------------------------------------

    /** Bits 2:0 and 10 of all EPT entries above the pages, and of the page of code. */
    private void codeRights(int bits) {
        for (long table : new long[] {VmxFixture.EPT_PML4, VmxFixture.EPT_PDPT, VmxFixture.EPT_PD}) {
            f.put64(table, f.get64(table) | 1 << 10);
        }
        entry(0x1000, 6 << 3 | bits);
    }

    private void supervisorPages() {
        f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4 + 0x2000, 0x83);
    }

    @Test
    void fetchesNeedTheRightOfTheModeOfTheirAddress() {
        f.with(VmcsField.SECONDARY_CONTROLS, MODES);
        f.code(0x1000, 0x0F, 0xA2);
        codeRights(1 | 1 << 10);
        assertThat(runAt(0x1000)).as("user page, user-executable").isEqualTo(CPUID);
        codeRights(1 | 4);
        assertThat(runAt(0x1000)).as("user page, supervisor-executable").isEqualTo(VIOLATION);
        assertThat(f.qualification()).isEqualTo(4 | 5 << 3 | 3 << 7);
        supervisorPages();
        assertThat(runAt(0x1000)).as("supervisor page, supervisor-executable").isEqualTo(CPUID);
        codeRights(1 | 1 << 10);
        assertThat(runAt(0x1000)).as("supervisor page, user-executable").isEqualTo(VIOLATION);
        assertThat(f.qualification()).isEqualTo(4 | 1 << 3 | 1 << 6 | 3 << 7);
    }

    @Test
    void anEntryWithNothingButUserExecutionIsPresent() {
        f.with(VmcsField.SECONDARY_CONTROLS, MODES);
        f.code(0x1000, 0x0F, 0xA2);
        codeRights(1 << 10);
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
        f.without(VmcsField.SECONDARY_CONTROLS, MODES);
        assertThat(runAt(0x1000)).as("the bit is ignored without the control").isEqualTo(VIOLATION);
        assertThat(f.qualification()).isEqualTo(4 | 3 << 7);
    }

    @Test
    void anUnpagedGuestsAddressesAreUserModeOnes() {
        f.realMode();
        f.with(VmcsField.SECONDARY_CONTROLS, MODES);
        f.code(0x1000, 0x0F, 0xA2);
        codeRights(1 | 4);
        assertThat(runAt(0x1000)).isEqualTo(VIOLATION);
        codeRights(1 | 1 << 10);
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
    }

    // ---- page-modification log ----------------------------------------------------------------------------------------

    private void logFrom(int index) {
        f.with(VmcsField.SECONDARY_CONTROLS, PML);
        f.w(VmcsField.EPT_POINTER, VmxFixture.EPTP | 1 << 6);
        f.w(VmcsField.PML_ADDRESS, LOG);
        f.w(VmcsField.PML_INDEX, index);
    }

    @Test
    void pagesThatGetDirtyAreLoggedOnce() {
        logFrom(511);
        // the walks of the guest's own tables are writes: let those be dirty already
        for (long p : new long[] {VmxFixture.GUEST_PML4, VmxFixture.GUEST_PML4 + 0x1000, VmxFixture.GUEST_PML4 + 0x2000}) {
            f.put64(pte(p), f.get64(pte(p)) | 3 << 8);
        }
        store(0x5678);
        assertThat(runAt(0x1100)).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.PML_INDEX)).isEqualTo(510);
        assertThat(f.get64(LOG + 8 * 511)).isEqualTo(0x5000);
        assertThat(f.get64(pte(0x5000)) >>> 8 & 3).isEqualTo(3);
        assertThat(runAt(0x1100)).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.PML_INDEX)).as("dirty already").isEqualTo(510);
        store(0x6008);
        assertThat(runAt(0x1000)).as("a read").isEqualTo(CPUID);
        assertThat(f.r(VmcsField.PML_INDEX)).isEqualTo(510);
    }

    @Test
    void walksOfTheGuestsTablesAreLogged() {
        logFrom(2);
        store(0x5678);
        assertThat(runAt(0x1100)).as("three tables and the page: the fourth entry is index -1").isEqualTo(LOG_FULL);
        assertThat(f.r(VmcsField.PML_INDEX)).isEqualTo(0xFFFF);
        assertThat(f.get64(LOG + 16)).isEqualTo(VmxFixture.GUEST_PML4);
        assertThat(f.get64(LOG + 8)).isEqualTo(VmxFixture.GUEST_PML4 + 0x1000);
        assertThat(f.get64(LOG)).isEqualTo(VmxFixture.GUEST_PML4 + 0x2000);
        assertThat(f.r(VmcsField.GUEST_RIP)).as("the store was not made").isEqualTo(0x1100);
        assertThat(f.get64(VmxFixture.GUEST + 0x5678)).isZero();
        assertThat(f.get64(pte(0x5000)) >>> 9 & 1).isZero();
    }

    // ---- #VE ----------------------------------------------------------------------------------------------------------

    private void exceptionFor(long guestPhysical, long suppress) {
        f.with(VmcsField.SECONDARY_CONTROLS, VE);
        f.w(VmcsField.VE_INFORMATION_ADDRESS, AREA);
        f.w(VmcsField.EPTP_INDEX, 5);
        entry(guestPhysical, suppress);
    }

    @Test
    void aViolationBecomesAnException() {
        exceptionFor(0x5000, 6 << 3 | 1);
        f.put64(AREA, 0x77);
        store(0x5678);
        assertThat(runAt(0x1100)).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(HANDLER);
        assertThat(f.get64(VmxFixture.GUEST + f.r(VmcsField.GUEST_RSP))).as("a fault").isEqualTo(0x1100);
        assertThat(f.get64(AREA)).isEqualTo(0xFFFFFFFF_00000030L);
        assertThat(f.get64(AREA + 8)).isEqualTo(2 | 1 << 3 | 3 << 7);
        assertThat(f.get64(AREA + 16)).isEqualTo(0x5678);
        assertThat(f.get64(AREA + 24)).isEqualTo(0x5678);
        assertThat(f.get64(AREA + 32)).isEqualTo(5);
        assertThat(runAt(0x1100)).as("the area is in use").isEqualTo(VIOLATION);
    }

    @Test
    void aSuppressedViolationExits() {
        exceptionFor(0x5000, SUPPRESS);
        store(0x5678);
        assertThat(runAt(0x1000)).isEqualTo(VIOLATION);
        entry(0x5000, SUPPRESS | 6 << 3 | 1);
        assertThat(runAt(0x1100)).isEqualTo(VIOLATION);
        assertThat(f.get64(AREA)).isZero();
    }

    @Test
    void theExceptionBitmapSelectsIt() {
        exceptionFor(0x5000, 0);
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 20);
        store(0x5678);
        assertThat(runAt(0x1000)).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_INFO)).isEqualTo(0x80000314L);
        assertThat(f.get64(AREA) & 0xFFFFFFFFL).isEqualTo(48);
    }

    @Test
    void aViolationOfEventDeliveryExits() {
        exceptionFor(0x6000, 0);
        f.w(VmcsField.GUEST_RSP, 0x7000);
        // ud2 with the stack in the page that is away
        f.code(0x1000, 0x0F, 0x0B);
        f.put64(VmxFixture.GUEST + IDT + 16 * 6, HANDLER | 8L << 16 | 0x8E00L << 32);
        assertThat(runAt(0x1000)).isEqualTo(VIOLATION);
        assertThat(f.r(VmcsField.IDT_VECTORING_INFO)).isEqualTo(0x80000306L);
    }

    @Test
    void anUnprotectedGuestsViolationsExit() {
        f.realMode();
        exceptionFor(0x5000, 0);
        // mov al, [5678h]
        f.code(0x1000, 0xA0, 0x78, 0x56);
        assertThat(runAt(0x1000)).isEqualTo(VIOLATION);
    }

    // ---- EPTP switching -----------------------------------------------------------------------------------------------

    /** A second structure, entry 7 of the list, has guest page 5000h where the first has 6000h. */
    private void switchable() {
        f.with(VmcsField.SECONDARY_CONTROLS, FUNCTIONS);
        f.w(VmcsField.VM_FUNCTION_CONTROLS, 1);
        f.w(VmcsField.EPTP_LIST_ADDRESS, LIST);
        f.put64(LIST + 8 * 7, OTHER_PML4 | 3 << 3 | 6);
        f.put64(OTHER_PML4, OTHER_PML4 + 0x1000 | 7);
        f.put64(OTHER_PML4 + 0x1000, OTHER_PML4 + 0x2000 | 7);
        f.put64(OTHER_PML4 + 0x2000, OTHER_PML4 + 0x3000 | 7);
        for (int i = 0; i < 512; i++) {
            f.put64(OTHER_PML4 + 0x3000 + 8 * i, VmxFixture.GUEST + 4096L * (i == 5 ? 6 : i) | 6 << 3 | 7);
        }
        f.put64(VmxFixture.GUEST + 0x5000, 0x55);
        f.put64(VmxFixture.GUEST + 0x6000, 0x66);
        store(0x5000);
        c.gpr(Cpu.RAX, 0);
        c.gpr(Cpu.RCX, 7);
    }

    @Test
    void vmfuncSwitchesToAnotherEptPointer() {
        switchable();
        assertThat(runAt(0x1000)).isEqualTo(CPUID);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x55);
        c.gpr(Cpu.RAX, 0);
        assertThat(runAt(0x1200)).isEqualTo(CPUID);
        assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x66);
        assertThat(f.r(VmcsField.EPT_POINTER)).isEqualTo(OTHER_PML4 | 3 << 3 | 6);
        assertThat(f.r(VmcsField.EPTP_INDEX)).isEqualTo(7);
        assertThat(f.r(VmcsField.GUEST_RIP)).isEqualTo(0x1206);
    }

    @Test
    void whatVmfuncCannotDoExits() {
        switchable();
        c.gpr(Cpu.RCX, 512);
        assertThat(runAt(0x1200)).as("beyond the list").isEqualTo(VMFUNC);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_LENGTH)).isEqualTo(3);
        c.gpr(Cpu.RCX, 8);
        assertThat(runAt(0x1200)).as("no EPT pointer there").isEqualTo(VMFUNC);
        c.gpr(Cpu.RCX, 7);
        c.gpr(Cpu.RAX, 1);
        assertThat(runAt(0x1200)).as("no such function").isEqualTo(VMFUNC);
        c.gpr(Cpu.RAX, 64);
        assertThat(runAt(0x1200)).as("beyond 63").isEqualTo(VMFUNC);
        c.gpr(Cpu.RAX, 0);
        f.w(VmcsField.VM_FUNCTION_CONTROLS, 0);
        assertThat(runAt(0x1200)).as("not enabled").isEqualTo(VMFUNC);
        assertThat(f.r(VmcsField.EPT_POINTER)).isEqualTo(VmxFixture.EPTP);
        f.without(VmcsField.SECONDARY_CONTROLS, FUNCTIONS);
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 6);
        assertThat(runAt(0x1200)).as("#UD").isZero();
    }
}
