package dev.hv.devices.disk;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * A regular file, or a block device of the host, whose bytes are the disk's. It is locked while it is open: one writer, or any number of
 * readers.
 */
public final class RawDisk implements Disk {

    /** Sector size unless something else is asked for. */
    public static final int DEFAULT_SECTOR = 512;
    /** Host file systems keep files in blocks of this size. */
    private static final int HOST_BLOCK = 4096;
    private static final int ZEROES = 256 << 10;

    private final FileChannel channel;
    private final Path path;
    /** Whether holes can be punched, as far as is known: the first one shows. */
    private boolean holes;
    private final Object key;
    /** Made when it is needed first, as linking to the C library takes longer than opening a disk; null when this host has none. */
    private NativeFile file;
    private boolean asked;
    private final boolean readOnly;
    private final boolean discards;
    private final int sectorSize;
    /** As it was when it was looked at last. */
    private volatile long size;

    private RawDisk(FileChannel channel, Path path, boolean readOnly, int sectorSize, long size) {
        this.channel = channel;
        this.path = path;
        key = NativeFile.key(path);
        holes = !readOnly && Files.isRegularFile(path);
        discards = holes;
        this.readOnly = readOnly;
        this.sectorSize = sectorSize;
        this.size = size;
    }

    /**
     * Opens and locks a file or block device.
     *
     * @param sectorSize 512, 2048 or 4096
     * @throws DiskException when it is missing, unreadable, empty, in use, or no whole number of sectors
     */
    public static RawDisk open(Path path, boolean readOnly, int sectorSize) throws DiskException {
        FileChannel channel = channel(path, readOnly);
        try {
            long size = checkedSize(channel, path, sectorSize);
            return new RawDisk(channel, path, readOnly, sectorSize, size);
        } catch (DiskException e) {
            shut(channel);
            throw e;
        }
    }

    /**
     * A disk of zeroes in the host's folder for temporary files. Its file has no name: it is gone when the disk is closed, and when this
     * process ends in whatever way. Only what is written takes room.
     *
     * @param size bytes, a multiple of the sector size
     * @throws DiskException when the host has no such folder, or cannot have files of this size there
     */
    public static RawDisk temporary(long size, int sectorSize) throws DiskException {
        try {
            Path path = Files.createTempFile("hv-layer", ".tmp");
            // the channel closes the file
            var file = new RandomAccessFile(path.toFile(), "rw");
            try {
                file.setLength(size);
                var disk = new RawDisk(file.getChannel(), path, false, sectorSize, size);
                // by its name, which it has only now
                disk.file();
                return disk;
            } catch (IOException e) {
                file.close();
                throw e;
            } finally {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new DiskException("a temporary file of %d bytes cannot be made: %s".formatted(size, reason(e)));
        }
    }

    /** Opens and locks a file. */
    static FileChannel channel(Path path, boolean readOnly) throws DiskException {
        if (Files.isDirectory(path)) {
            throw new DiskException("disk " + path + ": is a directory; a file or block device is needed");
        }
        Set<OpenOption> options = readOnly ? Set.of(StandardOpenOption.READ) : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileChannel channel;
        try {
            channel = FileChannel.open(path, options);
        } catch (NoSuchFileException e) {
            throw new DiskException("disk " + path + ": no such file");
        } catch (AccessDeniedException e) {
            throw new DiskException("disk " + path + ": may not be " + (readOnly ? "read" : "written; ro opens it for reading"));
        } catch (IOException e) {
            throw new DiskException("disk " + path + ": cannot be opened: " + reason(e));
        }
        try {
            lock(channel, path, readOnly);
            return channel;
        } catch (DiskException e) {
            shut(channel);
            throw e;
        }
    }

    static void lock(FileChannel channel, Path path, boolean readOnly) throws DiskException {
        try {
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, readOnly);
            if (lock == null) {
                throw new DiskException("disk " + path + ": is in use by another process");
            }
        } catch (OverlappingFileLockException e) {
            throw new DiskException("disk " + path + ": is in use by another disk of this process");
        } catch (IOException e) {
            throw new DiskException("disk " + path + ": cannot be locked: " + reason(e));
        }
    }

