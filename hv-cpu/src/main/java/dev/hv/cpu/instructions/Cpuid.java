package dev.hv.cpu.instructions;

import static dev.hv.cpu.state.CpuidWord.*;
import static dev.hv.cpu.state.Feature.*;

import dev.hv.cpu.state.AddressMonitor;
import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.MiscEnable;
import dev.hv.cpu.state.PerformanceCounters;
import dev.hv.cpu.state.SvmOperations;

/** The CPUID leaves (SDM vol. 2A, "CPUID"; APM vol. 3, appendix E), computed from the model: what is advertised is what works. */
public final class Cpuid {

    private static final int MAX_BASIC = 0x16;
    /** The last leaf that IA32_MISC_ENABLE can have the processor tell of. */
    private static final int LIMITED_BASIC = 3;
    private static final int MAX_EXTENDED = 0x80000008;
    private static final int MAX_EXTENDED_AMD = 0x80000021;

    /** AMD's L3: 32 times 512 KiB, 16 ways, lines of 64 bytes. */
    private static final int L3 = 32 << 18 | 8 << 12 | 1 << 8 | 64;
    private static final int OSXSAVE = 1 << 27;
    private static final int OSPKE = 1 << 4;
    private static final int HTT = 1 << 28;
    private static final int APIC_ENABLED = 1 << 11;
    /** The bits of leaf 1's EDX that AMD's processors repeat in leaf 80000001H. */
    private static final int AMD_REPEATED = 0x0183F3FF;

    private Cpuid() {}

    /** Fills {@code out} with EAX, EBX, ECX, EDX of a leaf. */
    public static void leaf(Cpu c, int leaf, int subleaf, int[] out) {
        CpuModel m = c.model;
        int maxExtended = m.intel() ? MAX_EXTENDED : MAX_EXTENDED_AMD;
        int n = leaf;
        if (leaf < 0 ? leaf > maxExtended : leaf > MAX_BASIC) {
            if (!m.intel()) {
                set(out, 0, 0, 0, 0);
                return;
            }
            // Intel processors answer leaves beyond the last with the last basic one
            n = MAX_BASIC;
        }
        if (n < 0) {
            extended(c, m, n, subleaf, maxExtended, out);
        } else {
            basic(c, m, n, subleaf, out);
        }
    }

    private static void basic(Cpu c, CpuModel m, int leaf, int subleaf, int[] out) {
        switch (leaf) {
            case 0 -> {
                if (m.intel()) {
                    set(out, (c.miscEnable & MiscEnable.LIMIT_CPUID) != 0 ? LIMITED_BASIC : MAX_BASIC, 0x756E6547, 0x6C65746E, 0x49656E69);
                } else {
                    set(out, MAX_BASIC, 0x68747541, 0x444D4163, 0x69746E65);
                }
            }
            case 1 -> features(c, m, out);
            // TLBs of instructions: 64 entries of 4 KiB, 8 of 2 MiB; of data: 64 of 4 KiB, 32 of 2 MiB; shared: 1,536; prefetch of 64 bytes; caches are in leaf 4
            case 2 -> set(out, m.intel() ? 0x76036301 : 0, m.intel() ? 0x00F0B5FF : 0, 0, m.intel() ? 0x00C30000 : 0);
            case 4 -> caches(c, m.intel(), powerOfTwo(c.processors) - 1 << 26, subleaf, out);
            case 5 -> waits(m, out);
            // APIC timer always running
            case 6 -> set(out, m.intel() ? 1 << 2 : 0, 0, 0, 0);
            case 7 -> structured(c, m, subleaf, out);
            case 0xA -> counters(m, out);
            case 0xB -> topology(c, m, subleaf, out);
            case 0xD -> state(c, m, subleaf, out);
            case 0x15 -> {
                if (m.intel()) {
                    // TSC frequency = crystal * EBX / EAX
                    set(out, 1000, (int) (m.tscHz() / (m.crystalHz() / 1000)), (int) m.crystalHz(), 0);
                } else {
                    set(out, 0, 0, 0, 0);
                }
            }
            case 0x16 -> {
                int mhz = m.intel() ? (int) (m.tscHz() / 1_000_000) : 0;
                set(out, mhz, mhz, m.intel() ? 100 : 0, 0);
            }
            default -> set(out, 0, 0, 0, 0);
        }
    }

