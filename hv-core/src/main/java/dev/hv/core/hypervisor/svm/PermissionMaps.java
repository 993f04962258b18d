package dev.hv.core.hypervisor.svm;

import dev.hv.core.hypervisor.hardware.DirectMsrs;
import dev.hv.core.hypervisor.memory.GuestPhysicalSpace;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.tlfs.HvMapFlags;

/** The permission maps that all virtual processors share: every port exits, and every MSR but those that the guest has itself (APM vol. 2, 15.10, 15.11). */
final class PermissionMaps {

    /** Pages of both maps, one behind the other. */
    static final int PAGES = 7;

    private static final int PORTS = 3 * SystemMemory.PAGE;
    private static final int MSRS = 2 * SystemMemory.PAGE;
    private static final int MSR_RANGE = 0x2000;
    private static final int HIGH_MSRS = 0x800;
    private static final int READ = 1;
    private static final int WRITE = 2;

    private final long ports;

    /** Fills the maps. */
    PermissionMaps(SystemMemory memory, long pages) {
        ports = pages;
        for (int i = 0; i < PORTS + 2 * MSRS; i += 8) {
            memory.write(pages + i, 8, -1);
        }
        for (int msr : DirectMsrs.all()) {
            if (!exits(msr)) {
                allow(memory, msr, READ | WRITE);
            }
        }
        allow(memory, DirectMsrs.TSC, READ);
    }

    /** Whether accesses to an MSR exit. EFER does, because SVME is the hypervisor's there. */
    static boolean exits(int msr) {
        return msr == DirectMsrs.EFER || DirectMsrs.exits(msr);
    }

    /** Address of the I/O permission map. */
    long ports() {
        return ports;
    }

    /** Address of the MSR permission map. */
    long msrs() {
        return ports + PORTS;
    }

    /** Address of an MSR permission map by which all accesses exit. */
    long noMsrs() {
        return ports + PORTS + MSRS;
    }

    /** Whether a map in a guest's memory lets through what {@link #msrs} does. */
    static boolean allows(SystemMemory memory, GuestPhysicalSpace space, long map) {
        for (int msr : DirectMsrs.all()) {
            if (!exits(msr) && intercepted(memory, space, map, msr, READ | WRITE)) {
                return false;
            }
        }
        return !intercepted(memory, space, map, DirectMsrs.TSC, READ);
    }

    private static boolean intercepted(SystemMemory memory, GuestPhysicalSpace space, long map, int msr, int what) {
        int bit = (msr & MSR_RANGE - 1) * 2;
        long at = space.translate(map + (msr < 0 ? HIGH_MSRS : 0) + (bit >>> 3), HvMapFlags.READABLE);
        return at < 0 || (memory.read(at, 1) >>> (bit & 7) & what) != 0;
    }

    private void allow(SystemMemory memory, int msr, int what) {
        int bit = (msr & MSR_RANGE - 1) * 2;
        long at = msrs() + (msr < 0 ? HIGH_MSRS : 0) + (bit >>> 3);
        memory.write(at, 1, memory.read(at, 1) & ~((long) what << (bit & 7)));
    }
}
