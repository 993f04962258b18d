package dev.hv.core.hypervisor.vmx;

import dev.hv.core.hypervisor.hardware.VmExit;
import dev.hv.cpu.state.PendingEvent;
import dev.hv.cpu.vmx.VmcsField;
import dev.hv.cpu.vmx.VmcsFormat;
import dev.hv.cpu.vmx.VmxUnit;

/** The event that a VM entry is to inject. Of an entry that fails nothing has begun: the event is queued again. */
final class EntryEvent {

    private final PendingEvent event = new PendingEvent();

    /** What is queued is injected by the next entry. */
    void put(VmxUnit vmx, PendingEvent queued) {
        event.set(queued);
        if (event.present()) {
            vmx.field(VmcsField.ENTRY_INTERRUPTION_INFO, VmcsFormat.information(event));
            vmx.field(VmcsField.ENTRY_ERROR_CODE, event.errorCode());
            vmx.field(VmcsField.ENTRY_INSTRUCTION_LENGTH, event.length());
            queued.clear();
        }
    }

    /** The entry refused its controls. Whether the guest's mode has such an event is checked with them (SDM vol. 3C, 26.2.1.3): false when there was none. */
    boolean refused(VmxUnit vmx, PendingEvent queued, VmExit exit) {
        if (!event.present()) {
            return false;
        }
        exit.kind = VmExit.Kind.ENTRY_FAILED;
        exit.detail = "VM entry refused the event that it was to inject: %s %d".formatted(event.kind(), event.vector());
        takeBack(vmx, queued);
        return true;
    }

    /** The entry failed. */
    void takeBack(VmxUnit vmx, PendingEvent queued) {
        queued.set(event);
        vmx.field(VmcsField.ENTRY_INTERRUPTION_INFO, 0);
    }
}
