package dev.hv.core.tlfs;

import static org.assertj.core.api.Assertions.assertThat;

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
}
