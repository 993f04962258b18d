package dev.hv.devices.ahci;

import static dev.hv.devices.ahci.AhciFormat.*;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;

/** The physical region descriptor table of a command (AHCI 1.3.1, 4.2.3.3): where its data lie, one region behind the other. */
final class DataRegions {

    private static final int LENGTH = 0x3F_FFFF;

    private DataRegions() {}

    /**
     * Copies between a command's regions and {@code data}.
     *
     * @param table address of the command table
     * @param entries how many regions
     * @param from place in the command's data that {@code data} begins at
     * @return false when the regions end before, or are no memory
     */
    static boolean move(DmaView memory, long table, int entries, long from, byte[] data, boolean toMemory) {
        long at = table + PRDT;
        long skip = from;
        int done = 0;
        byte[] entry = new byte[PRD];
        for (int i = 0; i < entries && done < data.length; i++, at += PRD) {
            if (!memory.read(at, entry, 0, PRD)) {
                return false;
            }
            long length = (LittleEndian.u32(entry, 12) & LENGTH) + 1L;
            if (skip >= length) {
                skip -= length;
                continue;
            }
            int n = (int) Math.min(length - skip, data.length - done);
            long address = (LittleEndian.u64(entry, 0) & ~1L) + skip;
            if (!(toMemory ? memory.write(address, data, done, n) : memory.read(address, data, done, n))) {
                return false;
            }
            skip = 0;
            done += n;
        }
        return done == data.length;
    }
}
