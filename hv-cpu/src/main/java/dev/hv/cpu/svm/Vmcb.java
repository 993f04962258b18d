package dev.hv.cpu.svm;

import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PhysicalAccess;
import dev.hv.cpu.state.Segment;

/** Access to a VMCB, or to the host's save area, which has a VMCB's layout, in system-physical memory. */
public final class Vmcb {

    private final Cpu c;
    /** System-physical address. */
    public long at;

    /** One that a processor reaches; {@link #at} says where it is. */
    public Vmcb(Cpu c) {
        this.c = c;
    }

    /** Reads 64 bits. */
    public long get(int field) {
        return PhysicalAccess.read64(c, at + field);
    }

    /** Reads 32 bits. */
    public int get32(int field) {
        return PhysicalAccess.read32(c, at + field);
    }

    /** Reads 16 bits. */
    public int get16(int field) {
        return PhysicalAccess.read16(c, at + field);
    }

    /** Reads 8 bits. */
    public int get8(int field) {
        return PhysicalAccess.read8(c, at + field);
    }

    /** Writes 64 bits. */
    public void set(int field, long value) {
        PhysicalAccess.write64(c, at + field, value);
    }

    /** Writes 8 bits. */
    public void set8(int field, int value) {
        PhysicalAccess.write8(c, at + field, value);
    }

    /** Writes 16 bits. */
    public void set16(int field, int value) {
        PhysicalAccess.write16(c, at + field, value);
    }

    /** Writes 32 bits. */
    public void set32(int field, int value) {
        PhysicalAccess.write32(c, at + field, value);
    }

    /** Reads a segment register; its base is sign-extended where the processor's addresses end. */
    public void segment(int field, Segment into) {
        into.set(get16(field + VmcbField.SELECTOR), Canonical.extended(c.model, get(field + VmcbField.BASE)), get32(field + VmcbField.LIMIT),
                VmcbFormat.access(get16(field + VmcbField.ATTRIBUTES)));
    }

    /** Writes a segment register. */
    public void setSegment(int field, Segment s) {
        set16(field + VmcbField.SELECTOR, s.selector);
        set16(field + VmcbField.ATTRIBUTES, VmcbFormat.attributes(s.access));
        set32(field + VmcbField.LIMIT, s.limit);
        set(field + VmcbField.BASE, s.base);
    }
}
