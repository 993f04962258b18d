package dev.hv.core.tlfs;

/** What HvCallGetGpaPagesAccessStates tells of a page, and asks to be changed. */
public final class HvGpaAccess {
    /** State: the page was accessed. */
    public static final int ACCESSED = 1;
    /** State: the page was written to. */
    public static final int DIRTY = 1 << 1;
    /** Change: clear the accessed flag. */
    public static final int CLEAR_ACCESSED = 1;
    /** Change: set the accessed flag. */
    public static final int SET_ACCESSED = 1 << 1;
    /** Change: clear the dirty flag. */
    public static final int CLEAR_DIRTY = 1 << 2;
    /** Change: set the dirty flag. */
    public static final int SET_DIRTY = 1 << 3;
    /** Every change. */
    public static final int CHANGES = 0xF;

    private HvGpaAccess() {}
}
