package dev.hv.devices.storage;

import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.MemoryDisk;

/** A disk in memory that counts flushes and fails where and how a test wants. */
final class FaultyDisk implements Disk {

    private final Disk inner;
    /** First byte of a bad place; nothing is bad when negative. */
    long badAt = -1;
    DiskStatus reading = DiskStatus.OK;
    DiskStatus writing = DiskStatus.OK;
    DiskStatus flushing = DiskStatus.OK;
    int flushes;
    Runnable onFlush = () -> { };
    boolean closed;
    /** Bytes that the host has left of it, or has added. */
    long size;

    FaultyDisk(byte[] contents, int sectorSize) {
        inner = new MemoryDisk(contents, sectorSize, false);
        size = contents.length;
    }

    private boolean bad(long offset, long length) {
        return badAt >= offset && badAt < offset + length || offset + length > size;
    }

    private DiskStatus failure(DiskStatus wanted, long offset, long length) {
        return offset + length > size ? DiskStatus.IO_ERROR : wanted;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int sectorSize() {
        return inner.sectorSize();
    }

    @Override
    public int physicalSectorSize() {
        return 4096;
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public boolean discards() {
        return true;
    }

    @Override
    public DiskStatus read(long offset, byte[] to, int at, int length) {
        return bad(offset, length) ? failure(reading, offset, length) : inner.read(offset, to, at, length);
    }

    @Override
    public DiskStatus write(long offset, byte[] from, int at, int length) {
        return bad(offset, length) ? failure(writing, offset, length) : inner.write(offset, from, at, length);
    }

    @Override
    public DiskStatus flush() {
        flushes++;
        onFlush.run();
        return flushing;
    }

    @Override
    public DiskStatus discard(long offset, long length) {
        return bad(offset, length) ? failure(writing, offset, length) : inner.discard(offset, length);
    }

    @Override
    public DiskStatus zero(long offset, long length) {
        return bad(offset, length) ? failure(writing, offset, length) : inner.zero(offset, length);
    }

    @Override
    public void close() {
        closed = true;
    }
}
