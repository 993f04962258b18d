package dev.hv.devices.disk;

import dev.hv.core.machine.ScatterList;
import dev.hv.cpu.memory.HostLibrary;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What Java does not offer of a host file. Holes: fallocate(2) with FALLOC_FL_PUNCH_HOLE makes them, lseek(2) with SEEK_DATA finds what is between them. And preadv(2), which reads into
 * scattered memory by one call. It has a descriptor of its own for the file; closing it ends all locks this process has on the file.
 */
final class NativeFile implements AutoCloseable {

    /** The host does not say. */
    static final long UNKNOWN = -2;
    /** There is no more data. */
    static final long NONE = -1;

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 02000000;
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    /** The C library's functions; this class fails where they are not. */
    private static final class Calls {
        static final HostLibrary.Function OPEN = function("open");
        static final HostLibrary.Function FALLOCATE = function("fallocate");
        static final HostLibrary.Function SEEK = function("lseek");
        static final HostLibrary.Function READ = function("preadv");
        static final HostLibrary.Function CLOSE = function("close");

        private static HostLibrary.Function function(String name) {
            return HostLibrary.find(name).orElseThrow();
        }
    }

    /** -1 when it is closed. */
    private int descriptor;

    private NativeFile(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens a file; null when this host cannot do it.
     *
     * @param writable whether holes are made, too
     */
    static NativeFile open(Path path, boolean writable) {
        try {
            int descriptor = (int) Calls.OPEN.call(path.toString(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC, 0, 0);
            return descriptor < 0 ? null : new NativeFile(descriptor);
        } catch (Throwable e) {
            // native access is not allowed, or the C library has no such function: disks work without it
            return null;
        }
    }

    /**
     * As {@link #open(Path, boolean)}, of a file that was opened before by this name: null when the name means another one now.
     *
     * @param key what {@link #key} said then
     */
    static NativeFile open(Path path, boolean writable, Object key) {
        NativeFile file = key == null ? null : open(path, writable);
        if (file != null && !key.equals(key(path))) {
            file.close();
            return null;
        }
        return file;
    }

    /** What tells the file of a name from all others; null when the host does not say. */
    static Object key(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** Reads bytes from an offset on into all of these pieces; false when they did not all come, and then what is in the pieces may be anything. */
    boolean read(long offset, ScatterList to) {
        try {
            return Calls.READ.call(descriptor, to.vectors(), to.count(), offset) == to.bytes();
        } catch (Throwable e) {
            return false;
        } finally {
            Reference.reachabilityFence(to);
        }
    }

    /** Frees bytes, which read as zero then; false when the host did not. */
    boolean punch(long offset, long length) {
        try {
            return (int) Calls.FALLOCATE.call(descriptor, KEEP_SIZE | PUNCH_HOLE, offset, length) == 0;
        } catch (Throwable e) {
            return false;
        }
    }

    /** Where the next data is from a place in the file on, {@link #NONE} or {@link #UNKNOWN}. */
    long next(long offset) {
        try {
            long at = Calls.SEEK.call(descriptor, offset, SEEK_DATA, 0);
            // a file system that does not know where data is does not know where holes are, either
            return at >= 0 ? at : Calls.SEEK.call(descriptor, offset, SEEK_HOLE, 0) >= 0 ? NONE : UNKNOWN;
        } catch (Throwable e) {
            return UNKNOWN;
        }
    }

    @Override
    public void close() {
        try {
            Calls.CLOSE.call(descriptor, 0, 0, 0);
            descriptor = -1;
        } catch (Throwable e) {
            throw new IllegalStateException("close", e);
        }
    }
}
