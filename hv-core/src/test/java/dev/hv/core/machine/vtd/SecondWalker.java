package dev.hv.core.machine.vtd;

import dev.hv.core.machine.iommu.FlatMemory;
import java.math.BigInteger;

/** Another walk of the structures, written from the figures and tables of chapters 3 and 9 with bit strings instead of masks; slow, and for nothing but comparison. */
final class SecondWalker {

    private SecondWalker() {}

    private static BigInteger entry(FlatMemory memory, BigInteger at, int words) {
        if (at.bitLength() > 31 || at.intValue() + 8 * words > memory.bytes.length) {
            return null;
        }
        byte[] big = new byte[8 * words + 1];
        for (int i = 0; i < 8 * words; i++) {
            big[8 * words - i] = memory.bytes[at.intValue() + i];
        }
        return new BigInteger(big);
    }

    private static int field(BigInteger value, int high, int low) {
        return bits(value, high, low).intValue();
    }

    private static BigInteger bits(BigInteger value, int high, int low) {
        return value.shiftRight(low).mod(BigInteger.TWO.pow(high - low + 1));
    }

    private static boolean any(BigInteger value, int high, int low) {
        return bits(value, high, low).signum() != 0;
    }

    /** The physical address, or the reason code with a minus. */
    static long walk(FlatMemory memory, long rootTable, int source, long input, boolean write, int widths, int haw) {
        BigInteger address = BigInteger.valueOf(input);
        BigInteger root = entry(memory, BigInteger.valueOf(rootTable).add(BigInteger.valueOf((source >> 8) * 16)), 2);
        if (root == null) {
            return -8;
        }
        if (!root.testBit(0)) {
            return -1;
        }
        if (any(root, 11, 1) || any(root, 127, 64) || any(root, 63, haw)) {
            return -0xA;
        }
        BigInteger context = entry(memory, bits(root, 63, 12).shiftLeft(12).add(BigInteger.valueOf((source & 255) * 16)), 2);
        if (context == null) {
            return -9;
        }
        if (!context.testBit(0)) {
            return -2;
        }
        if (any(context, 11, 4) || any(context, 63, haw) || any(context, 127, 88) || context.testBit(71)) {
            return -0xB;
        }
        int aw = field(context, 66, 64);
        int type = field(context, 3, 2);
        if (aw == 0 || aw > 4 || (widths >> aw & 1) == 0 || type == 1 || type == 3) {
            return -3;
        }
        int levels = aw + 2;
        if (address.bitLength() > 12 + 9 * levels) {
            return -4;
        }
        if (type == 2) {
            return input;
        }
        BigInteger table = bits(context, 63, 12).shiftLeft(12);
        boolean mayRead = true;
        boolean mayWrite = true;
        for (int level = levels; level >= 1; level--) {
            int low = 12 + (level - 1) * 9;
            BigInteger e = entry(memory, table.add(BigInteger.valueOf(8L * field(address, low + 8, low))), 1);
            if (e == null) {
                return -7;
            }
            boolean present = e.testBit(0) || e.testBit(1);
            boolean page = level == 1 || level < 4 && e.testBit(7);
            if (present) {
                boolean bad = any(e, 51, haw) || e.testBit(62);
                bad |= level > 3 && e.testBit(7);
                bad |= !page && e.testBit(11);
                bad |= page && low > 12 && any(e, low - 1, 12);
                if (bad) {
                    return -0xC;
                }
            }
            mayRead &= e.testBit(0);
            mayWrite &= e.testBit(1);
            if (!(write ? mayWrite : mayRead)) {
                return write ? -5 : -6;
            }
            if (page) {
                BigInteger result = bits(e, haw - 1, low).shiftLeft(low).add(bits(address, low - 1, 0));
                return result.shiftRight(20).intValue() == 0xFEE && result.bitLength() <= 32 ? -0xE : result.longValueExact();
            }
            table = bits(e, haw - 1, 12).shiftLeft(12);
        }
        throw new IllegalStateException();
    }
}
