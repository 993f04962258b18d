package dev.hv.devices.disk;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Gives parts of a host file back to the host's file system: fallocate(2) with FALLOC_FL_PUNCH_HOLE, which Java does not offer. It has
 * a descriptor of its own for the file.
 */
final class HolePuncher implements AutoCloseable {

    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 02000000;
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;

    private final MethodHandle fallocate;
    private final MethodHandle close;
    private final int descriptor;

    private HolePuncher(MethodHandle fallocate, MethodHandle close, int descriptor) {
        this.fallocate = fallocate;
        this.close = close;
        this.descriptor = descriptor;
    }

    /** A puncher for a file; null when this host cannot do it. Closing it ends all locks this process has on the file. */
    static HolePuncher open(Path path) {
        try (var arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            SymbolLookup library = linker.defaultLookup();
            MethodHandle open = linker.downcallHandle(library.findOrThrow("open"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT), Linker.Option.firstVariadicArg(2));
            MethodHandle fallocate = linker.downcallHandle(library.findOrThrow("fallocate"), FunctionDescriptor.of(ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
            MethodHandle close = linker.downcallHandle(library.findOrThrow("close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
            MemorySegment name = arena.allocateFrom(path.toString());
            int descriptor = (int) open.invokeExact(name, O_RDWR | O_CLOEXEC);
            if (descriptor < 0) {
                return null;
            }
            return new HolePuncher(fallocate, close, descriptor);
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

    @Override
    public void close() {
        try {
            int ignored = (int) close.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException("close", e);
        }
    }
}
