package dev.hv.core.hypervisor.hardware;

/**
 * MSRs that a guest reads and writes in the processor itself: entries and exits switch them, or the hypervisor with the virtual processor.
 * Those that one vendor's hardware cannot leave to the guest are that vendor's to except.
 */
public final class DirectMsrs {

    /** The time-stamp counter, which a guest may read itself but not write. */
    public static final int TSC = 0x10;
    public static final int EFER = 0xC000_0080;

    private static final int[] ALL = {
        0x174, 0x175, 0x176, // SYSENTER
        0x277, // PAT
        EFER,
        0xC000_0081, 0xC000_0082, 0xC000_0083, 0xC000_0084, // STAR, LSTAR, CSTAR, FMASK
        0xC000_0100, 0xC000_0101, 0xC000_0102, // FS base, GS base, kernel GS base
        0xC000_0103 // TSC_AUX
    };

    private DirectMsrs() {}

    /** All that are read and written directly. */
    public static int[] all() {
        return ALL.clone();
    }

    /** Whether accesses to an MSR leave the guest. Reads of the time-stamp counter do not. */
    public static boolean exits(int msr) {
        for (int direct : ALL) {
            if (msr == direct) {
                return false;
            }
        }
        return msr != TSC;
    }
}
