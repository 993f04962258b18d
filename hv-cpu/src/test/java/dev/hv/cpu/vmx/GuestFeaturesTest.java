package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.ProtectionKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What newer processors have besides, in guests: five levels of both kinds of tables, IA32_PKRS, waits. */
class GuestFeaturesTest {

    private static final int CPUID = 10;
    private static final int MWAIT_EXIT = 36;
    private static final int INVALID_STATE = 33;
    private static final int UMWAIT_EXIT = 67;
    private static final int TPAUSE_EXIT = 68;
    private static final long ROOT = 0x30000;
    private static final long HIGH = 5L << 48;

    private final VmxFixture f = new VmxFixture("max");
    private final Cpu c = f.c;

    @AfterEach
    void free() {
        f.close();
    }

    /** mov rax, [rbx]; cpuid. */
    private void load(long address) {
        f.code(0x1000, 0x48, 0x8B, 0x03, 0x0F, 0xA2);
        c.gpr(Cpu.RBX, address);
    }

    @Test
    void aGuestWalksFiveLevelsUnderFourOrFiveOfTheHypervisors() {
        f.put64(VmxFixture.GUEST + ROOT, VmxFixture.GUEST_PML4 | 7);
        f.put64(VmxFixture.GUEST + ROOT + 5 * 8, VmxFixture.GUEST_PML4 | 7);
        f.put64(VmxFixture.GUEST + 0x5008, 0x1122334455667788L);
        f.put64(ROOT, VmxFixture.EPT_PML4 | 7);
        f.w(VmcsField.GUEST_CR3, ROOT);
        f.w(VmcsField.GUEST_CR4, 0x2020 | Control.CR4_LA57);
        for (long eptp : new long[] {VmxFixture.EPTP, ROOT | 4 << 3 | 6}) {
            f.w(VmcsField.EPT_POINTER, eptp);
            f.w(VmcsField.GUEST_RIP, 0x1000);
            load(HIGH + 0x5008);
            assertThat(f.run()).isEqualTo(CPUID);
            assertThat(c.gpr(Cpu.RAX)).isEqualTo(0x1122334455667788L);
        }
    }

