package dev.hv.cpu.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Functions of the host's C library. All are called with six 64-bit numbers, of which each takes what it has parameters for, and its low half for an int, and give one, whose low half is the answer of a function that
 * gives an int: that is how the calling conventions of 64-bit hosts pass them. The JVM makes classes for each shape of call, which takes milliseconds; for the library this is the only one.
 */
public final class HostLibrary {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALL = LINKER.downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

    private HostLibrary() {}

    /** One of its functions. */
    public static final class Function {

        private final MemorySegment address;

        private Function(MemorySegment address) {
            this.address = address;
        }

        /**
         * Calls it, with zeroes for what it has no parameters for.
         *
         * @return what it gives; of a function that gives an int only the low half means anything
         */
        public long call(long a, long b, long c, long d, long e, long f) {
            try {
                return (long) CALL.invokeExact(address, a, b, c, d, e, f);
            } catch (Throwable t) {
                throw new IllegalStateException(t);
            }
        }

        /** As {@link #call(long, long, long, long)}, with a text as C has it, in UTF-8 with a zero behind it, in the first place. */
        public long call(String text, long b, long c, long d) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            long copy = Raw.allocate(bytes.length + 1);
            try {
                Raw.copyIn(bytes, 0, copy, bytes.length);
                Raw.put8(copy + bytes.length, (byte) 0);
                return call(copy, b, c, d);
            } finally {
                Raw.free(copy);
            }
        }

        /** As {@link #call(long, long, long, long, long, long)}, of a function that has four parameters at most. */
        public long call(long a, long b, long c, long d) {
            return call(a, b, c, d, 0, 0);
        }
    }

    /** The function of this name, if there is one. */
    public static Optional<Function> find(String name) {
        // no lambda: short commands come here, and the JVM would make a class for it
        Optional<MemorySegment> address = LINKER.defaultLookup().find(name);
        return address.isPresent() ? Optional.of(new Function(address.get())) : Optional.empty();
    }

    /**
     * Code of our own at an address, in the host's calling convention and short enough to hold off the garbage collector.
     *
     * @param type its parameters and what it gives
     */
    public static MethodHandle code(long address, FunctionDescriptor type) {
        return LINKER.downcallHandle(MemorySegment.ofAddress(address), type, Linker.Option.critical(false));
    }
}
