package dev.hv.cpu.state;

/** A local APIC's registers as a hypervisor keeps them in a page of memory, in the layout of the xAPIC page (SDM vol. 3A, table 12-1). */
public final class ApicRegisterPage {

    public static final int ID = 0x20;
    public static final int TPR = 0x80;
    public static final int PPR = 0xA0;
    public static final int EOI = 0xB0;
    public static final int DFR = 0xE0;
    public static final int ISR = 0x100;
    public static final int TMR = 0x180;
    public static final int IRR = 0x200;
    public static final int ICR_LOW = 0x300;
    public static final int ICR_HIGH = 0x310;
    public static final int SELF_IPI = 0x3F0;

    /** Bits of a vector that make its priority class. */
    public static final int CLASS = 0xF0;

    private ApicRegisterPage() {}

    /** Reads a 32-bit register of the page at a system-physical address. */
    public static int get(Cpu c, long page, int register) {
        return PhysicalAccess.read32(c, page + register);
    }

    /** Reads one, two or four bytes of a register. */
    public static long read(Cpu c, long page, int offset, int size) {
        long at = page + offset;
        return switch (size) {
            case 1 -> PhysicalAccess.read8(c, at) & 0xFFL;
            case 2 -> PhysicalAccess.read16(c, at) & 0xFFFFL;
            default -> PhysicalAccess.read32(c, at) & 0xFFFFFFFFL;
        };
    }

    /** Writes a 32-bit register. */
    public static void set(Cpu c, long page, int register, int value) {
        PhysicalAccess.write32(c, page + register, value);
    }

    /** Whether a vector's bit in ISR, TMR or IRR is set. */
    public static boolean has(Cpu c, long page, int registers, int vector) {
        return (PhysicalAccess.read32(c, word(page, registers, vector)) >>> vector & 1) != 0;
    }

    /** Sets a vector's bit in ISR, TMR or IRR, as a locked instruction would: other processors write there too. */
    public static void mark(Cpu c, long page, int registers, int vector) {
        long at = word(page, registers, vector);
        for (int before = PhysicalAccess.read32(c, at); !replace(c, at, before, before | 1 << vector); before = PhysicalAccess.read32(c, at)) {}
    }

    /** Clears a vector's bit, as {@link #mark} sets it. */
    public static void clear(Cpu c, long page, int registers, int vector) {
        long at = word(page, registers, vector);
        for (int before = PhysicalAccess.read32(c, at); !replace(c, at, before, before & ~(1 << vector)); before = PhysicalAccess.read32(c, at)) {}
    }

    private static boolean replace(Cpu c, long at, int before, int after) {
        return before == after || PhysicalAccess.replace(c, at, 4, before & 0xFFFFFFFFL, after & 0xFFFFFFFFL);
    }

    private static long word(long page, int registers, int vector) {
        return page + registers + (vector >>> 5) * 0x10;
    }

    /** The highest vector marked; 0 for none. */
    public static int highest(Cpu c, long page, int registers) {
        for (int i = 7; i >= 0; i--) {
            int word = PhysicalAccess.read32(c, page + registers + 0x10 * i);
            if (word != 0) {
                return 32 * i + 31 - Integer.numberOfLeadingZeros(word);
            }
        }
        return 0;
    }
}
