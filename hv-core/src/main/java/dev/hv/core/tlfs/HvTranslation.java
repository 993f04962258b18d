package dev.hv.core.tlfs;

/** Flags and results of HvCallTranslateVirtualAddress: HV_TRANSLATE_GVA_CONTROL_FLAGS, HV_TRANSLATE_GVA_RESULT. */
public final class HvTranslation {
    public static final long VALIDATE_READ = 1;
    public static final long VALIDATE_WRITE = 1 << 1;
    public static final long VALIDATE_EXECUTE = 1 << 2;
    /** Rights of user and supervisor pages do not count. */
    public static final long PRIVILEGE_EXEMPT = 1 << 3;
    public static final long SET_PAGE_TABLE_BITS = 1 << 4;
    public static final long TLB_FLUSH_INHIBIT = 1 << 5;
    public static final long SUPERVISOR_ACCESS = 1 << 6;
    public static final long USER_ACCESS = 1 << 7;
    /** All flags. */
    public static final long FLAGS = 0xFF;

    public static final int SUCCESS = 0;
    public static final int PAGE_NOT_PRESENT = 1;
    public static final int PRIVILEGE_VIOLATION = 2;
    public static final int INVALID_PAGE_TABLE_FLAGS = 3;
    /** This and what follows: of an entry of the page tables. What the address itself leads to may be a device's, and is not looked at. */
    public static final int GPA_UNMAPPED = 4;
    public static final int GPA_NO_READ_ACCESS = 5;
    public static final int GPA_NO_WRITE_ACCESS = 6;
    public static final int GPA_ILLEGAL_OVERLAY_ACCESS = 7;
    /** In the result: the page is an overlay page. */
    public static final long OVERLAY = 1L << 40;

    private HvTranslation() {}
}
