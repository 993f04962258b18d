package dev.hv.cpu.events;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.Vector;

/** The stack of an inner privilege level from a 16-bit or 32-bit TSS (SDM vol. 3A, 6.8.5). */
public final class InnerStack {

    private InnerStack() {}

    /**
     * Reads and checks SS:ESP of a level.
     *
     * @param ext EXT bit of error codes
     * @param ss filled with the new stack segment
     * @throws dev.hv.cpu.state.GuestFault #TS or #SS
     */
    public static StackFrame open(Cpu c, int cpl, int ext, Segment ss) {
        boolean wide = (c.tr.access & 8) != 0;
        int offset = wide ? 4 + 8 * cpl : 2 + 4 * cpl;
        int last = offset + (wide ? 5 : 3);
        if (last > (c.tr.limit & 0xFFFFFFFFL)) {
            throw c.fault(Vector.TS, c.tr.selector & 0xFFFC | ext);
        }
        long a = c.tr.base + offset;
        long esp = Mem.readSystem(c, a & 0xFFFFFFFFL, wide ? 4 : 2);
        int selector = (int) Mem.readSystem(c, a + (wide ? 4 : 2) & 0xFFFFFFFFL, 2);
        if (Descriptors.isNull(selector)) {
            throw c.fault(Vector.TS, ext);
        }
        int code = selector & 0xFFFC | ext;
        long descriptor = Descriptors.fetch(c, selector, Vector.TS, ext);
        if ((selector & 3) != cpl || Descriptors.dpl(descriptor) != cpl || !Descriptors.writableData(descriptor)) {
            throw c.fault(Vector.TS, code);
        }
        if (!Descriptors.present(descriptor)) {
            throw c.fault(Vector.SS, code);
        }
        descriptor = Descriptors.markAccessed(c, selector, descriptor);
        ss.setFromDescriptor(selector, descriptor);
        return new StackFrame(c, ss.base, ss.limit, ss.access, esp, Mem.contextFor(c, cpl), code, false);
    }
}
