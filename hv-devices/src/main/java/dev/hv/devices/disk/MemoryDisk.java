package dev.hv.devices.disk;

import java.util.Arrays;

/** A disk in this process's memory, for demonstrations and tests; its contents end with it. */
public class MemoryDisk implements Disk {

    private final byte[] bytes;
    private final int sectorSize;
    private final boolean readOnly;

    /** A disk over an array, which stays shared. */
    public MemoryDisk(byte[] bytes, int sectorSize, boolean readOnly) {
        if (bytes.length == 0 || bytes.length % sectorSize != 0) {
            throw new IllegalArgumentException(bytes.length + " bytes are no multiple of the sector size " + sectorSize);
        }
        this.bytes = bytes;
        this.sectorSize = sectorSize;
        this.readOnly = readOnly;
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public int sectorSize() {
        return sectorSize;
    }

    @Override
    public int physicalSectorSize() {
        return sectorSize;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean discards() {
        return true;
    }

    @Override
    public DiskStatus read(long offset, byte[] to, int at, int length) {
        System.arraycopy(bytes, (int) offset, to, at, length);
        return DiskStatus.OK;
    }

    @Override
    public DiskStatus write(long offset, byte[] from, int at, int length) {
        if (readOnly) {
            return DiskStatus.READ_ONLY;
        }
        System.arraycopy(from, at, bytes, (int) offset, length);
        return DiskStatus.OK;
    }

    @Override
    public DiskStatus flush() {
        return DiskStatus.OK;
    }

    @Override
    public DiskStatus discard(long offset, long length) {
        return zero(offset, length);
    }

    @Override
    public DiskStatus zero(long offset, long length) {
        if (readOnly) {
            return DiskStatus.READ_ONLY;
        }
        Arrays.fill(bytes, (int) offset, (int) (offset + length), (byte) 0);
        return DiskStatus.OK;
    }

    @Override
    public void close() {}
}
