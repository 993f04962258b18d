package dev.hv.core.tlfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Numbers and offsets as the TLFS gives them. */
class LayoutTest {

    @Test
    void messages() {
        assertThat(HvMessage.SIZE).isEqualTo(256);
        assertThat(new int[] {HvMessage.TYPE, HvMessage.PAYLOAD_SIZE, HvMessage.FLAGS, HvMessage.SENDER, HvMessage.PAYLOAD})
                .containsExactly(0, 4, 5, 8, 16);
        assertThat(HvMessage.PAYLOAD_LIMIT).isEqualTo(240);
        assertThat(HvMessage.TIMER_EXPIRED).isEqualTo(0x8000_0010);
    }

    @Test
    void registersOfTheInterface() {
        assertThat(new int[] {HvMsr.GUEST_OS_ID, HvMsr.HYPERCALL, HvMsr.VP_INDEX, HvMsr.RESET, HvMsr.VP_RUNTIME, HvMsr.TIME_REF_COUNT,
            HvMsr.REFERENCE_TSC, HvMsr.TSC_FREQUENCY, HvMsr.APIC_FREQUENCY})
                .containsExactly(0x40000000, 0x40000001, 0x40000002, 0x40000003, 0x40000010, 0x40000020, 0x40000021, 0x40000022, 0x40000023);
        assertThat(new int[] {HvMsr.EOI, HvMsr.ICR, HvMsr.TPR, HvMsr.VP_ASSIST_PAGE, HvMsr.GUEST_IDLE, HvMsr.CRASH_P0, HvMsr.CRASH_CTL})
                .containsExactly(0x40000070, 0x40000071, 0x40000072, 0x40000073, 0x400000F0, 0x40000100, 0x40000105);
        assertThat(new int[] {HvMsr.SCONTROL, HvMsr.SVERSION, HvMsr.SIEFP, HvMsr.SIMP, HvMsr.EOM, HvMsr.SINT0, HvMsr.STIMER0_CONFIG,
            HvMsr.STIMER0_COUNT})
                .containsExactly(0x40000080, 0x40000081, 0x40000082, 0x40000083, 0x40000084, 0x40000090, 0x400000B0, 0x400000B1);
    }

    @Test
    void privilegesOfAChild() {
        // leaf 0x40000003 EAX: all but Stats (8), Debug (12), re-enlightenment (13), root scheduler (14), invariant TSC (15)
        assertThat((int) HvPrivilege.CHILD).isEqualTo(0xEFF);
        // EBX: post messages, signal events, VP registers, extended hypercalls, start processors
        assertThat((int) (HvPrivilege.CHILD >>> 32)).isEqualTo(1 << 4 | 1 << 5 | 1 << 17 | 1 << 19 | 1 << 20 | 1 << 21);
    }

    @Test
    void statusCodes() {
        assertThat(HvStatus.INVALID_CONNECTION_ID.code()).isEqualTo(0x12);
        assertThat(HvStatus.INSUFFICIENT_BUFFERS.code()).isEqualTo(0x13);
        assertThat(HvStatus.INVALID_SYNIC_STATE.code()).isEqualTo(0x18);
        assertThat(HvStatus.INVALID_VP_STATE.code()).isEqualTo(0x15);
    }

