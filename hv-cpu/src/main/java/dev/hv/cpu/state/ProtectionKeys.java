package dev.hv.cpu.state;

/**
 * Protection keys (SDM vol. 3A, 4.6.2; APM vol. 2, 5.6.7): four bits of the entry that maps a page select two bits of PKRU (user pages) or of
 * IA32_PKRS (supervisor pages), which refuse data accesses or writes. What the translation cache holds is never more than they allow.
 */
public final class ProtectionKeys {

    /** Data accesses are refused. */
    static final int ACCESS_DISABLE = 1;
    /** Writes are refused, those of supervisor mode only with CR0.WP. */
    static final int WRITE_DISABLE = 2;

    private static final int KEYS = 16;
    private static final int ENTRY_SHIFT = 59;
    private static final int SUPERVISOR_PAGES = 16;

    private ProtectionKeys() {}

    /** Sets PKRU. */
    public static void pkru(Cpu c, int value) {
        int before = c.pkru;
        c.pkru = value;
        drop(c, before, value, 0);
    }

    /** Sets IA32_PKRS. */
    public static void pkrs(Cpu c, int value) {
        int before = c.pkrs;
        c.pkrs = value;
        drop(c, before, value, SUPERVISOR_PAGES);
    }

    /** What is cached of pages to which there are fewer rights now is dropped; where there are more, accesses that miss find out. */
    private static void drop(Cpu c, int before, int after, int shift) {
        int fewer = after & ~before;
        if (fewer == 0) {
            return;
        }
        int keys = 0;
        for (int key = 0; key < KEYS; key++) {
            if ((fewer >>> 2 * key & (ACCESS_DISABLE | WRITE_DISABLE)) != 0) {
                keys |= 1 << key + shift;
            }
        }
        c.tlb.dropKeys(keys);
    }

    /** What {@link Tlb} is to know of the key of a page: 0 where keys are not in force for it. */
    static int flags(Cpu c, long entry, boolean userPage) {
        if (!c.cr4(userPage ? Control.CR4_PKE : Control.CR4_PKS) || !c.longMode()) {
            return 0;
        }
        return Tlb.KEYED | (userPage ? Tlb.KEYED_USER : 0) | (int) (entry >>> ENTRY_SHIFT & KEYS - 1) << Tlb.KEY_SHIFT;
    }

    /** {@link #ACCESS_DISABLE} and {@link #WRITE_DISABLE} as they are for data accesses to a page with these flags. */
    static int refused(Cpu c, int flags, boolean user) {
        if (flags == 0) {
            return 0;
        }
        int rights = ((flags & Tlb.KEYED_USER) != 0 ? c.pkru : c.pkrs) >>> 2 * (flags >>> Tlb.KEY_SHIFT & KEYS - 1);
        int refused = rights & (ACCESS_DISABLE | WRITE_DISABLE);
        return user || c.cr0(Control.CR0_WP) ? refused : refused & ~WRITE_DISABLE;
    }
}
