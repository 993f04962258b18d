package dev.hv.cpu.execute;

import dev.hv.cpu.decode.ControlTransfers;
import dev.hv.cpu.forms.Op;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import java.util.Arrays;

/** Puts the instructions from the processor's RIP on together to a block. */
final class BlockBuilder {

    /** Instructions in a block at most: long straight lines are rare, and budgets are checked between blocks. */
    private static final int MAX = 48;

    private final Cpu c;
    private final CodeFetch fetch;
    private final Op[] ops = new Op[MAX];
    private final short[] offsets = new short[MAX + 1];

    BlockBuilder(Cpu c) {
        this.c = c;
        fetch = new CodeFetch(c);
    }

    private long linear(long rip) {
        return (c.mode & Modes.CODE64) != 0 ? rip : c.seg[Cpu.CS].base + rip & 0xFFFFFFFFL;
    }

    /**
     * Builds the block at {@code rip}.
     *
     * @param physical where its first byte is
     * @param most instructions at most
     * @throws dev.hv.cpu.state.GuestFault when fetching the first instruction faults
     */
    Block build(long rip, long physical, int most) {
        fetch.open(rip, physical);
        int limit = Math.min(MAX, most);
        int n = 0;
        int at = 0;
        Op first = fetch.first();
        int row = fetch.row();
        short[] rows = c.witness == null ? null : new short[MAX];
        for (Op op = first; op != null; op = fetch.next(at)) {
            offsets[n] = (short) at;
            ops[n++] = op;
            at += fetch.length();
            if (rows != null) {
                rows[n - 1] = (short) fetch.row();
                // behind a branch that is always taken nothing may seem to have been executed
                if (ControlTransfers.is(fetch.row())) {
                    break;
                }
            }
            if (fetch.ends() || n == limit || c.debug != null && c.debug.at(linear(rip + at))) {
                break;
            }
        }
        offsets[n] = (short) at;
        Block b = new Block(rip, physical, c.mode, Arrays.copyOf(ops, n), row, Arrays.copyOf(offsets, n + 1), n, fetch.secondPage());
        b.rows = rows;
        return b;
    }
}
