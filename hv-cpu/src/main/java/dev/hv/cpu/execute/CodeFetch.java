package dev.hv.cpu.execute;

import dev.hv.cpu.decode.Decoder;
import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.decode.Table;
import dev.hv.cpu.forms.Forms;
import dev.hv.cpu.forms.Op;
import dev.hv.cpu.forms.Raise;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.SegmentAccess;
import dev.hv.cpu.state.Vector;

/**
 * Fetches and decodes a processor's code, one instruction at a time. {@link #open} goes to an address, {@link #first} gives the
 * instruction there wherever its bytes are, {@link #next} one behind it in the same page of memory.
 */
final class CodeFetch {

    private static final int LONGEST = 15;
    private static final int PAGE = 0x1000;

    private final Cpu c;
    private final Insn d = new Insn();
    private final Decoder decoder;

    private long rip;
    private long physical;
    /** Raw address of the byte at {@link #physical}; 0 for a page that the bus must be asked about. */
    private long raw;
    /** Bytes from {@link #physical} to the end of its page. */
    private int room;
    /** Bytes from {@link #rip} to the end of the code segment. */
    private long limit;

    /** Bytes loaded: of the instruction, and perhaps of what follows. */
    private int loaded;
    private long low;
    private long high;

    private int length;
    private boolean ends;
    private long secondPage;

    CodeFetch(Cpu c) {
        this.c = c;
        decoder = new Decoder(d, !c.model.intel());
    }

    /**
     * Goes to an instruction and loads its bytes, as far as they are in its page.
     *
     * @param at where its first byte is in physical memory
     * @throws dev.hv.cpu.state.GuestFault #GP when it begins beyond the limit of the code segment
     */
    void open(long rip, long at) {
        this.rip = rip;
        physical = at;
        room = PAGE - (int) (at & PAGE - 1);
        limit = (c.mode & Modes.CODE64) != 0 || SegmentAccess.endless(c, c.seg[Cpu.CS]) ? Long.MAX_VALUE : (c.seg[Cpu.CS].limit & 0xFFFFFFFFL) - rip + 1;
        if (limit <= 0) {
            throw c.gp();
        }
        long page = c.bus.pageAddress(at);
        raw = page == 0 ? 0 : page + (at & PAGE - 1);
        secondPage = -1;
        load(0);
    }

    /** Bytes that {@link #open} has loaded: 1 to 15. */
    int loaded() {
        return loaded;
    }

    /** The first eight of the bytes loaded, little-endian. */
    long low() {
        return low;
    }

    /** The bytes loaded after the first eight. */
    long high() {
        return high;
    }

    /**
     * Decodes the instruction that {@link #open} went to.
     *
     * @return its operation; one that raises the exception where it must not be executed
     * @throws dev.hv.cpu.state.GuestFault when fetching its part in the next page faults, or it ends beyond the code segment's limit
     */
    Op first() {
        int n = decoder.decode(low, high, loaded, rip, c.mode);
        if (n == Decoder.TRUNCATED) {
            if (limit <= room) {
                throw c.gp();
            }
            loadAcross();
            n = decoder.decode(low, high, loaded, rip, c.mode);
            if (n == Decoder.TRUNCATED) {
                throw c.gp();
            }
        }
        return operation(n, 0);
    }

    /**
     * Decodes the instruction {@code at} bytes behind the first one.
     *
     * @return null when it does not end in this page of memory, or is not in memory: it is fetched when it is its turn
     */
    Op next(int at) {
        if (raw == 0) {
            return null;
        }
        load(at);
        int n = decoder.decode(low, high, loaded, rip + at, c.mode);
        return n == Decoder.TRUNCATED ? null : operation(n, at);
    }

    /** Row of the instruction table that the instruction last decoded is; -1 for none. */
    int row() {
        return d.id;
    }

    /** Whether the instruction last decoded has vectors of 256 bits. */
    boolean wide() {
        return d.wide;
    }

