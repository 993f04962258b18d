package dev.hv.devices.disk.image;

import dev.hv.devices.disk.ImageFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The bitmaps of sectors that a file has, those that were used last in memory. The first sector of a byte is its highest bit in a VHD, its lowest in a VHDX. */
final class Bitmaps {

    private static final int KEPT = 512;

    private final ImageFile file;
    private final int bytes;
    private final Map<Long, byte[]> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
            return size() > KEPT;
        }
    };

    /** Bitmaps of {@code bytes} bytes each. */
    Bitmaps(ImageFile file, int bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    private byte[] at(long offset) throws IOException {
        byte[] b = kept.get(offset);
        if (b == null) {
            b = new byte[bytes];
            file.read(offset, b, 0, bytes);
            kept.put(offset, b);
        }
        return b;
    }

    /** How many bits are as the first is, at most {@code most}: negative for zeroes. */
    synchronized int run(long offset, int first, int most, boolean highFirst) throws IOException {
        return run(at(offset), first, most, highFirst);
    }

    static int run(byte[] b, int first, int most, boolean highFirst) {
        boolean set = bit(b, first, highFirst);
        int n = 1;
        int whole = set ? -1 : 0;
        while (n < most) {
            int i = first + n;
            if (i % 8 == 0 && most - n >= 8 && b[i / 8] == whole) {
                n += 8;
            } else if (bit(b, i, highFirst) == set) {
                n++;
            } else {
                break;
            }
        }
        return set ? n : -n;
    }

    private static boolean bit(byte[] b, int i, boolean highFirst) {
        return (b[i / 8] & mask(i, highFirst)) != 0;
    }

    private static int mask(int i, boolean highFirst) {
        return highFirst ? 0x80 >> i % 8 : 1 << i % 8;
    }

    static void set(byte[] b, int first, int count, boolean highFirst) {
        for (int i = first; i < first + count; i++) {
            b[i / 8] |= (byte) mask(i, highFirst);
        }
    }

    /** Sets bits of a VHD's bitmap, and writes the sectors of it that they are in. */
    synchronized void set(long offset, int first, int count) throws IOException {
        byte[] b = at(offset);
        set(b, first, count, true);
        int from = first / 8 / VhdFooter.SECTOR * VhdFooter.SECTOR;
        int to = (first + count - 1) / 8 / VhdFooter.SECTOR * VhdFooter.SECTOR + VhdFooter.SECTOR;
        file.write(offset + from, b, from, to - from);
    }

    /** Sets all bits of a VHD's bitmap. */
    synchronized void fill(long offset) throws IOException {
        byte[] b = new byte[bytes];
        Arrays.fill(b, (byte) 0xFF);
        file.write(offset, b, 0, bytes);
        kept.put(offset, b);
    }

    /** The bitmap has changed in the file. */
    synchronized void forget(long offset) {
        kept.remove(offset);
    }
}
