package dev.hv.cli.root.boot;

import static dev.hv.cpu.memory.LittleEndian.u16;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.cpu.memory.LittleEndian.u64;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A Linux kernel file: a bzImage (boot protocol 2.10 or newer), entered in 64-bit mode where it can be, or a vmlinux ELF file.
 *
 * @param segments what goes where
 * @param longMode the entry point is 64-bit code, else 32-bit
 * @param entry entry point
 * @param setupHeader the setup header of a bzImage, to be kept in the zero page; empty for ELF
 * @param end first address behind the kernel, with the room it needs to unpack itself
 */
public record LinuxImage(List<Piece> segments, boolean longMode, long entry, byte[] setupHeader, long end) {

    /** Where the protected-mode part of a bzImage goes. */
    static final long LOAD = 0x10_0000;

    /** No kernel lies above: sums of addresses and sizes below it do not overflow. */
    private static final long HIGHEST = 1L << 46;
    /** Unit of the size in the header. */
    private static final int PARAGRAPH = 16;
    private static final int SETUP_START = 0x1F1;
    private static final int MAGIC = 0x53726448;
    /** The first with a preferred address and the room that unpacking needs. */
    private static final int MINIMUM_VERSION = 0x20A;
    /** The first that says whether there is a 64-bit entry. */
    private static final int VERSION_64 = 0x20C;

    /** Bytes of the file and their place in guest-physical memory. */
    public record Piece(long physical, byte[] file, int offset, int length) {}

    /**
     * Recognises a kernel.
     *
     * @param name of the file, for messages
     * @throws BootException when it is neither, too old, or cut short
     */
    public static LinuxImage parse(String name, byte[] file) throws BootException {
        if (file.length >= 0x270 && u32(file, 0x202) == MAGIC) {
            return bzImage(name, file);
        }
        if (file.length >= 64 && u32(file, 0) == 0x464C457F) {
            return elf(name, file);
        }
        throw new BootException(name + ": not a Linux kernel (neither a bzImage nor an x86-64 ELF vmlinux)");
    }

    private static LinuxImage bzImage(String name, byte[] file) throws BootException {
        int version = u16(file, 0x206);
        int xloadflags = u16(file, 0x236);
        if (version < MINIMUM_VERSION || (file[0x211] & 1) == 0) {
            throw new BootException(name + ": this bzImage has boot protocol %d.%02d and may belong below 1 MiB; a kernel 2.6.31 or newer is needed"
                    .formatted(version >> 8, version & 0xFF));
        }
        boolean longMode = version >= VERSION_64 && (xloadflags & 1) != 0;
        int sectors = file[SETUP_START] & 0xFF;
        int start = ((sectors == 0 ? 4 : sectors) + 1) * 512;
        long paragraphs = u32(file, 0x1F4) & 0xFFFFFFFFL;
        // the last one need not be whole
        if (start >= file.length || Math.ceilDiv(file.length - start, PARAGRAPH) < paragraphs) {
            throw new BootException(name + ": truncated: the header promises " + (start + paragraphs * PARAGRAPH) + " bytes, the file has " + file.length);
        }
        int length = file.length - start;
        int headerEnd = 0x202 + (file[0x201] & 0xFF);
        byte[] header = Arrays.copyOfRange(file, SETUP_START, Math.min(headerEnd, 0x290));
        long initSize = u32(file, 0x260) & 0xFFFFFFFFL;
        long preferred = u64(file, 0x258);
        boolean relocatable = file[0x234] != 0;
        long at = relocatable ? LOAD : preferred;
        if (at < LOAD || preferred < 0 || preferred >= HIGHEST) {
            throw new BootException("%s: damaged: its header asks to be loaded at %#x".formatted(name, preferred));
        }
        long end = Math.max(at + length, Math.max(at, preferred) + initSize);
        return new LinuxImage(List.of(new Piece(at, file, start, length)), longMode, longMode ? at + 0x200 : at, header, end);
    }

    private static LinuxImage elf(String name, byte[] file) throws BootException {
        if (file[4] != 2 || u16(file, 18) != 62) {
            throw new BootException(name + ": an ELF file, but not for x86-64; a 64-bit vmlinux is needed");
        }
        long phoff = u64(file, 32);
        int phnum = u16(file, 56);
        int phentsize = u16(file, 54);
        if (phentsize < 56 || phoff < 64 || phoff > file.length - (long) phnum * phentsize) {
            throw new BootException(name + ": truncated: its program headers lie beyond its end");
        }
        var pieces = new ArrayList<Piece>();
        long end = 0;
        for (int i = 0; i < phnum; i++) {
            int p = (int) phoff + i * phentsize;
            if (u32(file, p) != 1) {
                continue;
            }
            long offset = u64(file, p + 8);
            long physical = u64(file, p + 24);
            long inFile = u64(file, p + 32);
            long inMemory = u64(file, p + 40);
            if (offset < 0 || inFile < 0 || inFile > file.length || offset > file.length - inFile) {
                throw new BootException(name + ": truncated: segment " + i + " lies beyond its end");
            }
            if (physical < LOAD || physical >= HIGHEST || inMemory < inFile || inMemory >= HIGHEST) {
                throw new BootException("%s: segment %d asks for %#x bytes at %#x; a kernel lies between 1 MiB and 64 TiB".formatted(name, i, inMemory, physical));
            }
            if (inFile > 0) {
                pieces.add(new Piece(physical, file, (int) offset, (int) inFile));
            }
            end = Math.max(end, physical + inMemory);
        }
        if (pieces.isEmpty()) {
            throw new BootException(name + ": an ELF file without loadable segments; a vmlinux is needed");
        }
        return new LinuxImage(List.copyOf(pieces), true, u64(file, 24), new byte[0], end);
    }

    /** Longest command line the kernel takes, without the terminating zero. */
    public int commandLineLimit() {
        return setupHeader.length > 0x47 + 4 ? u32(setupHeader, 0x238 - SETUP_START) : 2047;
    }
}