    /** Length of the instruction last decoded. */
    int length() {
        return length;
    }

    /** Whether no instruction can follow the one last decoded without a look at where execution goes on. */
    boolean ends() {
        return ends;
    }

    /** Physical page of the part of the first instruction beyond its page's end; -1 without one. */
    long secondPage() {
        return secondPage;
    }

    private void load(int at) {
        loaded = (int) Math.min(Math.min(room - at, limit - at), LONGEST);
        low = 0;
        high = 0;
        if (raw != 0 && room - at >= 16) {
            low = Raw.get64(raw + at);
            high = Raw.get64(raw + at + 8);
        } else {
            append(0, physical + at, raw == 0 ? 0 : raw + at, loaded);
        }
    }

    /** An instruction that begins in this page and ends in the next: fetching that may fault. */
    private void loadAcross() {
        long linear = (c.mode & Modes.CODE64) != 0 ? rip : c.seg[Cpu.CS].base + rip & 0xFFFFFFFFL;
        long second = linear + room;
        if ((c.mode & Modes.CODE64) == 0) {
            second &= 0xFFFFFFFFL;
        }
        long next = MemSlow.translateFetch(c, second);
        int whole = (int) Math.min(limit, LONGEST);
        append(room, next, 0, whole - room);
        loaded = whole;
        secondPage = next & -PAGE;
    }

    /** Adds bytes to those loaded: from a raw address, or, when that is 0, from a physical one. */
    private void append(int index, long from, long memory, int bytes) {
        int i = 0;
        while (i < bytes) {
            // words where the page has them: behind this bus may be another machine's tables
            int size = memory == 0 && bytes - i >= 7 && (from + i & PAGE - 1) <= PAGE - 8 ? 8 : 1;
            long v = memory != 0 ? Raw.get8(memory + i) & 0xFFL : MemSlow.readPhysical(c, from + i, size);
            int at = 8 * (index + i);
            if (at < 64) {
                low |= v << at;
                high |= v >>> 1 >>> ~at;
            } else {
                high |= v << at;
            }
            i += size;
        }
    }

    private Op operation(int decoded, int at) {
        Op op;
        if (decoded == Decoder.TOO_LONG) {
            length = LONGEST;
            op = new Raise(Vector.GP);
        } else {
            length = decoded;
            op = operation();
        }
        ends = op instanceof Raise || (Table.attributes(d.id) & Table.END) != 0 || secondPage >= 0 || at + length >= room;
        return op;
    }

    private Op operation() {
        if (d.id < 0) {
            return new Raise(Vector.UD);
        }
        if (!Table.available(d.id, d.wide, c.model)) {
            return new Raise(Vector.UD);
        }
        int attributes = Table.attributes(d.id);
        int mode = d.mode;
        if ((attributes & Table.PROT) != 0 && (mode & Modes.PROTECTED) == 0) {
            return new Raise(Vector.UD);
        }
        if ((attributes & (Table.X87 | Table.MMX | Table.SSE)) != 0) {
            if ((attributes & Table.X87) != 0 && (mode & Modes.X87_NM) != 0) {
                return new Raise(Vector.NM);
            }
            if ((attributes & Table.SSE) != 0 && (mode & Modes.SSE_UD) != 0 || (attributes & Table.MMX) != 0 && (mode & Modes.EM) != 0) {
                return new Raise(Vector.UD);
            }
            if ((attributes & (Table.SSE | Table.MMX)) != 0 && (mode & Modes.SIMD_NM) != 0) {
                return new Raise(Vector.NM);
            }
        }
        if ((attributes & Table.AVX) != 0) {
            if ((mode & Modes.AVX_UD) != 0) {
                return new Raise(Vector.UD);
            }
            if ((mode & Modes.SIMD_NM) != 0) {
                return new Raise(Vector.NM);
            }
        }
        d.parallel = c.parallel;
        return Forms.make(d);
    }
}
