package dev.hv.core.tlfs;

/** Rights of a guest-physical page, HV_MAP_GPA_FLAGS (TLFS, HvCallMapGpaPages). */
public final class HvMapFlags {
    public static final int READABLE = 1;
    public static final int WRITABLE = 1 << 1;
    public static final int KERNEL_EXECUTABLE = 1 << 2;
    public static final int USER_EXECUTABLE = 1 << 3;
    /** Executable in kernel and user mode. */
    public static final int EXECUTABLE = KERNEL_EXECUTABLE | USER_EXECUTABLE;
    /** All rights. */
    public static final int ALL = READABLE | WRITABLE | EXECUTABLE;

    /** The hypervisor may take rights away and ask the parent to map the page again; nothing here does. */
    public static final int ADJUSTABLE = 0x8000;
    /** No access at all, and no page of the caller's: an access is an intercept for want of rights, not of memory. */
    public static final int NO_ACCESS = 0x1_0000;
    /** A device's memory: not cached. */
    public static final int NOT_CACHED = 0x20_0000;

    /** Page numbers are of runs of 512 pages (2 MiB). */
    public static final int LARGE = 1 << 31;

    private HvMapFlags() {}
}
