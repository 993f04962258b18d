package dev.hv.cli.root.boot;

import dev.hv.cpu.memory.Page;
import dev.hv.devices.firmware.E820Entry;
import dev.hv.devices.firmware.FirmwareLayout;
import dev.hv.devices.firmware.FirmwarePiece;
import dev.hv.devices.firmware.FirmwareTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Loads a multiboot-1 image with its modules, command line and memory map. */
public final class MultibootLoader {

    /** Offsets in the block of our own structures. */
    private static final int MAP = 0;
    private static final int GDT = 0x4E0;
    private static final int INFO = 0x500;
    private static final int MODULES = 0x600;
    private static final int GDT_BYTES = 24;
    private static final int STRINGS = 0x1000;
    private static final int SIZE = 0x6000;
    private static final int MOST_MODULES = (STRINGS - MODULES) / 16;
    private static final int FLAG_MEMORY = 1;
    private static final int FLAG_COMMAND_LINE = 1 << 2;
    private static final int FLAG_MODULES = 1 << 3;
    private static final int FLAG_MAP = 1 << 6;
    private static final int FLAG_LOADER = 1 << 9;
    private static final int BOOT_MAGIC = 0x2BADB002;
    private static final long MIB = 1 << 20;
    private static final int KIB_SHIFT = 10;

    private MultibootLoader() {}

    /** A module: its contents and its command line. */
    public record Module(byte[] contents, String commandLine) {}

    /**
     * Puts everything into memory.
     *
     * @param program name of the image, the first word of its command line
     * @param append the rest of the command line
     * @return the state to start in: 32-bit protected mode, paging off, EAX the magic, EBX the information structure
     * @throws BootException when something does not fit
     */
    public static InitialState load(MultibootImage image, String program, String append, List<Module> modules, FirmwareTables firmware, GuestMemory memory)
            throws BootException {
        if (modules.size() > MOST_MODULES) {
            throw new BootException("%d modules are too many: at most %d can be given".formatted(modules.size(), MOST_MODULES));
        }
        var free = new FreeMemory(firmware.layout().e820(), memory.lowBytes());
        place(image, free, memory);
        for (FirmwarePiece piece : firmware.pieces()) {
            write(memory, piece.address(), piece.bytes(), piece.bytes().length);
        }
        // behind firmware's: vectors and data at the very bottom of memory are the image's to lie over
        for (LinuxImage.Piece p : image.segments()) {
            memory.write(p.physical(), p.file(), p.offset(), p.length());
        }
        for (MultibootImage.Zeroes z : image.zeroes()) {
            clear(memory, z);
        }
        long base = allocate(free, SIZE, image.end());
        if (base < 0) {
            throw new BootException("there is no room for the boot information beside the image in %d MiB of memory: give the guest more with --memory"
                    .formatted(memory.lowBytes() >> 20));
        }
        long stringsAt = base + STRINGS;
        var strings = ByteBuffer.allocate(SIZE - STRINGS);
        long commandLine = stringsAt + string(strings, append.isEmpty() ? program : program + " " + append);
        var table = ByteBuffer.allocate(Math.max(16, 16 * modules.size())).order(ByteOrder.LITTLE_ENDIAN);
        for (Module m : modules) {
            long at = allocate(free, m.contents().length, base + SIZE);
            if (at < 0) {
                throw new BootException("the modules do not fit in %d MiB of memory: give the guest more with --memory".formatted(memory.lowBytes() >> 20));
            }
            write(memory, at, m.contents(), m.contents().length);
            table.putInt((int) at).putInt((int) at + m.contents().length).putInt((int) stringsAt + string(strings, m.commandLine())).putInt(0);
        }
        var map = ByteBuffer.allocate(24 * firmware.layout().e820().size()).order(ByteOrder.LITTLE_ENDIAN);
        for (E820Entry r : firmware.layout().e820()) {
            map.putInt(20).putLong(r.base()).putLong(r.length()).putInt(r.type());
        }
        var info = ByteBuffer.allocate(0x60).order(ByteOrder.LITTLE_ENDIAN);
        info.putInt(0, FLAG_MEMORY | FLAG_COMMAND_LINE | FLAG_MODULES | FLAG_MAP | FLAG_LOADER);
        info.putInt(4, (int) (usable(firmware, 0) >> KIB_SHIFT));
        info.putInt(8, (int) (usable(firmware, MIB) >> KIB_SHIFT));
        info.putInt(16, (int) commandLine);
        info.putInt(20, modules.size());
        info.putInt(24, modules.isEmpty() ? 0 : (int) base + MODULES);
        info.putInt(44, map.capacity());
        info.putInt(48, (int) base + MAP);
        info.putInt(64, (int) stringsAt + string(strings, "hv"));
        write(memory, base + MAP, map.array(), map.capacity());
        write(memory, base + INFO, info.array(), info.capacity());
        write(memory, base + MODULES, table.array(), table.capacity());
        write(memory, stringsAt, strings.array(), strings.position());
        write(memory, base + GDT, gdt().array(), GDT_BYTES);
        return new InitialState(false, image.entry() & 0xFFFFFFFFL, 0, BOOT_MAGIC, base + INFO, 0, 0x11, 0, 0, 0, 0x8, 0x10, 0, base + GDT, GDT_BYTES - 1);
    }

