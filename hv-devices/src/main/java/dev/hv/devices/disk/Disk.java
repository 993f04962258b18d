package dev.hv.devices.disk;

/**
 * A random-access store of whole sectors. Offsets and lengths are bytes and multiples of the sector size, and within the disk:
 * callers see to that. What the host cut off meanwhile ends in {@link DiskStatus#IO_ERROR}. Used by one thread at a time, but for what it says of
 * itself ({@link #size} and the like), which any thread may ask.
 */
public interface Disk extends AutoCloseable {

    /** Bytes of the disk now, a multiple of {@link #sectorSize}: the host may make a disk longer or shorter while it is open. */
    long size();

    /** Bytes of a logical sector: 512, 2048 or 4096. */
    int sectorSize();

    /** Bytes that are written without reading others first; a power of two, at least {@link #sectorSize}. */
    int physicalSectorSize();

    /** Whether writes, zeroing and discarding are refused. */
    boolean readOnly();

    /** Whether {@link #discard} frees room on the host; discarded bytes then read as zero. */
    boolean discards();

    /** Reads bytes; on failure the contents of {@code to} are unspecified. */
    DiskStatus read(long offset, byte[] to, int at, int length);

    /**
     * Where bytes from an offset on are in a file of the host, or that they are zero: as many as are in a row there, {@code length} at most. For who reads them at once on the disk's thread.
     *
     * @return null for what has to be {@link #read read}
     */
    default FilePart part(long offset, long length) {
        return null;
    }

    /** Writes bytes; they survive the end of this process, and after {@link #flush} that of the host. */
    DiskStatus write(long offset, byte[] from, int at, int length);

    /** Makes everything written before durable. */
    DiskStatus flush();

    /** The bytes are needed no longer. Does nothing when the disk does not {@link #discards discard}. */
    DiskStatus discard(long offset, long length);

    /** Sets bytes to zero. */
    DiskStatus zero(long offset, long length);

    /** What it does not do as it should, for tests; null when nothing can be set. Asked by whoever takes requests from a guest, not by the disk. */
    default DiskFaults faults() {
        return null;
    }

    /** What the host makes of requests in a run that is recorded or repeated; null in others. */
    default DiskResults results() {
        return null;
    }

    /** Gives back what the host lent; everything fails afterwards. */
    @Override
    void close();
}
