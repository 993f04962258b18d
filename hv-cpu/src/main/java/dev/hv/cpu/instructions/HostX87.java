package dev.hv.cpu.instructions;

import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.StateLayout;

/**
 * The x87 state on its way to the host's registers and back. While machine code runs, the guest's x87 instructions are the host's, on the host's register stack; all
 * exceptions are masked then, so that none of them can fault.
 */
public final class HostX87 {

    private static final int UPPER = 0xFFFF0000;
    private static final int STATUS = 4;
    private static final int TAGS = 8;
    private static final int POINTERS = 12;
    private static final int REGISTERS = 28;
    private static final int REGISTER = 10;
    /** Instead of an opcode or a segment register: there was none. */
    private static final int NONE = -1;

    private HostX87() {}

    /** Whether the guest's x87 instructions may be the host's: they raise no exception, and none is pending. */
    public static boolean possible(Cpu c) {
        return (c.fcw & FpControl.EXCEPTIONS) == FpControl.EXCEPTIONS && (c.fsw & FpControl.SUMMARY) == 0 && !c.ferr;
    }

    /** Writes the state where the way into machine code takes it from. */
    public static void give(Cpu c) {
        long image = c.area + StateLayout.X87_IMAGE;
        Raw.put32(image, UPPER | c.fcw);
        Raw.put32(image + STATUS, UPPER | c.fsw);
        Raw.put32(image + TAGS, UPPER | c.ftw);
        Raw.put64(image + POINTERS, 0);
        Raw.put64(image + POINTERS + Long.BYTES, 0);
        for (int i = 0; i < 8; i++) {
            int r = X87.st(c, i);
            long at = image + REGISTERS + REGISTER * i;
            Raw.put64(at, c.fpSignificand[r]);
            Raw.put16(at + Long.BYTES, (short) c.fpSignExp[r]);
        }
        Raw.put32(c.area + StateLayout.X87_FOP, NONE);
        Raw.put32(c.area + StateLayout.X87_SEGMENT, NONE);
        Raw.put8(c.area + StateLayout.X87_HELD, (byte) 1);
    }

    /** Takes the state back, if machine code had it. The code segment is still that of the instructions that machine code has run since. */
    public static void take(Cpu c) {
        Raw.put8(c.area + StateLayout.X87_HELD, (byte) 0);
        long image = c.area + StateLayout.X87_IMAGE;
        c.fcw = FpControl.control(Raw.get32(image));
        c.fsw = Raw.get32(image + STATUS) & 0xFFFF;
        X87Environment.takeTags(c, Raw.get32(image + TAGS));
        for (int i = 0; i < 8; i++) {
            int r = X87.st(c, i);
            long at = image + REGISTERS + REGISTER * i;
            c.fpSignificand[r] = Raw.get64(at);
            c.fpSignExp[r] = Raw.get16(at + Long.BYTES) & 0xFFFF;
        }
        int fop = Raw.get32(c.area + StateLayout.X87_FOP);
        if (fop != NONE) {
            c.fop = fop;
            c.fip = Raw.get64(c.area + StateLayout.X87_FIP);
            c.fcs = c.seg[Cpu.CS].selector;
        }
        int segment = Raw.get32(c.area + StateLayout.X87_SEGMENT);
        if (segment != NONE) {
            c.fdp = Raw.get64(c.area + StateLayout.X87_FDP);
            c.fds = c.seg[segment].selector;
        }
    }
}
