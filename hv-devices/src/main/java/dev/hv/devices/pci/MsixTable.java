package dev.hv.devices.pci;

import dev.hv.core.machine.MmioHandler;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The vectors of MSI-X in device memory (PCI Local Bus 3.0, 6.8.2): from offset 0 the table, 16 bytes a vector (address, data, control with the
 * mask in bit 0), and in the second half the pending bits.
 */
final class MsixTable implements MmioHandler, Saveable {

    private static final int ENTRY = 16;
    private static final int CONTROL = 12;
    private static final int MASKED = 1;

    /** Sends a vector's message. */
    @FunctionalInterface
    interface Sender {
        void send(long address, int data);
    }

    private final int vectors;
    private final int pendingAt;
    private final byte[] table;
    private final long[] pending;
    private final Sender sender;
    /** Whether vectors are sent at all, and whether none is for now. */
    private boolean enabled;
    private boolean allMasked;

    MsixTable(int vectors, int pendingAt, Sender sender) {
        this.vectors = vectors;
        this.pendingAt = pendingAt;
        this.sender = sender;
        table = new byte[vectors * ENTRY];
        pending = new long[vectors + 63 >> 6];
        reset();
    }

    void reset() {
        java.util.Arrays.fill(table, (byte) 0);
        java.util.Arrays.fill(pending, 0);
        for (int v = 0; v < vectors; v++) {
            table[v * ENTRY + CONTROL] = MASKED;
        }
        enabled = false;
        allMasked = false;
    }

    /** The message control register has changed. */
    void control(boolean enable, boolean mask) {
        enabled = enable;
        allMasked = mask;
        for (int v = 0; v < vectors; v++) {
            flush(v);
        }
    }

    /** A vector's interrupt: sent, or kept until it may be. */
    void raise(int vector) {
        if (vector < 0 || vector >= vectors || !enabled) {
            return;
        }
        pending[vector >> 6] |= 1L << vector;
        flush(vector);
    }

    private void flush(int v) {
        boolean masked = !enabled || allMasked || (table[v * ENTRY + CONTROL] & MASKED) != 0;
        if (!masked && (pending[v >> 6] >>> v & 1) != 0) {
            pending[v >> 6] &= ~(1L << v);
            sender.send(LittleEndian.u64(table, v * ENTRY), LittleEndian.u32(table, v * ENTRY + 8));
        }
    }

    @Override
    public long readMmio(long offset, int size) {
        int at = (int) offset;
        if (at + size <= table.length) {
            return LittleEndian.get(table, at, size);
        }
        long value = 0;
        for (int i = 0; i < size; i++) {
            int bit = at + i - pendingAt << 3;
            if (at + i >= pendingAt && bit >> 6 < pending.length) {
                value |= (pending[bit >> 6] >>> (bit & 63) & 0xFF) << (i << 3);
            }
        }
        return value;
    }

    /** {@inheritDoc} Whole words of 4 or 8 bytes, aligned: others are undefined, and ignored. */
    @Override
    public void writeMmio(long offset, int size, long value) {
        int at = (int) offset;
        if (size < 4 || (at & size - 1) != 0 || at + size > table.length) {
            return;
        }
        LittleEndian.put(table, at, size, value);
        int v = at / ENTRY;
        LittleEndian.put32(table, v * ENTRY + CONTROL, table[v * ENTRY + CONTROL] & MASKED);
        flush(v);
    }

    @Override
    public void save(StateWriter out) {
        out.put("table", table, 0, table.length);
        out.put("pending", pending);
        out.put("enabled", enabled);
        out.put("all-masked", allMasked);
    }

    @Override
    public void restore(StateReader in) {
        System.arraycopy(in.takeBytes(), 0, table, 0, table.length);
        in.take(pending);
        enabled = in.takeBoolean();
        allMasked = in.takeBoolean();
    }
}
