package dev.hv.cpu.state;

/**
 * Descriptor tables: bounds, fetch, accessed and busy bits, and the fields of a descriptor (SDM vol. 3A, 3.4.5 and 3.5). A
 * descriptor is passed as its eight bytes; the upper half of the 16-byte system descriptors of IA-32e mode is fetched apart.
 */
public final class Descriptors {

    public static final int TSS16_AVAILABLE = 1;
    public static final int LDT = 2;
    public static final int TSS16_BUSY = 3;
    public static final int CALL_GATE16 = 4;
    public static final int TASK_GATE = 5;
    public static final int INTERRUPT_GATE16 = 6;
    public static final int TRAP_GATE16 = 7;
    public static final int TSS32_AVAILABLE = 9;
    public static final int TSS32_BUSY = 11;
    public static final int CALL_GATE32 = 12;
    public static final int INTERRUPT_GATE32 = 14;
    public static final int TRAP_GATE32 = 15;

    private static final long ACCESSED = 1L << 40;
    private static final long BUSY = 2L << 40;

    private Descriptors() {}

    /** Whether a selector is null whatever its RPL. */
    public static boolean isNull(int selector) {
        return (selector & 0xFFFC) == 0;
    }

    /**
     * Linear address of a descriptor of {@code bytes} bytes.
     *
     * @throws GuestFault {@code vector} with the selector (and {@code ext}) when it lies outside its table
     */
    public static long address(Cpu c, int selector, int bytes, int vector, int ext) {
        int offset = selector & 0xFFF8;
        long base;
        long limit;
        if ((selector & 4) != 0) {
            if (!c.ldtr.usable()) {
                throw c.fault(vector, selector & 0xFFFC | ext);
            }
            base = c.ldtr.base;
            limit = c.ldtr.limit & 0xFFFFFFFFL;
        } else {
            base = c.gdtrBase;
            limit = c.gdtrLimit;
        }
        if (offset + bytes - 1 > limit) {
            throw c.fault(vector, selector & 0xFFFC | ext);
        }
        return linear(c, base + offset);
    }

    /** The first eight bytes of a descriptor; the selector is not null. Faults as {@link #address}. */
    public static long fetch(Cpu c, int selector, int vector, int ext) {
        return Mem.readSystem(c, address(c, selector, 8, vector, ext), 8);
    }

    /**
     * The upper eight bytes of a 16-byte system descriptor.
     *
     * @throws GuestFault {@code vector} with the selector when it reaches beyond its table or its type field there is not 0
     */
    public static long fetchUpper(Cpu c, int selector, int vector, int ext) {
        long upper = Mem.readSystem(c, linear(c, address(c, selector, 16, vector, ext) + 8), 8);
        if ((upper & 0x1F00_0000_0000L) != 0) {
            throw c.fault(vector, selector & 0xFFFC | ext);
        }
        return upper;
    }

    /** Sets the accessed bit of a code or data descriptor in memory where it is clear; returns the descriptor with it. */
    public static long markAccessed(Cpu c, int selector, long descriptor) {
        if ((descriptor & ACCESSED) == 0) {
            long a = linear(c, address(c, selector, 8, Vector.GP, 0) + 5);
            Mem.writeSystem(c, a, 1, descriptor >>> 40 & 0xFF | 1);
        }
        return descriptor | ACCESSED;
    }

    /** Sets or clears the busy bit of a TSS descriptor in memory. */
    public static void setBusy(Cpu c, int selector, boolean busy) {
        long a = linear(c, address(c, selector, 8, Vector.GP, 0) + 5);
        long b = Mem.readSystem(c, a, 1);
        Mem.writeSystem(c, a, 1, busy ? b | BUSY >>> 40 : b & ~(BUSY >>> 40));
    }

    private static long linear(Cpu c, long a) {
        return c.longMode() ? a : a & 0xFFFFFFFFL;
    }

    /** Access rights as {@link Segment#access} holds them. */
    public static int access(long descriptor) {
        return (int) (descriptor >>> 40) & 0xF0FF;
    }

    /** The type field. */
    public static int type(long descriptor) {
        return (int) (descriptor >>> 40) & 15;
    }

    /** Descriptor privilege level. */
    public static int dpl(long descriptor) {
        return (int) (descriptor >>> 45) & 3;
    }

    /** Whether it is present. */
    public static boolean present(long descriptor) {
        return (descriptor >>> 47 & 1) != 0;
    }

    /** Whether it is a system segment or gate. */
    public static boolean system(long descriptor) {
        return (descriptor >>> 44 & 1) == 0;
    }

    /** Whether it is a code segment. */
    public static boolean code(long descriptor) {
        return (descriptor >>> 43 & 3) == 3;
    }

    /** Whether it is a conforming code segment. */
    public static boolean conforming(long descriptor) {
        return (descriptor >>> 42 & 7) == 7;
    }

    /** Whether it is a writable data segment. */
    public static boolean writableData(long descriptor) {
        return (descriptor >>> 41 & 13) == 9;
    }

    /** Whether it can be read: data, or readable code. */
    public static boolean readable(long descriptor) {
        return !system(descriptor) && (!code(descriptor) || (descriptor >>> 41 & 1) != 0);
    }

    /** The L bit: 64-bit code. */
    public static boolean longCode(long descriptor) {
        return (descriptor >>> 53 & 1) != 0;
    }

    /** The D/B bit. */
    public static boolean big(long descriptor) {
        return (descriptor >>> 54 & 1) != 0;
    }

    /** Limit in bytes. */
    public static long limit(long descriptor) {
        long raw = descriptor & 0xFFFF | descriptor >>> 32 & 0xF0000;
        return (descriptor >>> 55 & 1) != 0 ? raw << 12 | 0xFFF : raw;
    }

    /** Base, bits 31:0. */
    public static long base(long descriptor) {
        return descriptor >>> 16 & 0xFFFFFF | descriptor >>> 32 & 0xFF000000L;
    }
}
