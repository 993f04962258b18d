package dev.hv.cpu.vmx;

import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.RestartSignal;

/** The processor's own accesses to structures at system-physical addresses: VMCS regions, MSR areas, bitmaps, EPT entries. */
final class PhysicalAccess {

    private PhysicalAccess() {}

    static long read64(Cpu c, long p) {
        return MemSlow.readPhysical(c, p, 8);
    }

    static int read32(Cpu c, long p) {
        return (int) MemSlow.readPhysical(c, p, 4);
    }

    static int read8(Cpu c, long p) {
        return (int) MemSlow.readPhysical(c, p, 1);
    }

    static void write64(Cpu c, long p, long v) {
        try {
            MemSlow.writePhysical(c, p, 8, v);
        } catch (RestartSignal s) {
            // Cached code shares the page and has been dropped. A VM entry or exit is not run again: complete the write.
            long raw = c.bus.pageAddress(p);
            if (raw != 0) {
                Raw.put64(raw + (p & 0xFFF), v);
            }
        }
    }

    /** Replaces 64 bits as a locked instruction would; false when they are no longer {@code expected}. */
    static boolean replace64(Cpu c, long p, long expected, long v) {
        if (c.parallel) {
            return MemSlow.replacePhysical(c, p, 8, expected, v);
        }
        write64(c, p, v);
        return true;
    }

    static void write32(Cpu c, long p, int v) {
        try {
            MemSlow.writePhysical(c, p, 4, v & 0xFFFFFFFFL);
        } catch (RestartSignal s) {
            long raw = c.bus.pageAddress(p);
            if (raw != 0) {
                Raw.put32(raw + (p & 0xFFF), v);
            }
        }
    }

    /** Whether {@code p} is a multiple of {@code alignment} and fits the processor's physical-address width. */
    static boolean valid(Cpu c, long p, int alignment) {
        return (p & alignment - 1) == 0 && (p & ~c.model.physicalMask()) == 0;
    }
}
