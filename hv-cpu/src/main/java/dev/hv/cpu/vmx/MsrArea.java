package dev.hv.cpu.vmx;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.GuestFault;
import dev.hv.cpu.state.PhysicalAccess;

/** The MSR areas of VM entries and exits (SDM vol. 3C, 24.7.2, 24.8.2, 26.4, 27.4, 27.6): 16-byte entries of index and value. */
final class MsrArea {

    private static final int IA32_BIOS_UPDT_TRIG = 0x79;
    private static final int IA32_BIOS_SIGN_ID = 0x8B;
    private static final int IA32_SMM_MONITOR_CTL = 0x9B;
    private static final int IA32_SMBASE = 0x9E;
    private static final int IA32_FS_BASE = 0xC0000100;
    private static final int IA32_GS_BASE = 0xC0000101;

    private MsrArea() {}

    /**
     * Loads MSRs.
     *
     * @return 0, or the number (from 1) of the entry that cannot be loaded
     */
    static int load(Cpu c, MsrAccess msrs, long address, int count) {
        for (int i = 0; i < count; i++) {
            long first = PhysicalAccess.read64(c, address + 16L * i);
            int msr = (int) first;
            if (first >>> 32 != 0 || i >= VmxCapabilities.MSR_AREA_LIMIT || msr == IA32_FS_BASE || msr == IA32_GS_BASE
                    || msr == IA32_SMM_MONITOR_CTL || msr == IA32_BIOS_UPDT_TRIG || msr >>> 8 == 8) {
                return i + 1;
            }
            try {
                msrs.write(c, msr, PhysicalAccess.read64(c, address + 16L * i + 8));
            } catch (GuestFault f) {
                return i + 1;
            }
        }
        return 0;
    }

    /**
     * Stores MSRs.
     *
     * @return 0, or the number (from 1) of the entry that cannot be stored
     */
    static int store(Cpu c, MsrAccess msrs, long address, int count) {
        for (int i = 0; i < count; i++) {
            long first = PhysicalAccess.read64(c, address + 16L * i);
            int msr = (int) first;
            if (first >>> 32 != 0 || i >= VmxCapabilities.MSR_AREA_LIMIT || msr == IA32_SMBASE || msr == IA32_BIOS_SIGN_ID || msr >>> 8 == 8) {
                return i + 1;
            }
            try {
                PhysicalAccess.write64(c, address + 16L * i + 8, msrs.read(c, msr));
            } catch (GuestFault f) {
                return i + 1;
            }
        }
        return 0;
    }
}
