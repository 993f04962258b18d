package dev.hv.cpu.state;

/**
 * Linear-address masking (SDM vol. 3A, 4.4.2): in 64-bit mode data accesses ignore metadata in the upper bits of an address, those of the user's half
 * as CR3 says and those of the other half as CR4 does. The translation cache holds addresses without metadata alone, so that an address with some
 * misses it and comes to {@link MemSlow}, which masks it.
 */
public final class AddressMasking {

    /** Bits 62:57, and bits 62:48. */
    private static final long METADATA_57 = 0x7E00000000000000L;
    private static final long METADATA_48 = 0x7FFF000000000000L;

    private AddressMasking() {}

    /** The address that a data access to {@code a} is to: metadata replaced by copies of bit 63. Whether it is canonical then is another question. */
    public static long masked(Cpu c, long a) {
        if ((c.mode & Modes.CODE64) == 0) {
            return a;
        }
        long metadata = metadata(c, a < 0);
        return a < 0 ? a | metadata : a & ~metadata;
    }

    private static long metadata(Cpu c, boolean supervisor) {
        if (supervisor) {
            return !c.cr4(Control.CR4_LAM_SUP) ? 0 : c.cr4(Control.CR4_LA57) ? METADATA_57 : METADATA_48;
        }
        return (c.cr3 & Control.CR3_LAM_U57) != 0 ? METADATA_57 : (c.cr3 & Control.CR3_LAM_U48) != 0 ? METADATA_48 : 0;
    }

    /** Bits of CR3 above the address of the paging structure that a model has, which MOV to CR3 and VM entries may set. */
    public static long cr3Bits(CpuModel m) {
        return m.has(Feature.LAM) ? Control.CR3_LAM_U48 | Control.CR3_LAM_U57 : 0;
    }
}
