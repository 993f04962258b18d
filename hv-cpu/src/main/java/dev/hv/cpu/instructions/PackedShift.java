package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Lanes.H16;
import static dev.hv.cpu.instructions.Lanes.H32;
import static dev.hv.cpu.instructions.Lanes.LOW32;

/**
 * Packed shifts of one 64-bit half (SDM vol. 2, "PSLLW/PSLLD/PSLLQ", "PSRAW/PSRAD", "PSRLW/PSRLD/PSRLQ"). The count is the low
 * 64 bits of the source or the immediate, unsigned; counts beyond the lane shift everything out.
 */
public final class PackedShift {

    private static final long ONE16 = 0x0001000100010001L;

    private PackedShift() {}

    private static boolean beyond(long count, int width) {
        return (count & -width) != 0;
    }

    /** PSLLW. */
    public static long psllw(long a, long count) {
        return beyond(count, 16) ? 0 : a << count & (0xFFFFL << count & 0xFFFF) * ONE16;
    }

    /** PSLLD. */
    public static long pslld(long a, long count) {
        return beyond(count, 32) ? 0 : a << 32 + count >>> 32 | (a & ~LOW32) << count;
    }

    /** PSLLQ. */
    public static long psllq(long a, long count) {
        return beyond(count, 64) ? 0 : a << count;
    }

    /** PSRLW. */
    public static long psrlw(long a, long count) {
        return beyond(count, 16) ? 0 : a >>> count & (0xFFFF >>> (int) count) * ONE16;
    }

    /** PSRLD. */
    public static long psrld(long a, long count) {
        return beyond(count, 32) ? 0 : (a & LOW32) >>> count | a >>> count & ~LOW32;
    }

    /** PSRLQ. */
    public static long psrlq(long a, long count) {
        return beyond(count, 64) ? 0 : a >>> count;
    }

    /** PSRAW. */
    public static long psraw(long a, long count) {
        int n = beyond(count, 16) ? 15 : (int) count;
        // the shifted sign bit, subtracted, spreads to the left of itself
        long sign = H16 >>> n;
        return Lanes.sub(psrlw(a, n) ^ sign, sign, H16);
    }

    /** PSRAD. */
    public static long psrad(long a, long count) {
        int n = beyond(count, 32) ? 31 : (int) count;
        long sign = H32 >>> n;
        return Lanes.sub(psrld(a, n) ^ sign, sign, H32);
    }

    /** VPSRLVD: a count for every lane. */
    public static long psrlvd(long a, long counts) {
        return psrlq(a & LOW32, counts & LOW32) & LOW32 | psrlq(a >>> 32, counts >>> 32) << 32;
    }

    /** VPSRLVQ. */
    public static long psrlvq(long a, long count) {
        return psrlq(a, count);
    }

    /** VPSRAVD. */
    public static long psravd(long a, long counts) {
        return sra((int) a, counts & LOW32) & LOW32 | sra((int) (a >>> 32), counts >>> 32) << 32;
    }

    private static long sra(int a, long count) {
        return a >> (beyond(count, 32) ? 31 : (int) count);
    }

    /** VPSLLVD. */
    public static long psllvd(long a, long counts) {
        return psllq(a & LOW32, counts & LOW32) & LOW32 | psllq(a >>> 32, counts >>> 32) << 32;
    }

    /** VPSLLVQ. */
    public static long psllvq(long a, long count) {
        return psllq(a, count);
    }
}
