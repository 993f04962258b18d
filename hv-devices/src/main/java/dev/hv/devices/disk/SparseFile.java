package dev.hv.devices.disk;

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
import java.nio.file.Path;

/**
 * Holes of a host file, which Java does not offer: fallocate(2) with FALLOC_FL_PUNCH_HOLE makes them, lseek(2) with SEEK_DATA finds what is between them. It has a descriptor of its own for the
 * file; closing it ends all locks this process has on the file.
 */
final class SparseFile implements AutoCloseable {

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

    private final MethodHandle fallocate;
    private final MethodHandle seek;
    private final MethodHandle close;
    private final int descriptor;
    private final StructLayout capture = Linker.Option.captureStateLayout();
    private final VarHandle errno = capture.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private SparseFile(Linker linker, SymbolLookup library, int descriptor) {
        this.descriptor = descriptor;
        fallocate = linker.downcallHandle(library.findOrThrow("fallocate"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        seek = linker.downcallHandle(library.findOrThrow("lseek"), FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
                Linker.Option.captureCallState("errno"));
        close = linker.downcallHandle(library.findOrThrow("close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    /**
     * Opens a file for its holes; null when this host cannot do it.
     *
     * @param writable whether holes are made, too
     */
    static SparseFile open(Path path, boolean writable) {
        try (var arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            SymbolLookup library = linker.defaultLookup();
            MethodHandle open = linker.downcallHandle(library.findOrThrow("open"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT), Linker.Option.firstVariadicArg(2));
            int descriptor = (int) open.invokeExact(arena.allocateFrom(path.toString()), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
            return descriptor < 0 ? null : new SparseFile(linker, library, descriptor);
        } catch (Throwable e) {
            // native access is not allowed, or the C library has no such function: disks work without it
            return null;
        }
    }

    /** Frees bytes, which read as zero then; false when the host did not. */
    boolean punch(long offset, long length) {
        try {
            return (int) fallocate.invokeExact(descriptor, KEEP_SIZE | PUNCH_HOLE, offset, length) == 0;
        } catch (Throwable e) {
            return false;
        }
    }

    /** Where the next data is, {@link #NONE} or {@link #UNKNOWN}. */
    long next(long offset) {
        try (var arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(capture);
            long at = (long) seek.invokeExact(state, descriptor, offset, SEEK_DATA);
            return at >= 0 ? at : (int) errno.get(state, 0L) == ENXIO ? NONE : UNKNOWN;
        } catch (Throwable e) {
            return UNKNOWN;
        }
    }

    @Override
    public void close() {
        try {
            int _ = (int) close.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException("close", e);
        }
    }
}
