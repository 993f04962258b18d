package dev.hv.devices.disk;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;

/** A disk in a raw file, or a block device of the host. */
public final class RawDisk implements Disk {

    /** Largest piece that goes to the host at a time. */
    private static final int PIECE = 1 << 20;

    private final FileChannel channel;
    private final long size;
    private final int sectorSize;
    private final boolean readOnly;
    private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);

    private RawDisk(FileChannel channel, long size, int sectorSize, boolean readOnly) {
        this.channel = channel;
        this.size = size;
        this.sectorSize = sectorSize;
        this.readOnly = readOnly;
    }

    /**
     * Opens a file. Nobody else who uses locks can write it meanwhile.
     *
     * @param sectorSize 512, 2048 or 4096
     * @throws IOException when it cannot be opened, is in use, or is no whole number of sectors; the message is for people
     */
    public static RawDisk open(Path file, int sectorSize, boolean readOnly) throws IOException {
        Set<StandardOpenOption> options = EnumSet.of(StandardOpenOption.READ);
        if (!readOnly) {
            options.add(StandardOpenOption.WRITE);
        }
        FileChannel channel = FileChannel.open(file, options);
        try {
            lock(channel, readOnly);
            long size = channel.size();
            if (size == 0) {
                // block devices have no length, but an end
                size = seekEnd(file);
            }
            if (size < sectorSize || size % sectorSize != 0) {
                throw new IOException("its size of " + size + " bytes is not a whole number of sectors of " + sectorSize + " bytes");
            }
            return new RawDisk(channel, size, sectorSize, readOnly);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static long seekEnd(Path file) throws IOException {
        try (var f = new RandomAccessFile(file.toFile(), "r")) {
            return f.length();
        }
    }

    private static void lock(FileChannel channel, boolean shared) throws IOException {
        try {
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
            if (lock == null) {
                throw new IOException("it is in use by another process");
            }
        } catch (OverlappingFileLockException e) {
            throw new IOException("it is in use already", e);
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int sectorSize() {
        return sectorSize;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public void read(long offset, byte[] to, int at, int length) throws IOException {
        int done = 0;
        while (done < length) {
            piece.clear().limit(Math.min(PIECE, length - done));
            int n = channel.read(piece, offset + done);
            if (n < 0) {
                throw new EOFException("the file has become shorter");
            }
            piece.flip().get(to, at + done, n);
            done += n;
        }
    }

    @Override
    public void write(long offset, byte[] from, int at, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int n = Math.min(PIECE, length - done);
            piece.clear().put(from, at + done, n).flip();
            long where = offset + done;
            while (piece.hasRemaining()) {
                where += channel.write(piece, where);
            }
            done += n;
        }
    }

    @Override
    public void flush() throws IOException {
        channel.force(false);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
        byte[] zeros = new byte[(int) Math.min(length, PIECE)];
        for (long done = 0; done < length; done += zeros.length) {
            write(offset + done, zeros, 0, (int) Math.min(zeros.length, length - done));
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