    /** Takes the image's places, which must be memory that the map calls usable. */
    private static void place(MultibootImage image, FreeMemory free, GuestMemory memory) throws BootException {
        if (image.end() > memory.lowBytes()) {
            throw new BootException("the image needs memory up to %d MiB, the guest has %d MiB: give it more with --memory"
                    .formatted(image.end() + MIB - 1 >> 20, memory.lowBytes() >> 20));
        }
        List<long[]> places = new ArrayList<>();
        image.segments().forEach(p -> places.add(new long[] {p.physical(), p.physical() + p.length()}));
        image.zeroes().forEach(z -> places.add(new long[] {z.physical(), z.physical() + z.length()}));
        for (long[] p : places) {
            if (!free.covers(p[0], p[1])) {
                throw new BootException("the image wants to lie at %#x to %#x, where the machine has no memory or keeps its firmware's tables (%#x to 0x100000)"
                        .formatted(p[0], p[1] - 1, FirmwareLayout.EBDA));
            }
        }
        places.forEach(p -> free.take(p[0], p[1]));
    }

    /** A place on whole pages: behind an address if there is one, else above 1 MiB, else anywhere but in the first page; -1 for none. */
    private static long allocate(FreeMemory free, long length, long behind) {
        for (long from : new long[] {behind, MIB, Page.SIZE}) {
            long at = free.allocate(length, Page.SIZE, from);
            if (at >= 0) {
                return at;
            }
        }
        return -1;
    }

    /** Bytes of the usable range that starts at an address. */
    private static long usable(FirmwareTables firmware, long base) {
        return firmware.layout().e820().stream().filter(e -> e.base() == base && e.type() == E820Entry.RAM).mapToLong(E820Entry::length).findFirst().orElse(0);
    }

    private static ByteBuffer gdt() {
        return ByteBuffer.allocate(GDT_BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(0x00CF_9B00_0000_FFFFL).putLong(0x00CF_9300_0000_FFFFL);
    }

    private static int string(ByteBuffer strings, String s) throws BootException {
        byte[] text = (s + '\0').getBytes(StandardCharsets.ISO_8859_1);
        if (text.length > strings.remaining()) {
            throw new BootException("the command lines are too long: together at most %d characters".formatted(strings.capacity()));
        }
        int at = strings.position();
        strings.put(text);
        return at;
    }

    private static void write(GuestMemory memory, long physical, byte[] bytes, int length) {
        memory.write(physical, bytes, 0, length);
    }

    private static void clear(GuestMemory memory, MultibootImage.Zeroes z) {
        byte[] zeroes = new byte[(int) Math.min(z.length(), 1 << 16)];
        for (long done = 0; done < z.length(); done += zeroes.length) {
            memory.write(z.physical() + done, zeroes, 0, (int) Math.min(zeroes.length, z.length() - done));
        }
    }
}