    private static long checkedSize(FileChannel channel, Path path, int sectorSize) throws DiskException {
        long size;
        try {
            // of a block device, too: the channel asks the device
            size = channel.size();
        } catch (IOException e) {
            throw new DiskException("disk " + path + ": has no size: " + reason(e));
        }
        if (size == 0) {
            throw new DiskException("disk " + path + ": is empty; a disk has at least one sector of " + sectorSize + " bytes");
        }
        if (size % sectorSize != 0) {
            throw new DiskException("disk " + path + ": its " + size + " bytes are no multiple of the sector size " + sectorSize);
        }
        return size;
    }

    static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    @Override
    public long size() {
        try {
            size = channel.size() / sectorSize * sectorSize;
        } catch (IOException e) {
            // what the host said last holds until it says something else
        }
        return size;
    }

    /** Whether the host has cut the disk off before the end of these bytes: writing them would make it longer again. */
    private boolean beyond(long offset, long length) {
        return offset + length > size();
    }

    @Override
    public int sectorSize() {
        return sectorSize;
    }

    @Override
    public int physicalSectorSize() {
        return Math.max(sectorSize, HOST_BLOCK);
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public boolean discards() {
        return discards;
    }

    @Override
    public DiskStatus read(long offset, byte[] to, int at, int length) {
        ByteBuffer buffer = ByteBuffer.wrap(to, at, length);
        long position = offset;
        try {
            while (buffer.hasRemaining()) {
                int n = channel.read(buffer, position);
                if (n <= 0) {
                    return DiskStatus.IO_ERROR;
                }
                position += n;
            }
            return DiskStatus.OK;
        } catch (IOException e) {
            return DiskStatus.IO_ERROR;
        }
    }

    @Override
    public FilePart part(long offset, long length) {
        return file() == null ? null : new FilePart(file(), offset, length);
    }

    @Override
    public DiskStatus write(long offset, byte[] from, int at, int length) {
        if (readOnly) {
            return DiskStatus.READ_ONLY;
        }
        if (beyond(offset, length)) {
            return DiskStatus.IO_ERROR;
        }
        ByteBuffer buffer = ByteBuffer.wrap(from, at, length);
        long position = offset;
        try {
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
            return DiskStatus.OK;
        } catch (IOException e) {
            return DiskStatus.of(e);
        }
    }

    @Override
    public DiskStatus flush() {
        if (readOnly) {
            return DiskStatus.OK;
        }
        try {
            channel.force(false);
            return DiskStatus.OK;
        } catch (IOException e) {
            return DiskStatus.of(e);
        }
    }

    @Override
    public DiskStatus discard(long offset, long length) {
        if (readOnly) {
            return DiskStatus.READ_ONLY;
        }
        return discards ? zero(offset, length) : DiskStatus.OK;
    }

    @Override
    public DiskStatus zero(long offset, long length) {
        if (readOnly) {
            return DiskStatus.READ_ONLY;
        }
        if (beyond(offset, length)) {
            return DiskStatus.IO_ERROR;
        }
        if (punched(offset, length)) {
            return DiskStatus.OK;
        }
        byte[] zeroes = new byte[(int) Math.min(length, ZEROES)];
        for (long done = 0; done < length; ) {
            int n = (int) Math.min(length - done, zeroes.length);
            DiskStatus status = write(offset + done, zeroes, 0, n);
            if (status != DiskStatus.OK) {
                return status;
            }
            done += n;
        }
        return DiskStatus.OK;
    }

    private boolean punched(long offset, long length) {
        holes = holes && file() != null && file().punch(offset, length);
        return holes;
    }

    private synchronized NativeFile file() {
        if (!asked) {
            asked = true;
            file = NativeFile.open(path, !readOnly, key);
        }
        return file;
    }

    @Override
    public synchronized void close() {
        if (file != null) {
            file.close();
            file = null;
        }
        asked = true;
        shut(channel);
    }

    static void shut(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // everything that was acknowledged has been written by then
        }
    }
}
