package dev.hv.cli.root.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A multiboot-1 image (Multiboot Specification 0.6.96): a file of any format whose header says where it goes, a 32-bit ELF file, or a 64-bit ELF
 * file whose addresses fit in 32 bits.
 *
 * @param segments bytes of the file and where they go
 * @param zeroes ranges beyond the file's bytes that must be zero
 * @param entry 32-bit physical entry point
 * @param end first address behind the image
 */
public record MultibootImage(List<LinuxImage.Piece> segments, List<Zeroes> zeroes, int entry, long end) {

    private static final int MAGIC = 0x1BADB002;
    private static final int SEARCH = 8192;
    /** Features that must be there or the image cannot be booted: those of bits 2 to 15 are not. */
    private static final int REQUIRED = 0xFFFC;
    private static final int ADDRESS_FIELDS = 1 << 16;
    private static final int ELF_MAGIC = 0x464C457F;
    private static final int LOADED = 1;
    private static final long LIMIT = 1L << 32;

    /** Bytes to clear. */
    public record Zeroes(long physical, long length) {}

    /**
     * Recognises an image.
     *
     * @throws BootException when it has no multiboot header, asks for what we lack, does not say where it goes, or is cut short
     */
    public static MultibootImage parse(String name, byte[] file) throws BootException {
        ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int header = header(b);
        if (header < 0) {
            throw new BootException(name + ": no multiboot header in the first 8 KiB; a multiboot-1 image is needed");
        }
        int flags = b.getInt(header + 4);
        if ((flags & REQUIRED) != 0) {
            throw new BootException(name + ": its multiboot header requires features that do not exist here (flags %#x)".formatted(flags));
        }
        // what the header says wins over the executable's own (3.1.2)
        return (flags & ADDRESS_FIELDS) != 0 ? byHeader(name, b, header) : byElf(name, b);
    }

    private static int header(ByteBuffer b) {
        for (int i = 0; i + 12 <= Math.min(b.capacity(), SEARCH); i += 4) {
            if (b.getInt(i) == MAGIC && b.getInt(i) + b.getInt(i + 4) + b.getInt(i + 8) == 0) {
                return i;
            }
        }
        return -1;
    }

    private static long u32(ByteBuffer b, int at) {
        return b.getInt(at) & 0xFFFFFFFFL;
    }

    /** The address fields: header, load, load end, BSS end, entry; the load address counts from the header's own place in the file. */
    private static MultibootImage byHeader(String name, ByteBuffer b, int header) throws BootException {
        if (header + 32 > b.capacity()) {
            throw new BootException(name + ": truncated: its multiboot header lies beyond its end");
        }
        long load = u32(b, header + 16);
        long offset = header - (u32(b, header + 12) - load);
        long loadEnd = u32(b, header + 20);
        long bssEnd = u32(b, header + 24);
        long entry = u32(b, header + 28);
        if (offset < 0 || offset > header) {
            throw new BootException("%s: damaged: its multiboot header at %#x of the file belongs to %#x, but what is to be loaded starts at %#x"
                    .formatted(name, header, u32(b, header + 12), load));
        }
        long inFile = loadEnd == 0 ? b.capacity() - offset : loadEnd - load;
        if (inFile <= 0 || bssEnd != 0 && bssEnd < load + inFile) {
            throw new BootException("%s: damaged: its multiboot header asks for %#x to %#x and zeroes up to %#x".formatted(name, load, loadEnd, bssEnd));
        }
        if (inFile > b.capacity() - offset) {
            throw new BootException("%s: truncated: its multiboot header promises %d bytes from %#x on, the file has %d"
                    .formatted(name, inFile, offset, b.capacity() - offset));
        }
        long end = Math.max(bssEnd, load + inFile);
        if (end > LIMIT) {
            throw new BootException(name + ": what its multiboot header asks for does not fit below 4 GiB");
        }
        if (entry < load || entry >= end) {
            throw new BootException("%s: its entry point %#x lies outside of %#x to %#x, where it is loaded".formatted(name, entry, load, end));
        }
        List<Zeroes> zeroes = end > load + inFile ? List.of(new Zeroes(load + inFile, end - load - inFile)) : List.of();
        return new MultibootImage(List.of(new LinuxImage.Piece(load, b.array(), (int) offset, (int) inFile)), zeroes, (int) entry, end);
    }

    private static MultibootImage byElf(String name, ByteBuffer b) throws BootException {
        int bytes = b.capacity();
        if (bytes < 52 || b.getInt(0) != ELF_MAGIC) {
            throw new BootException(name + ": neither an ELF file nor a multiboot header that says where it goes (flag bit 16)");
        }
        boolean wide = b.get(4) == 2;
        if (wide && bytes < 64) {
            throw new BootException(name + ": truncated ELF header");
        }
        long phoff = wide ? b.getLong(32) : u32(b, 28);
        int size = b.getShort(wide ? 54 : 42) & 0xFFFF;
        int count = b.getShort(wide ? 56 : 44) & 0xFFFF;
        long entry = wide ? b.getLong(24) : u32(b, 24);
        if (phoff < 0 || size < (wide ? 56 : 32) || phoff > bytes - (long) size * count) {
            throw new BootException(name + ": truncated: its program headers lie beyond its end");
        }
        var pieces = new ArrayList<LinuxImage.Piece>();
        var zeroes = new ArrayList<Zeroes>();
        long end = 0;
        long physicalEntry = -1;
        boolean physicalEntryGiven = false;
        for (int i = 0; i < count; i++) {
            int p = (int) phoff + i * size;
            if (b.getInt(p) != LOADED) {
                continue;
            }
            long offset = wide ? b.getLong(p + 8) : u32(b, p + 4);
            long virtual = wide ? b.getLong(p + 16) : u32(b, p + 8);
            long physical = wide ? b.getLong(p + 24) : u32(b, p + 12);
            long inFile = wide ? b.getLong(p + 32) : u32(b, p + 16);
            long inMemory = wide ? b.getLong(p + 40) : u32(b, p + 20);
            if (offset < 0 || inFile < 0 || inFile > bytes || offset > bytes - inFile) {
                throw new BootException(name + ": truncated: segment " + i + " lies beyond its end");
            }
            if (physical < 0 || inMemory < inFile || inMemory > 0xFFFFFFFFL || physical > 0xFFFFFFFFL - inMemory) {
                throw new BootException(name + ": segment " + i + " does not fit below 4 GiB");
            }
            if (inFile > 0) {
                pieces.add(new LinuxImage.Piece(physical, b.array(), (int) offset, (int) inFile));
            }
            if (inMemory > inFile) {
                zeroes.add(new Zeroes(physical + inFile, inMemory - inFile));
            }
            end = Math.max(end, physical + inMemory);
            // the entry point is an address of the program's: the segment that has it says where that is in memory
            if (physicalEntry < 0 && entry >= virtual && entry - virtual < inMemory) {
                physicalEntry = physical + (entry - virtual);
            }
            physicalEntryGiven |= entry >= physical && entry < physical + inMemory;
        }
        if (pieces.isEmpty()) {
            throw new BootException(name + ": an ELF file without loadable segments");
        }
        if (physicalEntry < 0 && !physicalEntryGiven) {
            throw new BootException(name + ": its entry point %#x lies in none of its segments".formatted(entry));
        }
        return new MultibootImage(List.copyOf(pieces), List.copyOf(zeroes), (int) (physicalEntry < 0 ? entry : physicalEntry), end);
    }
}