    /** MONITOR and MWAIT: lines, interrupts as break events, one substate each of C0 and C1. */
    private static void waits(CpuModel m, int[] out) {
        if (m.has(MONITOR)) {
            set(out, AddressMonitor.LINE, AddressMonitor.LINE, 3, 0x10);
        } else {
            set(out, 0, 0, 0, 0);
        }
    }

    /** Architectural performance monitoring, version 2: counters, their widths, and which of seven events there are: all but the two of caches. */
    private static void counters(CpuModel m, int[] out) {
        boolean there = m.intel() && PerformanceCounters.in(m);
        set(out, there ? 2 | PerformanceCounters.GENERAL << 8 | PerformanceCounters.WIDTH << 16 | 7 << 24 : 0, there ? 1 << 3 | 1 << 4 : 0, 0,
                there ? PerformanceCounters.FIXED | PerformanceCounters.WIDTH << 5 : 0);
    }

    private static void features(Cpu c, CpuModel m, int[] out) {
        int ebx = c.index << 24 | (c.processors > 1 ? powerOfTwo(c.processors) : 1) << 16 | 8 << 8;
        int ecx = m.word(L1_ECX) | (c.cr4(Control.CR4_OSXSAVE) ? OSXSAVE : 0);
        int edx = m.word(L1_EDX) | (c.processors > 1 ? HTT : 0);
        if (!MiscEnable.monitors(c)) {
            ecx &= ~(1 << MONITOR.bit);
        }
        if (c.apic != null && (c.apic.apicBase() & APIC_ENABLED) == 0) {
            edx &= ~(1 << APIC.bit);
        }
        set(out, m.signature(), ebx, ecx, edx);
    }

    private static void structured(Cpu c, CpuModel m, int subleaf, int[] out) {
        // fast short string instructions come with ERMS: they copy whole pages at once
        switch (subleaf) {
            case 0 -> set(out, 2, m.word(L7_EBX), m.word(L7_ECX) | (c.cr4(Control.CR4_PKE) ? OSPKE : 0), m.word(L7_EDX));
            case 1 -> set(out, m.word(L7_1_EAX), 0, 0, 0);
            case 2 -> set(out, 0, 0, 0, m.word(L7_2_EDX));
            default -> set(out, 0, 0, 0, 0);
        }
    }

    /**
     * Deterministic cache parameters: L1D, 32 KiB L1I, 2 MiB L2 per core, 16 MiB L3 shared. AMD's leaf 8000001DH has the format of Intel's leaf 4.
     *
     * @param there whether the leaf is
     * @param cores what EAX says of cores for all caches
     */
    private static void caches(Cpu c, boolean there, int cores, int subleaf, int[] out) {
        set(out, 0, 0, 0, 0);
        if (!there) {
            return;
        }
        switch (subleaf) {
            case 0 -> cache(out, 1 | 1 << 5 | cores, c.model.intel() ? 12 : 8, 64, 0);
            case 1 -> cache(out, 2 | 1 << 5 | cores, 8, 64, 0);
            case 2 -> cache(out, 3 | 2 << 5 | cores, 16, 2048, 0);
            case 3 -> cache(out, 3 | 3 << 5 | cores | powerOfTwo(c.processors) - 1 << 14, 16, 16384, c.model.intel() ? 4 : 1);
            default -> { }
        }
    }

    private static void cache(int[] out, int eax, int ways, int sets, int edx) {
        // self-initialising, lines of 64 bytes
        set(out, eax | 1 << 8, ways - 1 << 22 | 63, sets - 1, edx);
    }

    private static void topology(Cpu c, CpuModel m, int subleaf, int[] out) {
        switch (subleaf) {
            case 0 -> set(out, 0, 1, 1 << 8, c.index);
            case 1 -> set(out, Integer.numberOfTrailingZeros(powerOfTwo(c.processors)), c.processors, 1 | 2 << 8, c.index);
            default -> set(out, 0, 0, subleaf & 0xFF, c.index);
        }
    }

