package dev.hv.cpu.execute;

import dev.hv.cpu.decode.Decoder;
import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.decode.Table;
import dev.hv.cpu.forms.Forms;
import dev.hv.cpu.forms.Op;
import dev.hv.cpu.forms.Raise;
import dev.hv.cpu.memory.Raw;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Feature;
import dev.hv.cpu.state.MemSlow;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Vector;
import java.util.Arrays;

/** Decodes code at the processor's RIP into a block. */
final class BlockBuilder {

    /** Instructions in a block at most: long straight lines are rare, and budgets are checked between blocks. */
    private static final int MAX = 48;
    private static final int LONGEST = 15;

    private final Cpu c;
    private final Insn d = new Insn();
    private final Decoder decoder;
    private final Op[] ops = new Op[MAX];
    private final short[] offsets = new short[MAX + 1];
    /** Bytes of an instruction that crosses a page end or comes from a device. */
    private final long scratch = Raw.allocate(32);
    /** Physical page of the part of the instruction in {@link #scratch} beyond the page end. */
    private long secondPage;

    BlockBuilder(Cpu c) {
        this.c = c;
        decoder = new Decoder(d, !c.model.intel());
    }

    /**
     * Builds the block at {@code rip}.
     *
     * @param physical where its first byte is
     * @param most instructions at most
     * @throws dev.hv.cpu.state.GuestFault when fetching the first instruction faults
     */
    Block build(long rip, long physical, int most) {
        int mode = c.mode;
        boolean code64 = (mode & Modes.CODE64) != 0;
        long raw = c.bus.pageAddress(physical);
        int room = 0x1000 - (int) (physical & 0xFFF);
        long limit = code64 ? Long.MAX_VALUE : (c.seg[Cpu.CS].limit & 0xFFFFFFFFL) - rip + 1;
        if (limit <= 0) {
            throw c.gp();
        }
        int n = 0;
        int at = 0;
        secondPage = -1;
        while (n < Math.min(MAX, most)) {
            int length;
            if (raw == 0) {
                if (n > 0) {
                    break;
                }
                length = decodeFromBus(rip, physical, (int) Math.min(room, limit));
            } else {
                int bytes = (int) Math.min(room - at, limit - at);
                length = bytes <= 0 ? Decoder.TRUNCATED : decoder.decode(raw + (physical & 0xFFF) + at, bytes, rip + at, mode);
            }
            if (length == Decoder.TRUNCATED) {
                if (n > 0) {
                    break;
                }
                if (limit <= room) {
                    throw c.gp();
                }
                length = decodeAcross(rip, raw, physical, room, (int) Math.min(limit, LONGEST));
                if (length == Decoder.TRUNCATED) {
                    throw c.gp();
                }
            }
            offsets[n] = (short) at;
            if (length == Decoder.TOO_LONG) {
                ops[n++] = new Raise(Vector.GP);
                at += LONGEST;
                break;
            }
            Op op = operation();
            ops[n++] = op;
            at += length;
            if (op instanceof Raise || (Table.attributes(d.id) & Table.END) != 0 || secondPage >= 0 || at >= room) {
                break;
            }
        }
        offsets[n] = (short) at;
        return new Block(rip, physical, mode, Arrays.copyOf(ops, n), Arrays.copyOf(offsets, n + 1), n, secondPage);
    }

    private int decodeFromBus(long rip, long physical, int bytes) {
        int n = Math.min(LONGEST, bytes);
        for (int i = 0; i < n; i++) {
            Raw.put8(scratch + i, (byte) MemSlow.readPhysical(c, physical + i, 1));
        }
        return decoder.decode(scratch, n, rip, c.mode);
    }

    /** An instruction that begins in this page and ends in the next, or beyond {@code bytes}: fetching the second page may fault. */
    private int decodeAcross(long rip, long raw, long physical, int room, int bytes) {
        long linear = (c.mode & Modes.CODE64) != 0 ? rip : c.seg[Cpu.CS].base + rip & 0xFFFFFFFFL;
        long second = linear + room;
        if (!c.longMode()) {
            second &= 0xFFFFFFFFL;
        }
        long next = MemSlow.translateFetch(c, second);
        for (int i = 0; i < bytes; i++) {
            byte b = i < room
                    ? raw != 0 ? Raw.get8(raw + (physical & 0xFFF) + i) : (byte) MemSlow.readPhysical(c, physical + i, 1)
                    : (byte) MemSlow.readPhysical(c, next + i - room, 1);
            Raw.put8(scratch + i, b);
        }
        secondPage = next & ~0xFFFL;
        return decoder.decode(scratch, bytes, rip, c.mode);
    }

    private Op operation() {
        if (d.id < 0) {
            return new Raise(Vector.UD);
        }
        Feature feature = Table.feature(d.id);
        if (feature != null && !c.model.has(feature)) {
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
        d.parallel = c.parallel;
        return Forms.make(d);
    }
}
