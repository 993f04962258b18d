package dev.hv.core.machine.vtd;

import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.IommuRig;

/** A unit before 4 MiB of memory, driven as software does: through registers. Root table at 4 KiB, context table of bus 0 at 8 KiB, queue at 12 KiB, interrupts at 16 KiB. */
final class VtdRig extends IommuRig {

    static final int HOST_BITS = 46;
    static final long ROOT = 0x1000;
    static final long CONTEXTS = 0x2000;
    static final long QUEUE = 0x3000;
    static final long IRT = 0x4000;

    final VtdUnit unit;
    private int tail;

    VtdRig() {
        this(5);
    }

    VtdRig(int levels) {
        unit = new VtdUnit(memory, seen.apics(), HOST_BITS, levels, (r, a, why) -> told.add(why));
    }

    int get(int register) {
        return (int) unit.readMmio(register, 4);
    }

    long get64(int register) {
        return unit.readMmio(register, 8);
    }

    void set(int register, int value) {
        unit.writeMmio(register, 4, value & 0xFFFF_FFFFL);
    }

    void set64(int register, long value) {
        unit.writeMmio(register, 8, value);
    }

    /** GCMD, with what is on left on. */
    void command(int bit) {
        set(0x18, get(0x1C) & 0x96FFFFFF | bit);
    }

    /** Fault and completion interrupts on: vectors 0x51 and 0x52 to APIC 3. */
    VtdRig events() {
        for (int at : new int[] {0x3C, 0xA4}) {
            set(at, at == 0x3C ? 0x51 : 0x52);
            set(at + 4, 0xFEE0_3000);
            set(at - 4, 0);
        }
        return this;
    }

    VtdRig translating() {
        memory.put(ROOT, CONTEXTS | 1, 0);
        set64(0x20, ROOT);
        command(1 << 30);
        command(1 << 31);
        return this;
    }

    VtdRig queue() {
        set64(0x90, QUEUE);
        command(1 << 26);
        return this;
    }

    /** Interrupt remapping with 256 entries. */
    VtdRig remapping(boolean extended) {
        set64(0xB8, IRT | (extended ? 1 << 11 : 0) | 7);
        command(1 << 24);
        command(1 << 25);
        return this;
    }

    void context(int requester, long low, long high) {
        memory.put(CONTEXTS + requester * 16L, low, high);
    }

    /** A context entry for tables of some levels. */
    void domain(int requester, int domain, int levels, long table) {
        context(requester, table | 1, (long) domain << 8 | levels - 2);
    }

    @Override
    protected Iommu unit() {
        return unit;
    }

    @Override
    protected long directory(long table, int level) {
        return table | 3;
    }

    /** Carries out descriptors. */
    void submit(long... words) {
        for (int i = 0; i < words.length; i += 2) {
            memory.put(QUEUE + tail, words[i], words[i + 1]);
            tail = tail + 16 & 0xFFF;
        }
        set(0x88, tail);
    }

    /** Reason in a fault record; 0 when it is not valid. */
    int reason(int record) {
        long high = get64(0x220 + 16 * record + 8);
        return high < 0 ? (int) (high >>> 32) & 0xFF : 0;
    }

    /** Clears all records, and the overflow. */
    void clearFaults() {
        for (int i = 0; i < VtdRegisters.RECORDS; i++) {
            set(0x220 + 16 * i + 12, 1 << 31);
        }
        set(0x34, 1);
    }
}
