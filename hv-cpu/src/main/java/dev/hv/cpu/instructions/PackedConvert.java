package dev.hv.cpu.instructions;

import static dev.hv.cpu.instructions.Lanes.H16;
import static dev.hv.cpu.instructions.Lanes.LOW32;

import dev.hv.cpu.state.Cpu;

/** Packs, unpacks and extensions: lanes that change their size (SDM vol. 2, the pages of the names). */
public final class PackedConvert {

    private PackedConvert() {}

    /** Every word saturated to a range of signed numbers. */
    private static long clampWords(long v, long least, long most) {
        return PackedCompare.pminsw(PackedCompare.pmaxsw(v, least), most);
    }

    /** PACKSSWB: the words of a, then those of b. */
    public static long packsswb(long a, long b) {
        return Lanes.gather8(clampWords(a, 0xFF80FF80FF80FF80L, 0x007F007F007F007FL))
                | Lanes.gather8(clampWords(b, 0xFF80FF80FF80FF80L, 0x007F007F007F007FL)) << 32;
    }

    /** PACKUSWB. */
    public static long packuswb(long a, long b) {
        return Lanes.gather8(clampWords(a, 0, 0x00FF00FF00FF00FFL)) | Lanes.gather8(clampWords(b, 0, 0x00FF00FF00FF00FFL)) << 32;
    }

    /** PACKSSDW. */
    public static long packssdw(long a, long b) {
        return pack(a, b, Short.MIN_VALUE, Short.MAX_VALUE);
    }

    /** PACKUSDW. */
    public static long packusdw(long a, long b) {
        return pack(a, b, 0, 0xFFFF);
    }

    private static long pack(long a, long b, int least, int most) {
        return clamp((int) a, least, most) | clamp((int) (a >>> 32), least, most) << 16 | clamp((int) b, least, most) << 32
                | clamp((int) (b >>> 32), least, most) << 48;
    }

    private static long clamp(int v, int least, int most) {
        return Math.clamp(v, least, most) & 0xFFFFL;
    }

    /** PUNPCKLBW, of the low halves of a and b. */
    public static long punpcklbw(long a, long b) {
        return Lanes.spread8(a) | Lanes.spread8(b) << 8;
    }

    /** PUNPCKLWD. */
    public static long punpcklwd(long a, long b) {
        return Lanes.spread16(a) | Lanes.spread16(b) << 16;
    }

    /** PUNPCKLDQ. */
    public static long punpckldq(long a, long b) {
        return a & LOW32 | b << 32;
    }

    /** PUNPCKHBW, of the high halves of a and b. */
    public static long punpckhbw(long a, long b) {
        return punpcklbw(a >>> 32, b >>> 32);
    }

    /** PUNPCKHWD. */
    public static long punpckhwd(long a, long b) {
        return punpcklwd(a >>> 32, b >>> 32);
    }

    /** PUNPCKHDQ. */
    public static long punpckhdq(long a, long b) {
        return a >>> 32 | b & ~LOW32;
    }

    /** PMOVSXBW. */
    public static void pmovsxbw(Cpu c, int x, long v) {
        SseMove.load(c, x, signedWords(v), signedWords(v >>> 32));
    }

    private static long signedWords(long bytes) {
        return Lanes.sub(Lanes.spread8(bytes) ^ 0x0080008000800080L, 0x0080008000800080L, H16);
    }

    /** PMOVSXBD. */
    public static void pmovsxbd(Cpu c, int x, long v) {
        SseMove.load(c, x, pair((byte) v, (byte) (v >>> 8)), pair((byte) (v >>> 16), (byte) (v >>> 24)));
    }

    /** PMOVSXBQ. */
    public static void pmovsxbq(Cpu c, int x, long v) {
        SseMove.load(c, x, (byte) v, (byte) (v >>> 8));
    }

    /** PMOVSXWD. */
    public static void pmovsxwd(Cpu c, int x, long v) {
        SseMove.load(c, x, pair((short) v, (short) (v >>> 16)), pair((short) (v >>> 32), (short) (v >>> 48)));
    }

    /** PMOVSXWQ. */
    public static void pmovsxwq(Cpu c, int x, long v) {
        SseMove.load(c, x, (short) v, (short) (v >>> 16));
    }

    /** PMOVSXDQ. */
    public static void pmovsxdq(Cpu c, int x, long v) {
        SseMove.load(c, x, (int) v, v >> 32);
    }

    private static long pair(int low, int high) {
        return low & LOW32 | (long) high << 32;
    }

    /** PMOVZXBW. */
    public static void pmovzxbw(Cpu c, int x, long v) {
        SseMove.load(c, x, Lanes.spread8(v), Lanes.spread8(v >>> 32));
    }

    /** PMOVZXBD. */
    public static void pmovzxbd(Cpu c, int x, long v) {
        SseMove.load(c, x, v & 0xFF | (v & 0xFF00) << 24, v >>> 16 & 0xFF | (v >>> 16 & 0xFF00) << 24);
    }

    /** PMOVZXBQ. */
    public static void pmovzxbq(Cpu c, int x, long v) {
        SseMove.load(c, x, v & 0xFF, v >>> 8 & 0xFF);
    }

    /** PMOVZXWD. */
    public static void pmovzxwd(Cpu c, int x, long v) {
        SseMove.load(c, x, Lanes.spread16(v), Lanes.spread16(v >>> 32));
    }

    /** PMOVZXWQ. */
    public static void pmovzxwq(Cpu c, int x, long v) {
        SseMove.load(c, x, v & 0xFFFF, v >>> 16 & 0xFFFF);
    }

    /** PMOVZXDQ. */
    public static void pmovzxdq(Cpu c, int x, long v) {
        SseMove.load(c, x, v & LOW32, v >>> 32);
    }
}
