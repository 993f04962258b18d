package dev.hv.core.machine.iommu;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;

/** Physical memory from address 0, and nothing above it. */
public final class FlatMemory implements DmaView {

    public final byte[] bytes;

    public FlatMemory(int size) {
        bytes = new byte[size];
    }

    @Override
    public boolean read(long address, byte[] to, int offset, int length) {
        if (!there(address, length)) {
            return false;
        }
        System.arraycopy(bytes, (int) address, to, offset, length);
        return true;
    }

    @Override
    public boolean write(long address, byte[] from, int offset, int length) {
        if (!there(address, length)) {
            return false;
        }
        System.arraycopy(from, offset, bytes, (int) address, length);
        return true;
    }

    private boolean there(long address, int length) {
        return address >= 0 && address <= bytes.length - length;
    }

    public long get(long address) {
        return LittleEndian.u64(bytes, (int) address);
    }

    public void put(long address, long... words) {
        for (int i = 0; i < words.length; i++) {
            LittleEndian.put64(bytes, (int) address + 8 * i, words[i]);
        }
    }
}
