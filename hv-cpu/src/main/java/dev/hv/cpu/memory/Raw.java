package dev.hv.cpu.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import sun.misc.Unsafe;

/**
 * Access to off-heap memory by raw address: the only class that does it. Two implementations behind one constant:
 * {@code sun.misc.Unsafe} (default: 13–20 % faster in compiled code, see docs/architecture.md) and the foreign memory
 * API ({@code -Dhv.memory=ffm}). Addresses come from {@link #allocate}; a wrong one takes the JVM down, so callers
 * bound every address first. Values are little-endian on every host this runs on (x86-64, AArch64).
 */
public final class Raw {

    private static final boolean FFM = "ffm".equals(System.getProperty("hv.memory"));
    private static final Unsafe U = unsafe();
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final VarHandle ALIGNED = ValueLayout.JAVA_LONG.varHandle();

    private Raw() {}

    private static Unsafe unsafe() {
        try {
            Field f = Unsafe.class.getDeclaredField("theUnsafe");
            f.setAccessible(true);
            return (Unsafe) f.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Allocates off-heap memory, not zeroed, page-aligned by the caller. The host commits it page by page on first touch.
     *
     * @return its address
     * @throws OutOfMemoryError when the host refuses
     */
    public static long allocate(long bytes) {
        return U.allocateMemory(bytes);
    }

    /** Gives memory from {@link #allocate} back. */
    public static void free(long address) {
        U.freeMemory(address);
    }

    /** Sets {@code length} bytes to {@code value}. */
    public static void fill(long address, long length, int value) {
        U.setMemory(address, length, (byte) value);
    }

    /** Reads one byte, sign-extended. */
    public static byte get8(long a) {
        return FFM ? ALL.get(ValueLayout.JAVA_BYTE, a) : U.getByte(a);
    }

    /** Reads two bytes, sign-extended. */
    public static short get16(long a) {
        return FFM ? ALL.get(SHORT, a) : U.getShort(a);
    }

    /** Reads four bytes. */
    public static int get32(long a) {
        return FFM ? ALL.get(INT, a) : U.getInt(a);
    }

    /** Reads eight bytes. */
    public static long get64(long a) {
        return FFM ? ALL.get(LONG, a) : U.getLong(a);
    }

    /** Writes one byte. */
    public static void put8(long a, byte v) {
        if (FFM) {
            ALL.set(ValueLayout.JAVA_BYTE, a, v);
        } else {
            U.putByte(a, v);
        }
    }

    /** Writes two bytes. */
    public static void put16(long a, short v) {
        if (FFM) {
            ALL.set(SHORT, a, v);
        } else {
            U.putShort(a, v);
        }
    }

    /** Writes four bytes. */
    public static void put32(long a, int v) {
        if (FFM) {
            ALL.set(INT, a, v);
        } else {
            U.putInt(a, v);
        }
    }

    /** Writes eight bytes. */
    public static void put64(long a, long v) {
        if (FFM) {
            ALL.set(LONG, a, v);
        } else {
            U.putLong(a, v);
        }
    }

    /**
     * Replaces {@code size} bytes (1, 2, 4 or 8) within one aligned doubleword of eight bytes if they hold {@code expected}, as one
     * atomic step with the ordering of a locked instruction.
     *
     * @return whether they were replaced
     */
    public static boolean compareAndSet(long a, int size, long expected, long value) {
        long word = a & -8;
        int shift = 8 * (int) (a & 7);
        long mask = (-1L >>> 64 - 8 * size) << shift;
        while (true) {
            long old = FFM ? (long) ALIGNED.getVolatile(ALL, word) : U.getLongVolatile(null, word);
            if (((old ^ expected << shift) & mask) != 0) {
                return false;
            }
            long replaced = old & ~mask | value << shift & mask;
            if (FFM ? ALIGNED.compareAndSet(ALL, word, old, replaced) : U.compareAndSwapLong(null, word, old, replaced)) {
                return true;
            }
        }
    }

    /** Whether {@link #compareAndSet128} works on this host. */
    public static boolean hasCompareAndSet128() {
        return WideCompareAndSet.available();
    }

    /**
     * Replaces sixteen aligned bytes if they are as expected, as one atomic step with the ordering of a locked instruction. Only where
     * {@link #hasCompareAndSet128} says so.
     *
     * @return whether they were replaced
     */
    public static boolean compareAndSet128(long a, long low, long high, long newLow, long newHigh) {
        return WideCompareAndSet.apply(a, low, high, newLow, newHigh);
    }

    /** Orders all loads before it with all accesses after it. */
    public static void loadFence() {
        VarHandle.acquireFence();
    }

    /** Orders all accesses before it with all stores after it. */
    public static void storeFence() {
        VarHandle.releaseFence();
    }

    /** Orders all accesses before it with all accesses after it. */
    public static void fullFence() {
        VarHandle.fullFence();
    }

    /** Copies bytes out of raw memory. */
    public static void copyOut(long from, byte[] to, int offset, int length) {
        U.copyMemory(null, from, to, Unsafe.ARRAY_BYTE_BASE_OFFSET + (long) offset, length);
    }

    /** Copies bytes into raw memory. */
    public static void copyIn(byte[] from, int offset, long to, int length) {
        U.copyMemory(from, Unsafe.ARRAY_BYTE_BASE_OFFSET + (long) offset, null, to, length);
    }

    /** Copies raw memory; the ranges may overlap. */
    public static void copy(long from, long to, long length) {
        U.copyMemory(from, to, length);
    }

    /**
     * Lets the host take whole pages back; what they contain is undefined from then on. Without effect where the host cannot.
     *
     * @param address page-aligned
     */
    public static void discard(long address, long length) {
        Advice.dontNeed(address, length);
    }

    /** The host's madvise, looked up when it is first needed. */
    private static final class Advice {
        private static final int DONT_NEED = 4;
        private static final HostLibrary.Function MADVISE = "Linux".equals(System.getProperty("os.name")) ? HostLibrary.find("madvise").orElse(null) : null;

        static void dontNeed(long address, long length) {
            if (MADVISE != null) {
                // a refusal leaves the pages where they are, which is allowed
                MADVISE.call(address, length, DONT_NEED, 0);
            }
        }
    }
}