    /** XSAVE areas: sizes for what is enabled, and for all that there is. */
    private static void state(Cpu c, CpuModel m, int subleaf, int[] out) {
        long all = XsaveState.components(c);
        set(out, 0, 0, 0, 0);
        if (!m.has(XSAVE)) {
            return;
        }
        if (subleaf == 0) {
            set(out, (int) all, XsaveLayout.standardSize(c.xcr0), XsaveLayout.standardSize(all), 0);
        } else if (subleaf == 1) {
            int word = m.word(LD_1_EAX);
            set(out, word, word == 0 ? 0 : XsaveLayout.compactSize(c.xcr0 | c.xss), (int) XsaveState.supervisorComponents(c), 0);
        } else if (subleaf > 1 && subleaf < Long.SIZE && (all >>> subleaf & 1) != 0) {
            set(out, XsaveLayout.size(subleaf), XsaveLayout.standard(subleaf), 0, 0);
        } else if (subleaf > 1 && subleaf < Long.SIZE && m.has(XSAVES) && (XsaveState.supervisorComponents(c) >>> subleaf & 1) != 0) {
            // in IA32_XSS
            set(out, XsaveLayout.size(subleaf), 0, 1, 0);
        }
    }

    private static void extended(Cpu c, CpuModel m, int leaf, int subleaf, int max, int[] out) {
        boolean intel = m.intel();
        switch (leaf) {
            case 0x80000000 -> {
                if (intel) {
                    set(out, max, 0, 0, 0);
                } else {
                    set(out, max, 0x68747541, 0x444D4163, 0x69746E65);
                }
            }
            case 0x80000001 -> {
                // Intel's processors say SYSCALL in 64-bit mode alone
                int edx = m.word(E1_EDX) & (intel && !c.mode64() ? ~(1 << SYSCALL.bit) : -1) & (MiscEnable.executeDisable(c) ? -1 : ~(1 << NX.bit));
                set(out, intel ? 0 : m.signature(), 0, m.word(E1_ECX), intel ? edx : edx | m.word(L1_EDX) & AMD_REPEATED);
            }
            case 0x80000002, 0x80000003, 0x80000004 -> brand(m, (leaf & 7) - 2, out);
            // AMD: L1 caches; L2 in 80000006 for both vendors
            case 0x80000005 -> set(out, 0, 0, intel ? 0 : 0x20080140, intel ? 0 : 0x20080140);
            case 0x80000006 -> set(out, 0, 0, 0x08008040, intel ? 0 : L3);
            case 0x80000007 -> set(out, 0, 0, 0, m.word(E7_EDX));
            case 0x80000008 -> set(out, m.physicalBits() | Canonical.width(m) << 8, m.word(E8_EBX), intel ? 0 : c.processors - 1,
                    m.has(RDPRU) ? SystemInstructions.RDPRU_LAST << 16 : 0);
            // revision 1 of SVM, number of ASIDs
            case 0x8000000A -> {
                boolean svm = m.has(SVM);
                set(out, svm ? 1 : 0, svm ? SvmOperations.ASIDS : 0, 0, svm ? m.word(EA_EDX) : 0);
            }
            // unaligned accesses are as fast as aligned ones, vectors are 256 bits wide
            case 0x8000001A -> set(out, 6, 0, 0, 0);
            case 0x8000001D -> caches(c, m.has(TOPOEXT), 0, subleaf, out);
            // one thread a core, one node
            case 0x8000001E -> set(out, m.has(TOPOEXT) ? c.index : 0, m.has(TOPOEXT) ? c.index & 0xFF : 0, 0, 0);
            case 0x80000021 -> set(out, m.word(E21_EAX), 0, m.word(E21_ECX), 0);
            default -> set(out, 0, 0, 0, 0);
        }
    }

    private static void brand(CpuModel m, int part, int[] out) {
        for (int r = 0; r < 4; r++) {
            int word = 0;
            for (int b = 0; b < 4; b++) {
                int i = part * 16 + r * 4 + b;
                if (i < m.name().length()) {
                    word |= (m.name().charAt(i) & 0x7F) << 8 * b;
                }
            }
            out[r] = word;
        }
    }

    private static int powerOfTwo(int n) {
        return n <= 1 ? 1 : Integer.highestOneBit(n - 1) << 1;
    }

    private static void set(int[] out, int eax, int ebx, int ecx, int edx) {
        out[0] = eax;
        out[1] = ebx;
        out[2] = ecx;
        out[3] = edx;
    }
}
