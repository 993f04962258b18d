package dev.hv.devices.disk;

/** How an operation on a disk ended. */
public enum DiskStatus {
    OK,
    /** The host could not read or write (EIO, a file that was cut short, a closed disk). */
    IO_ERROR,
    /** The host has no room for the data (ENOSPC, EDQUOT). */
    NO_SPACE,
    /** The disk cannot be written. */
    READ_ONLY
}
