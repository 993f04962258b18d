package dev.hv.core.hypercall;

/** A processor with registers in arrays and memory of two pages at 0x1000, of which the second cannot be written. */
final class FakeCaller implements HypercallCaller {

    static final long PAGE_1 = 0x1000;
    static final long READ_ONLY = 0x2000;
    static final long SPACE_END = 1L << 46;
    private static final int BYTES = 0x2000;

    final byte[] memory = new byte[BYTES];
    final long[] gpr = new long[16];
    final long[] xmm = new long[12];
    boolean wide = true;
    long privileges = -1;

    @Override
    public boolean longMode() {
        return wide;
    }

    @Override
    public long gpr(int index) {
        return gpr[index];
    }

    @Override
    public void setGpr(int index, long value) {
        gpr[index] = value;
    }

    @Override
    public long xmm(int register, int half) {
        return xmm[2 * register + half];
    }

    @Override
    public void setXmm(int register, int half, long value) {
        xmm[2 * register + half] = value;
    }

    @Override
    public boolean has(long wanted) {
        return (privileges & wanted) == wanted;
    }

    @Override
    public long spaceEnd() {
        return SPACE_END;
    }

    @Override
    public boolean read(long gpa, byte[] to, int offset, int length) {
        if (gpa < PAGE_1 || gpa + length > PAGE_1 + BYTES) {
            return false;
        }
        System.arraycopy(memory, (int) (gpa - PAGE_1), to, offset, length);
        return true;
    }

    @Override
    public boolean write(long gpa, byte[] from, int offset, int length) {
        if (gpa < PAGE_1 || gpa >= READ_ONLY) {
            return false;
        }
        System.arraycopy(from, offset, memory, (int) (gpa - PAGE_1), length);
        return true;
    }

    void poke(long gpa, long... quads) {
        for (int i = 0; i < 8 * quads.length; i++) {
            memory[(int) (gpa - PAGE_1) + i] = (byte) (quads[i / 8] >>> 8 * (i % 8));
        }
    }

    long peek(long gpa) {
        long value = 0;
        for (int i = 7; i >= 0; i--) {
            value = value << 8 | memory[(int) (gpa - PAGE_1) + i] & 0xFF;
        }
        return value;
    }
}
