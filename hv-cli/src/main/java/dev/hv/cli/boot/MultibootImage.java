package dev.hv.cli.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A multiboot-1 ELF image (Multiboot Specification 0.6.96): 32-bit ELF, or 64-bit ELF whose addresses fit in 32 bits.
 *
 * @param segments bytes of the file and where they go
 * @param zeroes ranges beyond the file's bytes that must be zero
 * @param entry 32-bit entry point
 * @param end first address behind the image
 */
public record MultibootImage(List<LinuxImage.Piece> segments, List<Zeroes> zeroes, int entry, long end) {

    private static final int MAGIC = 0x1BADB002;
    private static final int SEARCH = 8192;

    /** Bytes to clear. */
    public record Zeroes(long physical, long length) {}

    /**
     * Recognises an image.
     *
     * @throws BootException when it has no multiboot header, asks for what we lack, is no ELF file, or is cut short
     */
    public static MultibootImage parse(String name, byte[] file) throws BootException {
        ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int header = header(b);
        if (header < 0) {
            throw new BootException(name + ": no multiboot header in the first 8 KiB; a multiboot-1 image is needed");
        }
        int flags = b.getInt(header + 4);
        if ((flags & 0xFFFC & ~3) != 0) {
            throw new BootException(name + ": its multiboot header requires features that do not exist here (flags %#x)".formatted(flags));
        }
        if (file.length < 52 || b.getInt(0) != 0x464C457F) {
            throw new BootException(name + ": a multiboot image, but not an ELF file");
        }
        boolean wide = file[4] == 2;
        if (wide && file.length < 64) {
            throw new BootException(name + ": truncated ELF header");
        }
        long phoff = wide ? b.getLong(32) : b.getInt(28) & 0xFFFFFFFFL;
        int size = b.getShort(wide ? 54 : 42) & 0xFFFF;
        int count = b.getShort(wide ? 56 : 44) & 0xFFFF;
        long entry = wide ? b.getLong(24) : b.getInt(24) & 0xFFFFFFFFL;
        if (phoff < 0 || size < (wide ? 56 : 32) || phoff > file.length - (long) size * count) {
            throw new BootException(name + ": truncated: its program headers lie beyond its end");
        }
        var pieces = new ArrayList<LinuxImage.Piece>();
        var zeroes = new ArrayList<Zeroes>();
        long end = 0;
        for (int i = 0; i < count; i++) {
            int p = (int) phoff + i * size;
            if (b.getInt(p) != 1) {
                continue;
            }
            long offset = wide ? b.getLong(p + 8) : b.getInt(p + 4) & 0xFFFFFFFFL;
            long physical = wide ? b.getLong(p + 24) : b.getInt(p + 12) & 0xFFFFFFFFL;
            long inFile = wide ? b.getLong(p + 32) : b.getInt(p + 16) & 0xFFFFFFFFL;
            long inMemory = wide ? b.getLong(p + 40) : b.getInt(p + 20) & 0xFFFFFFFFL;
            if (offset < 0 || inFile < 0 || inFile > file.length || offset > file.length - inFile) {
                throw new BootException(name + ": truncated: segment " + i + " lies beyond its end");
            }
            if (physical < 0 || inMemory < inFile || inMemory > 0xFFFFFFFFL || physical > 0xFFFFFFFFL - inMemory) {
                throw new BootException(name + ": segment " + i + " does not fit below 4 GiB");
            }
            if (inFile > 0) {
                pieces.add(new LinuxImage.Piece(physical, file, (int) offset, (int) inFile));
            }
            if (inMemory > inFile) {
                zeroes.add(new Zeroes(physical + inFile, inMemory - inFile));
            }
            end = Math.max(end, physical + inMemory);
        }
        if (pieces.isEmpty()) {
            throw new BootException(name + ": an ELF file without loadable segments");
        }
        return new MultibootImage(List.copyOf(pieces), List.copyOf(zeroes), (int) entry, end);
    }

    private static int header(ByteBuffer b) {
        for (int i = 0; i + 12 <= Math.min(b.capacity(), SEARCH); i += 4) {
            if (b.getInt(i) == MAGIC && b.getInt(i) + b.getInt(i + 4) + b.getInt(i + 8) == 0) {
                return i;
            }
        }
        return -1;
    }
}
