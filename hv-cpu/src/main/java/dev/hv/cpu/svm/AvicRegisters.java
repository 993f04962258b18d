package dev.hv.cpu.svm;

import dev.hv.cpu.state.ApicRegisterPage;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.VmExitSignal;

/**
 * Which accesses of a guest to its APIC are made to its backing page (APM vol. 2, 15.29.4, table 15-22): reads of most registers, writes that are
 * carried out or whose exit comes when the instruction has ended; the others exit before the instruction.
 */
final class AvicRegisters {

    /** MSRs of x2APIC mode. */
    private static final int MSR_FIRST = 0x800;
    private static final int MSR_LAST = 0x8FF;
    private static final long ICR_RESERVED = 0xFFF3_2000L;

    private static final long WRITE = 1L << 32;
    private static final int OFFSET = 0xFF0;

    // Registers by number: offset / 16
    private static final int EOI = ApicRegisterPage.EOI >>> 4;
    private static final int ICR_LOW = ApicRegisterPage.ICR_LOW >>> 4;
    private static final int ICR_HIGH = ApicRegisterPage.ICR_HIGH >>> 4;
    private static final int SELF_IPI = ApicRegisterPage.SELF_IPI >>> 4;
    private static final int TPR = ApicRegisterPage.TPR >>> 4;
    private static final int DFR = ApicRegisterPage.DFR >>> 4;
    private static final int NUMBERS = 0x54;
    private static final byte READ = 1;
    private static final byte ACCELERATED = 2;
    private static final byte TRAPS = 4;
    private static final byte[] TABLE = table();

    private final SvmUnit unit;
    private final GuestControls g;

    AvicRegisters(SvmUnit unit) {
        this.unit = unit;
        g = unit.controls;
    }

    private static byte[] table() {
        byte[] t = new byte[NUMBERS];
        // ID, version, TPR, PPR, EOI, remote read, LDR, DFR, spurious vector
        set(t, 0x2, 0x2, READ | TRAPS);
        set(t, 0x3, 0x3, READ);
        set(t, TPR, TPR, READ | ACCELERATED);
        set(t, 0xA, 0xA, READ);
        set(t, EOI, EOI, READ | ACCELERATED);
        set(t, 0xC, 0xC, TRAPS);
        set(t, 0xD, 0xF, READ | TRAPS);
        // ISR, TMR, IRR, error status
        set(t, 0x10, 0x27, READ);
        set(t, 0x28, 0x28, READ | TRAPS);
        set(t, ICR_LOW, ICR_HIGH, READ | ACCELERATED);
        // local vectors, initial count, divider
        set(t, 0x32, 0x38, READ | TRAPS);
        set(t, 0x3E, 0x3E, READ | TRAPS);
        // extended space: features, control, specific EOI, interrupt enable, local vectors
        set(t, 0x40, 0x40, READ);
        set(t, 0x41, 0x42, READ | TRAPS);
        set(t, 0x48, 0x4F, READ | ACCELERATED);
        set(t, 0x50, 0x53, READ | TRAPS);
        return t;
    }

    private static void set(byte[] table, int first, int last, int what) {
        for (int i = first; i <= last; i++) {
            table[i] = (byte) what;
        }
    }

    private static int table(int number) {
        return number < NUMBERS ? TABLE[number] : 0;
    }

    /** Whether a write to the register at an offset exits when its instruction has ended. */
    static boolean traps(int register) {
        return (table(register >>> 4) & TRAPS) != 0;
    }

    /** EXIT_INFO1 of an access that is not carried out (15.29.9.2). */
    static long information(int register, boolean write) {
        return register & OFFSET | (write ? WRITE : 0);
    }

    // ---- the page ---------------------------------------------------------------------------------------------------

    /** Throws the exit of an access to the page that exits before its instruction. */
    void check(Cpu c, int offset, int size, int kind) {
        int allowed = kind == Mem.WRITE ? ACCELERATED | TRAPS : READ;
        boolean whole = kind == Mem.WRITE ? (offset & 0xF) == 0 && size == 4 : (offset & 0xF) + size <= 4;
        if (!whole || (table(offset >>> 4) & allowed) == 0) {
            throw c.exit(VmExitSignal.Kind.APIC_ACCESS, kind, 0, offset, 0);
        }
    }

    long read(Cpu c, int offset, int size) {
        check(c, offset, size, Mem.READ);
        return ApicRegisterPage.read(c, g.backingPage, offset, size);
    }

    void write(Cpu c, int offset, int size, long value) {
        check(c, offset, size, Mem.WRITE);
        if (c.code != null) {
            // what the write means is done before the next instruction
            c.code.alone();
        }
        ApicRegisterPage.set(c, g.backingPage, offset, (int) value);
        unit.avic.wrote(offset);
    }

    // ---- x2APIC MSRs --------------------------------------------------------------------------------------------------

    /** Whether an MSR is one of a guest's whose x2APIC is virtualised. */
    boolean owns(int msr) {
        return msr >= MSR_FIRST && msr <= MSR_LAST && unit.inGuest() && g.x2avic;
    }

    /** RDMSR. */
    long readMsr(Cpu c, int msr) {
        int number = msr - MSR_FIRST;
        if (number == EOI || number == DFR || number == ICR_HIGH || number == SELF_IPI || table(number) == 0 && number != 0x39) {
            throw c.gp();
        }
        int offset = number << 4;
        long value = read(c, offset, 4);
        return number == ICR_LOW ? value | read(c, ApicRegisterPage.ICR_HIGH, 4) << 32 : value;
    }

    /** WRMSR. */
    void writeMsr(Cpu c, int msr, long value) {
        int number = msr - MSR_FIRST;
        boolean writable = number == SELF_IPI || (table(number) & (ACCELERATED | TRAPS)) != 0;
        // ID, remote read, LDR, DFR and the command's high half are not there to write
        if (!writable || number == 0x2 || number == 0xC || number == 0xD || number == DFR || number == ICR_HIGH || (value & reserved(number)) != 0) {
            throw c.gp();
        }
        int offset = number << 4;
        ApicRegisterPage.set(c, g.backingPage, offset, (int) value);
        if (number == ICR_LOW) {
            ApicRegisterPage.set(c, g.backingPage, ApicRegisterPage.ICR_HIGH, (int) (value >>> 32));
        }
        unit.avic.wrote(offset);
    }

    private static long reserved(int number) {
        return switch (number) {
            case EOI -> -1;
            case TPR, SELF_IPI -> ~0xFFL;
            case ICR_LOW -> ICR_RESERVED;
            default -> 0xFFFFFFFF00000000L;
        };
    }
}
