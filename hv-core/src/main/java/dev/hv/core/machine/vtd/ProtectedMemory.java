package dev.hv.core.machine.vtd;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The two regions that devices may not reach while translation is off, or where they pass through it (VT-d specification, PMEN_REG): whole units of 2 MiB, from base to limit, both
 * included. What is blocked here is not recorded.
 */
final class ProtectedMemory implements Saveable {

    private static final int VERSION = 1;
    private static final int ENABLE = 1 << 31;
    private static final int STATUS = 1;
    private static final long UNIT = 2 << 20;

    private final long addresses;
    private int enable;
    private int lowBase;
    private int lowLimit;
    private long highBase;
    private long highLimit;

    /**
     * Regions that are not enabled.
     *
     * @param hostBits width of physical addresses
     */
    ProtectedMemory(int hostBits) {
        addresses = (1L << hostBits) - 1 & -UNIT;
    }

    /** Whether the page of an address lies in an enabled region. */
    boolean blocks(long address) {
        return enable != 0 && (within(address, lowBase & 0xFFFF_FFFFL, lowLimit & 0xFFFF_FFFFL) || within(address, highBase, highLimit));
    }

    private static boolean within(long address, long base, long limit) {
        return address >= base && address <= (limit | UNIT - 1);
    }

    /** Reads 32 bits at an offset from PMEN. */
    int read(int offset) {
        return switch (offset + VtdRegisters.PMEN) {
            case VtdRegisters.PMEN -> enable | (enable != 0 ? STATUS : 0);
            case VtdRegisters.PLMBASE -> lowBase;
            case VtdRegisters.PLMLIMIT -> lowLimit;
            case VtdRegisters.PHMBASE -> (int) highBase;
            case VtdRegisters.PHMBASE + 4 -> (int) (highBase >>> 32);
            case VtdRegisters.PHMLIMIT -> (int) highLimit;
            case VtdRegisters.PHMLIMIT + 4 -> (int) (highLimit >>> 32);
            default -> 0;
        };
    }

    /** Writes 32 bits at an offset from PMEN. Bounds stand while the regions are enabled. */
    void write(int offset, int value) {
        int register = offset + VtdRegisters.PMEN;
        if (register == VtdRegisters.PMEN) {
            enable = value & ENABLE;
        } else if (enable == 0) {
            int unit = (int) -UNIT;
            switch (register) {
                case VtdRegisters.PLMBASE -> lowBase = value & unit;
                case VtdRegisters.PLMLIMIT -> lowLimit = value & unit;
                case VtdRegisters.PHMBASE -> highBase = Words.withLow(highBase, value) & addresses;
                case VtdRegisters.PHMBASE + 4 -> highBase = Words.withHigh(highBase, value) & addresses;
                case VtdRegisters.PHMLIMIT -> highLimit = Words.withLow(highLimit, value) & addresses;
                case VtdRegisters.PHMLIMIT + 4 -> highLimit = Words.withHigh(highLimit, value) & addresses;
                default -> { }
            }
        }
    }

    void reset() {
        enable = 0;
        lowBase = 0;
        lowLimit = 0;
        highBase = 0;
        highLimit = 0;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("protected-memory", VERSION);
        out.put("enable", enable);
        out.put("low-base", lowBase);
        out.put("low-limit", lowLimit);
        out.put("high-base", highBase);
        out.put("high-limit", highLimit);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("protected-memory", VERSION);
        enable = (int) in.take();
        lowBase = (int) in.take();
        lowLimit = (int) in.take();
        highBase = in.take();
        highLimit = in.take();
        in.end();
    }
}
