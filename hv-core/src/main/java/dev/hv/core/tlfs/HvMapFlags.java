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

    /** Page numbers are of runs of 512 pages (2 MiB). */
    public static final int LARGE = 1 << 31;

    private HvMapFlags() {}
}