    @Test
    void entriesAndExitsLoadPkrsAndExitsSaveIt() {
        f.with(VmcsField.ENTRY_CONTROLS, VmxControls.ENTRY_LOAD_PKRS);
        f.with(VmcsField.EXIT_CONTROLS, VmxControls.EXIT_LOAD_PKRS);
        f.w(VmcsField.GUEST_PKRS, 0x12345678);
        f.w(VmcsField.HOST_PKRS, 0x55);
        // mov ecx, IA32_PKRS; rdmsr; add eax, 1; wrmsr; cpuid, with no MSR exiting
        f.with(VmcsField.PRIMARY_CONTROLS, VmxControls.MSR_BITMAPS);
        f.w(VmcsField.MSR_BITMAP, VmxFixture.MSR_BITMAP);
        f.code(0x1000, 0xB9, 0xE1, 0x06, 0, 0, 0x0F, 0x32, 0x83, 0xC0, 1, 0x0F, 0x30, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_PKRS)).isEqualTo(0x12345679);
        assertThat(c.pkrs()).isEqualTo(0x55);
    }

    @Test
    void aProcessorWithoutThemHasNoFieldsAndNoControls() {
        try (var without = new VmxFixture()) {
            for (int field : new int[] {VmcsField.GUEST_PKRS, VmcsField.HOST_PKRS, VmcsField.GUEST_S_CET, VmcsField.GUEST_SSP, VmcsField.GUEST_INTERRUPT_SSP_TABLE,
                VmcsField.HOST_S_CET, VmcsField.HOST_SSP, VmcsField.HOST_INTERRUPT_SSP_TABLE}) {
                assertThat(without.unit.vmwrite(field, 0)).as(Integer.toHexString(field)).isNotEqualTo(VmxError.NONE);
            }
            without.with(VmcsField.ENTRY_CONTROLS, VmxControls.ENTRY_LOAD_CET);
            assertThat(without.unit.launch()).isNotEqualTo(VmxError.NONE);
        }
    }

    @Test
    void shadowStackStateIsLoadedAndSaved() {
        f.with(VmcsField.ENTRY_CONTROLS, VmxControls.ENTRY_LOAD_CET);
        f.with(VmcsField.EXIT_CONTROLS, VmxControls.EXIT_LOAD_CET);
        f.w(VmcsField.GUEST_S_CET, 1);
        f.w(VmcsField.GUEST_SSP, 0x6010);
        f.w(VmcsField.GUEST_INTERRUPT_SSP_TABLE, 0x9000);
        f.w(VmcsField.HOST_S_CET, 2);
        f.w(VmcsField.HOST_SSP, 0xFFFF800000007000L);
        f.w(VmcsField.HOST_INTERRUPT_SSP_TABLE, 0xFFFF800000008000L);
        f.w(VmcsField.GUEST_CR4, 0x2020 | Control.CR4_CET);
        f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4 + 0x2000, 0x30000 | 7);
        for (int i = 0; i < 16; i++) {
            f.put64(VmxFixture.GUEST + 0x30000 + 8 * i, 0x1000 * i | (i == 6 ? 0x41 : 3));
        }
        c.gpr(Cpu.RAX, 2);
        // incssp eax; cpuid
        f.code(0x1000, 0xF3, 0x0F, 0xAE, 0xE8, 0x0F, 0xA2);
        assertThat(f.run()).isEqualTo(CPUID);
        assertThat(f.r(VmcsField.GUEST_SSP)).isEqualTo(0x6018);
        assertThat(f.r(VmcsField.GUEST_S_CET)).isEqualTo(1);
        assertThat(c.ssp).isEqualTo(0xFFFF800000007000L);
        assertThat(c.supervisorCet).isEqualTo(2);
        assertThat(c.interruptSspTable).isEqualTo(0xFFFF800000008000L);
    }

    @Test
    void controlFlowEnforcementWantsWriteProtection() {
        f.w(VmcsField.GUEST_CR4, 0x2020 | Control.CR4_CET);
        f.w(VmcsField.GUEST_CR0, 0x80000033L);
        assertThat(f.unit.launch()).isEqualTo(VmxError.NONE);
        assertThat(f.r(VmcsField.EXIT_REASON) & 0xFFFF).isEqualTo(INVALID_STATE);
    }

    /** 26.2.4, 26.3.1.1: what a guest without IA-32e mode has of them has 32 bits; reserved bits, and a tracker that is suppressed and waits. */
    @Test
    void shadowStackStateIsChecked() {
        f.with(VmcsField.ENTRY_CONTROLS, VmxControls.ENTRY_LOAD_CET);
        for (long[] wrong : new long[][] {{VmcsField.GUEST_S_CET, 1 << 6}, {VmcsField.GUEST_S_CET, 3 << 10}, {VmcsField.GUEST_S_CET, 1L << 60}, {VmcsField.GUEST_SSP, 2},
            {VmcsField.GUEST_SSP, 1L << 60}, {VmcsField.GUEST_INTERRUPT_SSP_TABLE, 1L << 60}}) {
            f.w((int) wrong[0], wrong[1]);
            assertThat(f.unit.launch()).isEqualTo(VmxError.NONE);
            assertThat(f.r(VmcsField.EXIT_REASON) & 0xFFFF).as("%x of %x", wrong[1], wrong[0]).isEqualTo(INVALID_STATE);
            f.w((int) wrong[0], 0);
        }
        f.with(VmcsField.EXIT_CONTROLS, VmxControls.EXIT_LOAD_CET);
        f.w(VmcsField.HOST_SSP, 2);
        assertThat(f.unit.launch()).isNotEqualTo(VmxError.NONE);
        f.w(VmcsField.HOST_SSP, 0);
        f.w(VmcsField.GUEST_CR4, 0x2020);
        f.without(VmcsField.ENTRY_CONTROLS, VmxControls.ENTRY_GUEST_64);
        f.w(VmcsField.GUEST_SSP, 1L << 32);
        assertThat(f.unit.launch()).isEqualTo(VmxError.NONE);
        assertThat(f.r(VmcsField.EXIT_REASON) & 0xFFFF).isEqualTo(INVALID_STATE);
    }

    /** Bit 56 of IA32_VMX_BASIC: where there is #CP, hardware exceptions are injected with a code or without. */
    @Test
    void exceptionsAreInjectedWithACodeOrWithout() {
        long divideErrorWithCode = 0x80000000L | VmxControls.TYPE_HARDWARE_EXCEPTION << 8 | VmxControls.INFO_ERROR_CODE;
        assertThat(f.unit.capabilities.read(VmxCapabilities.IA32_VMX_BASIC) >>> 56 & 1).isEqualTo(1);
        f.w(VmcsField.ENTRY_INTERRUPTION_INFO, divideErrorWithCode);
        assertThat(f.unit.launch()).isEqualTo(VmxError.NONE);
        try (var without = new VmxFixture()) {
            assertThat(without.unit.capabilities.read(VmxCapabilities.IA32_VMX_BASIC) >>> 56 & 1).isZero();
            without.w(VmcsField.ENTRY_INTERRUPTION_INFO, divideErrorWithCode);
            assertThat(without.unit.launch()).isNotEqualTo(VmxError.NONE);
        }
    }

    @Test
    void pkrsHas32Bits() {
        f.with(VmcsField.ENTRY_CONTROLS, VmxControls.ENTRY_LOAD_PKRS);
        f.w(VmcsField.GUEST_PKRS, 1L << 32);
        assertThat(f.unit.launch()).isEqualTo(VmxError.NONE);
        assertThat(f.r(VmcsField.EXIT_REASON) & 0xFFFF).isEqualTo(INVALID_STATE);
        f.w(VmcsField.GUEST_PKRS, 0);
        f.with(VmcsField.EXIT_CONTROLS, VmxControls.EXIT_LOAD_PKRS);
        f.w(VmcsField.HOST_PKRS, 1L << 32);
        assertThat(f.unit.launch()).isNotEqualTo(VmxError.NONE);
    }

    @Test
    void keysHoldUnderExtendedPageTablesToo() {
        ProtectionKeys.pkrs(c, 1 << 2 * 3);
        f.w(VmcsField.GUEST_CR4, 0x2020 | Control.CR4_PKS);
        f.put64(VmxFixture.GUEST + VmxFixture.GUEST_PML4 + 0x2000, 0x83 | 3L << 59);
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 14);
        load(0x5008);
        assertThat(f.run()).isZero();
        assertThat(f.r(VmcsField.EXIT_INTERRUPTION_ERROR_CODE)).isEqualTo(1 | 1 << 5);
    }

    @Test
    void mwaitSaysWhetherTheMonitorIsArmed() {
        f.with(VmcsField.PRIMARY_CONTROLS, VmxControls.MWAIT_EXITING);
        // mov eax, 5000h; xor ecx, ecx; xor edx, edx; monitor; mwait
        f.code(0x1000, 0xB8, 0, 0x50, 0, 0, 0x31, 0xC9, 0x31, 0xD2, 0x0F, 0x01, 0xC8, 0x0F, 0x01, 0xC9);
        assertThat(f.run()).isEqualTo(MWAIT_EXIT);
        assertThat(f.qualification()).isEqualTo(1);
        f.w(VmcsField.GUEST_RIP, 0x100C);
        assertThat(f.run()).isEqualTo(MWAIT_EXIT);
        assertThat(f.qualification()).isZero();
    }

    @Test
    void userWaitsWantTheirControlAndExitAsRdtscDoes() {
        // tpause ecx; umwait ecx
        f.code(0x1000, 0x66, 0x0F, 0xAE, 0xF1, 0xF2, 0x0F, 0xAE, 0xF1);
        f.w(VmcsField.EXCEPTION_BITMAP, 1 << 6);
        c.gpr(Cpu.RCX, 0);
        assertThat(f.run()).isZero();
        f.with(VmcsField.SECONDARY_CONTROLS, VmxControls.ENABLE_USER_WAIT);
        f.with(VmcsField.PRIMARY_CONTROLS, VmxControls.RDTSC_EXITING);
        assertThat(f.run()).isEqualTo(TPAUSE_EXIT);
        assertThat(f.r(VmcsField.EXIT_INSTRUCTION_INFO) >>> 3 & 15).isEqualTo(Cpu.RCX);
        f.w(VmcsField.GUEST_RIP, 0x1004);
        assertThat(f.run()).isEqualTo(UMWAIT_EXIT);
    }
}