    @Test
    void interceptMessages() {
        assertThat(new int[] {HvMessage.UNMAPPED_GPA, HvMessage.GPA_INTERCEPT, HvMessage.UNRECOVERABLE_EXCEPTION, HvMessage.IO_PORT, HvMessage.MSR, HvMessage.CPUID,
            HvMessage.EXCEPTION, HvMessage.APIC_EOI, HvMessage.LEGACY_FP_ERROR, HvMessage.HALT, HvMessage.INTERRUPTION_DELIVERABLE, HvMessage.HYPERCALL, HvMessage.OPAQUE_INTERCEPT})
                .containsExactly(0x80000000, 0x80000001, 0x80000021, 0x80010000, 0x80010001, 0x80010002, 0x80010003, 0x80010004, 0x80010005, 0x80010007, 0x80010008, 0x80000050, 0x8000003F);
        // offsets in the payload: a header of 40 bytes, then the body
        assertThat(payload(HvInterceptMessage.VP_INDEX, HvInterceptMessage.LENGTH_AND_CR8, HvInterceptMessage.ACCESS, HvInterceptMessage.EXECUTION_STATE,
                HvInterceptMessage.CS, HvInterceptMessage.RIP, HvInterceptMessage.RFLAGS)).containsExactly(0, 4, 5, 6, 8, 24, 32);
        assertThat(payload(HvInterceptMessage.IO_PORT, HvInterceptMessage.IO_ACCESS_INFO, HvInterceptMessage.IO_BYTE_COUNT, HvInterceptMessage.IO_RAX,
                HvInterceptMessage.IO_BYTES, HvInterceptMessage.IO_DS, HvInterceptMessage.IO_ES, HvInterceptMessage.IO_RCX, HvInterceptMessage.IO_RSI,
                HvInterceptMessage.IO_RDI)).containsExactly(40, 42, 43, 48, 56, 72, 88, 104, 112, 120);
        assertThat(payload(HvInterceptMessage.MEMORY_CACHE_TYPE, HvInterceptMessage.MEMORY_BYTE_COUNT, HvInterceptMessage.MEMORY_ACCESS_INFO,
                HvInterceptMessage.MEMORY_TPR, HvInterceptMessage.MEMORY_GVA, HvInterceptMessage.MEMORY_GPA, HvInterceptMessage.MEMORY_BYTES))
                .containsExactly(40, 44, 45, 46, 48, 56, 64);
        assertThat(payload(HvInterceptMessage.MSR_NUMBER, HvInterceptMessage.MSR_RDX, HvInterceptMessage.MSR_RAX)).containsExactly(40, 48, 56);
        assertThat(payload(HvInterceptMessage.CPUID_RAX, HvInterceptMessage.CPUID_RCX, HvInterceptMessage.CPUID_RDX, HvInterceptMessage.CPUID_RBX,
                HvInterceptMessage.CPUID_DEFAULT_RAX, HvInterceptMessage.CPUID_DEFAULT_RCX, HvInterceptMessage.CPUID_DEFAULT_RDX,
                HvInterceptMessage.CPUID_DEFAULT_RBX)).containsExactly(40, 48, 56, 64, 72, 80, 88, 96);
        assertThat(new int[] {HvInterceptMessage.HEADER_SIZE, HvInterceptMessage.IO_SIZE, HvInterceptMessage.MEMORY_SIZE, HvInterceptMessage.MSR_SIZE,
            HvInterceptMessage.CPUID_SIZE}).containsExactly(40, 128, 80, 64, 104);
    }

    @Test
    void interceptMessagesOfWhatIsAskedOfAParent() {
        assertThat(payload(HvInterceptMessage.EOI_VECTOR, HvInterceptMessage.DELIVERABLE_TYPE)).containsExactly(4, 40);
        assertThat(payload(HvInterceptMessage.HYPERCALL_RAX, HvInterceptMessage.HYPERCALL_RBX, HvInterceptMessage.HYPERCALL_RCX, HvInterceptMessage.HYPERCALL_RDX,
                HvInterceptMessage.HYPERCALL_R8, HvInterceptMessage.HYPERCALL_RSI, HvInterceptMessage.HYPERCALL_RDI, HvInterceptMessage.HYPERCALL_XMM,
                HvInterceptMessage.HYPERCALL_FLAGS)).containsExactly(40, 48, 56, 64, 72, 80, 88, 96, 192);
        assertThat(new int[] {HvInterceptMessage.EOI_SIZE, HvInterceptMessage.DELIVERABLE_SIZE, HvInterceptMessage.HYPERCALL_SIZE}).containsExactly(8, 48, 196);
    }

    @Test
    void registerPage() {
        assertThat(new int[] {HvVpStatePage.VERSION, HvVpStatePage.VALID, HvVpStatePage.DIRTY, HvVpStatePage.GENERAL, HvVpStatePage.RIP, HvVpStatePage.RFLAGS,
            HvVpStatePage.XMM, HvVpStatePage.SEGMENTS}).containsExactly(0, 2, 4, 8, 0x88, 0x90, 0xA0, 0x100);
        assertThat(new int[] {HvVpStatePage.CR0, HvVpStatePage.CR3, HvVpStatePage.CR4, HvVpStatePage.CR8, HvVpStatePage.EFER, HvVpStatePage.DR7,
            HvVpStatePage.PENDING_INTERRUPTION, HvVpStatePage.INTERRUPT_STATE, HvVpStatePage.XFEM})
                .containsExactly(0x160, 0x168, 0x170, 0x178, 0x180, 0x188, 0x190, 0x198, 0x1A8);
        assertThat(new int[] {HvVpStatePage.REGISTERS, HvVpStatePage.INTERCEPT_MESSAGE}).containsExactly(0, 1);
    }

    private static int[] payload(int... offsets) {
        return Arrays.stream(offsets).map(o -> o - HvMessage.PAYLOAD).toArray();
    }
}
