package dev.hv.devices.disk;

import java.io.IOException;

/** How an operation on a disk ended. */
public enum DiskStatus {
    OK,
    /** The host could not read or write (EIO, a file that was cut short, a closed disk). */
    IO_ERROR,
    /** The host has no room for the data (ENOSPC, EDQUOT). */
    NO_SPACE,
    /** The disk cannot be written. */
    READ_ONLY;

    /** How a failure of the host ends: Java names no error numbers, only the host's texts for them. */
    public static DiskStatus of(IOException e) {
        String text = String.valueOf(e.getMessage());
        return text.contains("No space left") || text.contains("quota exceeded") ? NO_SPACE : IO_ERROR;
    }
}
