package dev.hv.core.machine.amdvi;

import dev.hv.core.machine.iommu.Iommu;
import dev.hv.core.machine.iommu.IommuRig;

/** A unit before 4 MiB of memory, driven as software does: through registers. Device table of 256 entries at 4 KiB, commands at 16 KiB, events at 20 KiB, interrupts at 24 KiB. */
final class AmdViRig extends IommuRig {

    static final long DEVICES = 0x1000;
    static final long COMMANDS = 0x4000;
    static final long EVENTS = 0x5000;
    static final long INTERRUPTS = 0x6000;
    static final long READ = 1L << 61;
    static final long WRITE = 1L << 62;
    static final long BOTH = READ | WRITE;

    final AmdViUnit unit = new AmdViUnit(memory, seen.apics(), (r, a, why) -> told.add(why));
    int messages;
    private int tail;

    AmdViRig() {
        unit.message(() -> messages++);
    }

    long get(int register) {
        return unit.readMmio(register, 8);
    }

    void set(int register, long value) {
        unit.writeMmio(register, 8, value);
    }

    /** Everything on, with interrupts of both kinds. */
    AmdViRig on() {
        set(0x00, DEVICES | 1);
        set(0x08, COMMANDS | 8L << 56);
        set(0x10, EVENTS | 8L << 56);
        set(0x18, 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 12);
        return this;
    }

    void device(int device, long... words) {
        memory.put(DEVICES + device * 32L, words);
    }

    /** An entry for tables of some levels; 0 for none. */
    void domain(int device, int domain, int levels, long table) {
        device(device, 3 | (long) levels << 9 | table | BOTH, domain, 0, 0);
    }

    /** An entry with an interrupt table of 2^length entries, and no translation. */
    void interrupts(int device, int length, long more) {
        device(device, 3 | BOTH, 0, 1 | length << 1 | INTERRUPTS | 2L << 60 | more, 0);
    }

    @Override
    protected Iommu unit() {
        return unit;
    }

    @Override
    protected long directory(long table, int level) {
        return table | 1 | (long) level << 9 | BOTH;
    }

    /** Carries out commands. */
    void submit(long... words) {
        for (int i = 0; i < words.length; i += 2) {
            memory.put(COMMANDS + tail, words[i], words[i + 1]);
            tail = tail + 16 & 0xFFF;
        }
        set(0x2008, tail);
    }

    int events() {
        return (int) get(0x2018) / 16;
    }

    long event(int number) {
        return memory.get(EVENTS + 16L * number);
    }

    long eventAddress(int number) {
        return memory.get(EVENTS + 16L * number + 8);
    }

    /** What an event's first word is made of. */
    static long event(int code, int device, int domain, int flags) {
        return (long) code << 60 | (long) flags << 48 | (long) domain << 32 | device;
    }
}
