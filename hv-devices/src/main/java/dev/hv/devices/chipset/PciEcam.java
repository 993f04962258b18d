package dev.hv.devices.chipset;

import dev.hv.core.machine.MmioHandler;

/**
 * The enhanced configuration access mechanism (PCI Express Base 4.0, 7.2.2): 4 KiB of device memory a function, of which conventional
 * functions have the first 256 bytes. What is not there reads as ones.
 */
final class PciEcam implements MmioHandler {

    private static final int FUNCTION_SHIFT = 12;
    private static final int WITHIN = (1 << FUNCTION_SHIFT) - 1;

    private final PciHost host;

    PciEcam(PciHost host) {
        this.host = host;
    }

    @Override
    public long readMmio(long offset, int size) {
        int step = step(offset, size);
        long value = 0;
        for (int i = 0; i < size; i += step) {
            value |= (read((int) offset + i, step) & mask(step)) << 8 * i;
        }
        return value;
    }

    @Override
    public void writeMmio(long offset, int size, long value) {
        int step = step(offset, size);
        for (int i = 0; i < size; i += step) {
            write((int) offset + i, step, (int) (value >>> 8 * i));
        }
    }

    /** Configuration space is accessed by up to four bytes, aligned: what is more or is not goes in parts. */
    private static int step(long offset, int size) {
        return (offset & size - 1) != 0 ? 1 : Math.min(size, 4);
    }

    private static long mask(int size) {
        return (1L << 8 * size) - 1;
    }

    private long read(int offset, int size) {
        PciFunction function = host.function(offset >> FUNCTION_SHIFT);
        int register = offset & WITHIN;
        return function == null || register > function.lastRegister() ? -1 : function.readConfig(register, size);
    }

    private void write(int offset, int size, int value) {
        PciFunction function = host.function(offset >> FUNCTION_SHIFT);
        int register = offset & WITHIN;
        if (function != null && register <= function.lastRegister()) {
            function.writeConfig(register, size, value);
        }
    }
}
