package dev.hv.core.hypervisor.vmx;

import static dev.hv.cpu.vmx.VmxControls.*;

import dev.hv.core.hypervisor.hardware.DirectMsrs;
import dev.hv.core.hypervisor.hardware.PauseLoop;
import dev.hv.core.machine.SystemMemory;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.vmx.VmcsField;
import dev.hv.cpu.vmx.VmxUnit;

/** The parts of a VMCS that never change: execution controls, the MSR bitmap, host state. */
final class VmcsSetup {

    private static final int TRUE_PIN = 0x48D;
    private static final int TRUE_PRIMARY = 0x48E;
    private static final int TRUE_EXIT = 0x48F;
    private static final int TRUE_ENTRY = 0x490;
    private static final long PAT = 0x0007_0406_0007_0406L;

    private static final int HIGH_READ = 1024;
    private static final int LOW_WRITE = 2048;
    private static final int HIGH_WRITE = 3072;

    private VmcsSetup() {}

    /** Controls that a processor demands, with those wanted. */
    private static int controls(VmxUnit vmx, Cpu c, int capability, int wanted) {
        return (int) vmx.readMsr(c, capability) | wanted;
    }

    /** Primary controls without the windows, which come and go. */
    static int primary(VmxUnit vmx, Cpu c) {
        return controls(vmx, c, TRUE_PRIMARY, TSC_OFFSETTING | HLT_EXITING | MWAIT_EXITING | MONITOR_EXITING | RDPMC_EXITING
                | CR8_LOAD_EXITING | CR8_STORE_EXITING | UNCONDITIONAL_IO | MSR_BITMAPS | SECONDARY);
    }

    /** Entry controls for a guest outside long mode. */
    static int entry(VmxUnit vmx, Cpu c) {
        return controls(vmx, c, TRUE_ENTRY, ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER);
    }

    /** Fills the current VMCS. */
    static void write(VmxUnit vmx, Cpu c, long bitmap, long eptPointer, int vpid) {
        vmx.vmwrite(VmcsField.PIN_CONTROLS, controls(vmx, c, TRUE_PIN, PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI));
        vmx.vmwrite(VmcsField.PRIMARY_CONTROLS, primary(vmx, c));
        vmx.vmwrite(VmcsField.SECONDARY_CONTROLS, EPT | UNRESTRICTED_GUEST | ENABLE_VPID | WBINVD_EXITING | PAUSE_LOOP_EXITING
                | (c.model.has(Feature.RDTSCP) ? ENABLE_RDTSCP : 0) | (c.model.has(Feature.INVPCID) ? ENABLE_INVPCID : 0)
                | (c.model.has(Feature.XSAVES) ? ENABLE_XSAVES : 0));
        vmx.vmwrite(VmcsField.EXIT_CONTROLS, controls(vmx, c, TRUE_EXIT, EXIT_HOST_64 | EXIT_SAVE_DEBUG
                | EXIT_SAVE_PAT | EXIT_LOAD_PAT | EXIT_SAVE_EFER | EXIT_LOAD_EFER));
        vmx.vmwrite(VmcsField.ENTRY_CONTROLS, entry(vmx, c));
        vmx.vmwrite(VmcsField.PLE_GAP, PauseLoop.gap(c.model));
        vmx.vmwrite(VmcsField.PLE_WINDOW, PauseLoop.window(c.model));
        vmx.vmwrite(VmcsField.MSR_BITMAP, bitmap);
        vmx.vmwrite(VmcsField.EPT_POINTER, eptPointer);
        vmx.vmwrite(VmcsField.VPID, vpid);
        vmx.vmwrite(VmcsField.VMCS_LINK_POINTER, -1);
        vmx.vmwrite(VmcsField.HOST_CR0, VmxBackend.HOST_CR0);
        vmx.vmwrite(VmcsField.HOST_CR4, VmxBackend.HOST_CR4);
        vmx.vmwrite(VmcsField.HOST_EFER, VmxBackend.HOST_EFER);
        vmx.vmwrite(VmcsField.HOST_PAT, PAT);
        vmx.vmwrite(VmcsField.HOST_CS_SELECTOR, VmxContext.HOST_CS);
        vmx.vmwrite(VmcsField.HOST_TR_SELECTOR, VmxContext.HOST_TR);
    }

    /** Fills an MSR bitmap (SDM vol. 3C, 24.6.9): everything exits but {@link DirectMsrs} and reads of the time-stamp counter. */
    static void writeBitmap(SystemMemory memory, long bitmap) {
        for (int i = 0; i < SystemMemory.PAGE; i += 8) {
            memory.write(bitmap + i, 8, -1);
        }
        for (int msr : DirectMsrs.all()) {
            boolean high = msr < 0;
            clear(memory, bitmap + (high ? HIGH_READ : 0), msr & 0x1FFF);
            clear(memory, bitmap + (high ? HIGH_WRITE : LOW_WRITE), msr & 0x1FFF);
        }
        clear(memory, bitmap, DirectMsrs.TSC);
    }

    private static void clear(SystemMemory memory, long table, int bit) {
        long where = table + (bit >>> 3);
        memory.write(where, 1, memory.read(where, 1) & ~(1L << (bit & 7)));
    }
}
