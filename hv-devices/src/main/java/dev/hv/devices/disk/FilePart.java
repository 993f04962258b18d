package dev.hv.devices.disk;

import dev.hv.core.machine.ScatterList;

/**
 * Bytes of a disk that are in a row in a file of the host, as long as nothing is written to the disk: whoever reads them into a guest's memory need not copy them twice.
 */
public final class FilePart {

    private final NativeFile file;
    private final long offset;
    private final long length;

    /** These bytes of a file; {@code length} is positive. */
    FilePart(NativeFile file, long offset, long length) {
        this.file = file;
        this.offset = offset;
        this.length = length;
    }

    /** How many they are. */
    public long length() {
        return length;
    }

    /** Reads as many of them as there is room in these pieces; false when the host did not give them all, and then what is in the pieces may be anything. */
    public boolean read(ScatterList to) {
        return to.bytes() <= length && file.read(offset, to);
    }
}
