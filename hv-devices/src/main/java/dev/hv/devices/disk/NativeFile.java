package dev.hv.devices.disk;

import dev.hv.core.machine.ScatterList;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
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
    private static final int ENXIO = 6;

    /** The C library's functions; this class fails where they are not. */
    private static final class Calls {
        static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
        static final VarHandle ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        private static final Linker LINKER = Linker.nativeLinker();
        private static final SymbolLookup LIBRARY = LINKER.defaultLookup();
        static final MethodHandle OPEN = function("open", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT), Linker.Option.firstVariadicArg(2));
        static final MethodHandle FALLOCATE = function("fallocate", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        static final MethodHandle SEEK = function("lseek", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
                Linker.Option.captureCallState("errno"));
        static final MethodHandle READ = function("preadv", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
        static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

        private static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
            return LINKER.downcallHandle(LIBRARY.findOrThrow(name), type, options);
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
        try (var arena = Arena.ofConfined()) {
            int descriptor = (int) Calls.OPEN.invokeExact(arena.allocateFrom(path.toString()), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
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
            return (long) Calls.READ.invokeExact(descriptor, to.vectors(), to.count(), offset) == to.bytes();
        } catch (Throwable e) {
            return false;
        }
    }

    /** Frees bytes, which read as zero then; false when the host did not. */
    boolean punch(long offset, long length) {
        try {
            return (int) Calls.FALLOCATE.invokeExact(descriptor, KEEP_SIZE | PUNCH_HOLE, offset, length) == 0;
        } catch (Throwable e) {
            return false;
        }
    }

    /** Where the next data is, {@link #NONE} or {@link #UNKNOWN}. */
    long next(long offset) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.CAPTURE);
            long at = (long) Calls.SEEK.invokeExact(state, descriptor, offset, SEEK_DATA);
            return at >= 0 ? at : (int) Calls.ERRNO.get(state, 0L) == ENXIO ? NONE : UNKNOWN;
        } catch (Throwable e) {
            return UNKNOWN;
        }
    }

    @Override
    public void close() {
        try {
            int _ = (int) Calls.CLOSE.invokeExact(descriptor);
            descriptor = -1;
        } catch (Throwable e) {
            throw new IllegalStateException("close", e);
        }
    }
}
