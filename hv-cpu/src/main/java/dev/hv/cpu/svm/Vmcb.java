package dev.hv.cpu.svm;

import dev.hv.cpu.state.Canonical;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.PhysicalPage;
import dev.hv.cpu.state.Segment;

/** Access to a VMCB, or to the host's save area, which has a VMCB's layout, in system-physical memory. */
public final class Vmcb extends PhysicalPage {

    /** One that a processor reaches; {@link #at(long)} says where it is. */
    public Vmcb(Cpu c) {
        super(c);
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
