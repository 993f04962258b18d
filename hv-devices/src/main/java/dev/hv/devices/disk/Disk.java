package dev.hv.devices.disk;

import java.io.IOException;

/** A disk's contents. Offsets and lengths are in bytes and lie within the disk; an IOException is an error of the host. */
public interface Disk extends AutoCloseable {

    /** Bytes, a multiple of the sector size. */
    long size();

    /** Bytes of a sector as guests see it: 512, 2048 or 4096. */
    int sectorSize();

    /** Whether it refuses writes. */
    boolean readOnly();

    /** Reads bytes. */
    void read(long offset, byte[] to, int at, int length) throws IOException;

    /** Writes bytes; they are safe after {@link #flush}. */
    void write(long offset, byte[] from, int at, int length) throws IOException;

    /** Makes everything written before safe from a loss of power. */
    void flush() throws IOException;

    /** The contents of a range are no longer needed: it reads as zeros afterwards. */
    void discard(long offset, long length) throws IOException;

    @Override
    void close() throws IOException;
}
