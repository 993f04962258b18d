package dev.hv.core.hypervisor.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.vmx.VmcsField;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The enlightened VMCS (TLFS, HV_VMX_ENLIGHTENED_VMCS): fields apart, aligned, and where the specification has those added last. */
class EnlightenedVmcsLayoutTest {

    @Test
    void fieldsLieApartAndAligned() {
        boolean[] used = new boolean[4096];
        for (int i = 0; i < EnlightenedVmcsLayout.fields(); i++) {
            int offset = EnlightenedVmcsLayout.offset(i);
            int size = EnlightenedVmcsLayout.size(i);
            assertThat(offset % size).as("0x%x", EnlightenedVmcsLayout.encoding(i)).isZero();
            for (int b = 0; b < size; b++) {
                assertThat(used[offset + b]).as("byte %d", offset + b).isFalse();
                used[offset + b] = true;
            }
        }
    }

    @Test
    void controlFlowEnforcementHasFieldsAndCleanBits() {
        Map<Integer, String> places = new HashMap<>();
        for (int i = 0; i < EnlightenedVmcsLayout.fields(); i++) {
            places.put(EnlightenedVmcsLayout.encoding(i), EnlightenedVmcsLayout.offset(i) + " " + EnlightenedVmcsLayout.group(i));
        }
        assertThat(places).containsEntry(VmcsField.GUEST_S_CET, "912 11").containsEntry(VmcsField.GUEST_SSP, "920 10")
                .containsEntry(VmcsField.GUEST_INTERRUPT_SSP_TABLE, "928 11").containsEntry(VmcsField.XSS_EXITING_BITMAP, "960 2")
                .containsEntry(VmcsField.HOST_S_CET, "992 14").containsEntry(VmcsField.HOST_SSP, "1000 14")
                .containsEntry(VmcsField.HOST_INTERRUPT_SSP_TABLE, "1008 14");
    }
}
