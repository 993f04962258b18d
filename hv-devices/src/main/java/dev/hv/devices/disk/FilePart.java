package dev.hv.devices.disk;

import dev.hv.core.machine.ScatterList;

/**
 * Bytes of a disk that are in a row in a file of the host, or zero, as long as nothing is written to the disk: whoever reads them into a guest's memory need not copy them twice.
 */
public final class FilePart {

    /** Null for bytes that are zero. */
    private final NativeFile file;
    private final long offset;
    private final long length;

    /** These bytes of a file; {@code length} is positive. */
    FilePart(NativeFile file, long offset, long length) {
        this.file = file;
        this.offset = offset;
        this.length = length;
    }

    /** So many bytes that no file has, and that are zero. */
    public static FilePart zero(long length) {
        return new FilePart(null, 0, length);
    }

    /** How many they are. */
    public long length() {
        return length;
    }

    /** Reads as many of them as there is room in these pieces; false when the host did not give them all, and then what is in the pieces may be anything. */
    public boolean read(ScatterList to) {
        if (file == null) {
            to.zero();
            return true;
        }
        return to.bytes() <= length && file.read(offset, to);
    }
}
