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
 * Finds data in sparse files: lseek(2) with SEEK_DATA, which Java does not offer. It has a descriptor of its own for the file; closing it ends
 * all locks this process has on the file.
 */
final class DataSeeker implements AutoCloseable {

    /** The host does not say. */
    static final long UNKNOWN = -2;
    /** There is no more data. */
    static final long NONE = -1;

    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 02000000;
    private static final int SEEK_DATA = 3;
    private static final int ENXIO = 6;

    private final MethodHandle seek;
    private final MethodHandle close;
    private final int descriptor;
    private final StructLayout capture = Linker.Option.captureStateLayout();
    private final VarHandle errno = capture.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private DataSeeker(MethodHandle seek, MethodHandle close, int descriptor) {
        this.seek = seek;
        this.close = close;
        this.descriptor = descriptor;
    }

    /** A seeker for a file; null when this host cannot do it. */
    static DataSeeker open(Path path) {
        try (var arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            SymbolLookup library = linker.defaultLookup();
            MethodHandle open = linker.downcallHandle(library.findOrThrow("open"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT), Linker.Option.firstVariadicArg(2));
            MethodHandle seek = linker.downcallHandle(library.findOrThrow("lseek"),
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT), Linker.Option.captureCallState("errno"));
            MethodHandle close = linker.downcallHandle(library.findOrThrow("close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            int descriptor = (int) open.invokeExact(arena.allocateFrom(path.toString()), O_RDONLY | O_CLOEXEC);
            return descriptor < 0 ? null : new DataSeeker(seek, close, descriptor);
        } catch (Throwable e) {
            // native access is not allowed, or the C library has no such function: everything counts as data
            return null;
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
            // closing a file that was only looked at loses nothing
        }
    }
}
