package dev.hv.cpu.state;

/** Turns a segment and an offset into a linear address, with the checks of legacy modes (SDM vol. 3A, 5.3 and 5.4). */
public final class SegmentAccess {

    private SegmentAccess() {}

    /**
     * Linear address of {@code size} bytes at {@code offset}. An access that wraps around the end of a flat segment goes on at its start on
     * Intel's processors and faults on those of AMD (the SDM leaves it open). In 64-bit mode AMD's processors want the offset canonical too, where FS or GS has a base.
     *
     * @throws GuestFault #GP(0), or #SS(0) for the stack segment
     */
    public static long linear(Cpu c, int seg, long offset, int size, boolean write) {
        if ((c.mode & Modes.CODE64) != 0) {
            if (seg >= Cpu.FS && !c.model.intel() && (!Canonical.address(c, offset) || !Canonical.address(c, offset + size - 1))) {
                throw c.gp();
            }
            return c.segBase(seg) + offset;
        }
        Segment s = c.seg[seg];
        if (!permits(c, s, offset & 0xFFFFFFFFL, size, write)) {
            throw c.fault(seg == Cpu.SS ? Vector.SS : Vector.GP, 0);
        }
        long linear = s.base + offset & 0xFFFFFFFFL;
        // within the segment, but perhaps around the end of all addresses
        c.wrapping = linear + size - 1 > 0xFFFFFFFFL ? linear : -1;
        return linear;
    }

    /** Whether {@link #linear} lets so many bytes be accessed outside 64-bit mode. */
    public static boolean within(Cpu c, int seg, long offset, int size, boolean write) {
        return permits(c, c.seg[seg], offset & 0xFFFFFFFFL, size, write);
    }

    /** Whether a segment's type lets it be read outside 64-bit mode. */
    static boolean readable(Cpu c, Segment s) {
        return !c.protectedMode() || (s.access & Segment.UNUSABLE) == 0 && (s.access & (Segment.CODE | Segment.WRITABLE)) != Segment.CODE;
    }

    /** Whether it lets it be written. */
    static boolean writable(Cpu c, Segment s) {
        return !c.protectedMode() || (s.access & (Segment.UNUSABLE | Segment.CODE | Segment.WRITABLE)) == Segment.WRITABLE;
    }

    private static boolean expandsDown(Segment s) {
        return (s.access & (Segment.CODE | Segment.EXPAND_DOWN)) == Segment.EXPAND_DOWN;
    }

    /** The offset that accesses to a segment end at at the latest, by its limit alone; 0 for one that expands down. */
    static long end(Segment s) {
        return expandsDown(s) ? 0 : (s.limit & 0xFFFFFFFFL) + 1;
    }

    /** Whether what is at the end of a segment goes on at its start: in flat ones on Intel's processors, for code as for data. */
    public static boolean endless(Cpu c, Segment s) {
        return s.limit == -1 && s.base == 0 && c.model.intel();
    }

    private static boolean permits(Cpu c, Segment s, long offset, int size, boolean write) {
        if (write ? !writable(c, s) : !readable(c, s)) {
            return false;
        }
        long last = offset + size - 1;
        long limit = s.limit & 0xFFFFFFFFL;
        if (expandsDown(s)) {
            long top = (s.access & Segment.DB) != 0 ? 0xFFFFFFFFL : 0xFFFF;
            return offset > limit && last <= top;
        }
        return last <= limit || endless(c, s);
    }
}
