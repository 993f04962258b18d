package dev.hv.devices.disk;

/**
 * A read-only disk that several machines have at once: each has a handle of its own, and the last one that is closed closes the disk. Handles are used by
 * a thread each, at the same time: the disk below must bear that when it is read.
 */
public final class SharedDisk {

    private final Disk disk;
    private int handles;

    /**
     * A disk without handles.
     *
     * @throws IllegalArgumentException when it can be written: its users would destroy each other's work
     */
    public SharedDisk(Disk disk) {
        if (!disk.readOnly()) {
            throw new IllegalArgumentException("a disk that can be written has one user");
        }
        this.disk = disk;
    }

    /** A handle; there must be an open one already, unless it is the first. */
    public synchronized Disk handle() {
        handles++;
        return new Handle();
    }

    /** Bytes of a logical sector. */
    public int sectorSize() {
        return disk.sectorSize();
    }

    /** Whether all handles have been closed, and the disk with them. */
    public synchronized boolean closed() {
        return handles == 0;
    }

    /** What one user has. */
    private final class Handle implements Disk {
        private volatile boolean open = true;

        @Override
        public long size() {
            return disk.size();
        }

        @Override
        public int sectorSize() {
            return disk.sectorSize();
        }

        @Override
        public int physicalSectorSize() {
            return disk.physicalSectorSize();
        }

        @Override
        public boolean readOnly() {
            return true;
        }

        @Override
        public boolean discards() {
            return false;
        }

        @Override
        public DiskStatus read(long offset, byte[] to, int at, int length) {
            return open ? disk.read(offset, to, at, length) : DiskStatus.IO_ERROR;
        }

        @Override
        public FilePart part(long offset, long length) {
            return open ? disk.part(offset, length) : null;
        }

        @Override
        public DiskStatus write(long offset, byte[] from, int at, int length) {
            return DiskStatus.READ_ONLY;
        }

        @Override
        public DiskStatus flush() {
            return DiskStatus.OK;
        }

        @Override
        public DiskStatus discard(long offset, long length) {
            return DiskStatus.READ_ONLY;
        }

        @Override
        public DiskStatus zero(long offset, long length) {
            return DiskStatus.READ_ONLY;
        }

        @Override
        public void close() {
            synchronized (SharedDisk.this) {
                if (open) {
                    open = false;
                    handles--;
                    if (handles == 0) {
                        disk.close();
                    }
                }
            }
        }
    }
}
