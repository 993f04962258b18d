package dev.hv.cli.boot;

import dev.hv.devices.firmware.E820Entry;
import dev.hv.devices.firmware.FirmwarePiece;
import dev.hv.devices.firmware.FirmwareTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Loads a multiboot-1 image with its modules, command line and memory map. */
public final class MultibootLoader {

    /** Offsets from the first page behind the image, which itself may lie in low memory. */
    private static final int MAP = 0;
    private static final int INFO = 0x500;
    private static final int MODULES = 0x600;
    private static final int STRINGS = 0x1000;
    private static final int SIZE = 0x6000;
    private static final int MOST_MODULES = (STRINGS - MODULES) / 16;
    private static final int FLAG_MEMORY = 1;
    private static final int FLAG_COMMAND_LINE = 1 << 2;
    private static final int FLAG_MODULES = 1 << 3;
    private static final int FLAG_MAP = 1 << 6;
    private static final int FLAG_LOADER = 1 << 9;
    private static final int BOOT_MAGIC = 0x2BADB002;

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
        if (image.end() + SIZE + 0x1000 > memory.lowBytes()) {
            throw new BootException("the image needs memory up to %d MiB, the guest has %d MiB: give it more with --memory"
                    .formatted((image.end() >> 20) + 1, memory.lowBytes() >> 20));
        }
        if (modules.size() > MOST_MODULES) {
            throw new BootException("%d modules are too many: at most %d can be given".formatted(modules.size(), MOST_MODULES));
        }
        for (FirmwarePiece piece : firmware.pieces()) {
            memory.write(piece.address(), piece.bytes(), 0, piece.bytes().length);
        }
        for (LinuxImage.Piece p : image.segments()) {
            memory.write(p.physical(), p.file(), p.offset(), p.length());
        }
        for (MultibootImage.Zeroes z : image.zeroes()) {
            clear(memory, z);
        }
        int base = (int) (image.end() + 0xFFF & ~0xFFFL);
        int stringsAt = base + STRINGS;
        var strings = ByteBuffer.allocate(SIZE - STRINGS);
        int commandLine = stringsAt + string(strings, append.isEmpty() ? program : program + " " + append);
        var table = ByteBuffer.allocate(Math.max(16, 16 * modules.size())).order(ByteOrder.LITTLE_ENDIAN);
        long at = base + SIZE;
        for (Module m : modules) {
            if (at + m.contents().length > memory.lowBytes()) {
                throw new BootException("the modules do not fit in %d MiB of memory: give the guest more with --memory".formatted(memory.lowBytes() >> 20));
            }
            memory.write(at, m.contents(), 0, m.contents().length);
            table.putInt((int) at).putInt((int) at + m.contents().length).putInt(stringsAt + string(strings, m.commandLine())).putInt(0);
            at = at + m.contents().length + 0xFFF & ~0xFFFL;
        }
        var map = ByteBuffer.allocate(24 * firmware.layout().e820().size()).order(ByteOrder.LITTLE_ENDIAN);
        for (E820Entry r : firmware.layout().e820()) {
            map.putInt(20).putLong(r.base()).putLong(r.length()).putInt(r.type());
        }
        var info = ByteBuffer.allocate(0x60).order(ByteOrder.LITTLE_ENDIAN);
        info.putInt(0, FLAG_MEMORY | FLAG_COMMAND_LINE | FLAG_MODULES | FLAG_MAP | FLAG_LOADER);
        info.putInt(4, 640);
        info.putInt(8, (int) (memory.lowBytes() - 0x10_0000 >> 10));
        info.putInt(16, commandLine);
        info.putInt(20, modules.size());
        info.putInt(24, modules.isEmpty() ? 0 : base + MODULES);
        info.putInt(44, map.capacity());
        info.putInt(48, base + MAP);
        info.putInt(64, stringsAt + string(strings, "hv"));
        write(memory, base + MAP, map);
        write(memory, base + INFO, info);
        write(memory, base + MODULES, table);
        memory.write(stringsAt, strings.array(), 0, strings.position());
        write(memory, (int) LinuxLoader.GDT, gdt());
        return new InitialState(false, image.entry() & 0xFFFFFFFFL, 0, BOOT_MAGIC, base + INFO, 0, 0x11, 0, 0, 0, 0x8, 0x10, 0, LinuxLoader.GDT, 0x17);
    }

    private static ByteBuffer gdt() {
        return ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(0x00CF_9B00_0000_FFFFL).putLong(0x00CF_9300_0000_FFFFL);
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

    private static void write(GuestMemory memory, int physical, ByteBuffer b) {
        memory.write(physical, b.array(), 0, b.capacity());
    }

    private static void clear(GuestMemory memory, MultibootImage.Zeroes z) {
        byte[] zeroes = new byte[(int) Math.min(z.length(), 1 << 16)];
        for (long done = 0; done < z.length(); done += zeroes.length) {
            memory.write(z.physical() + done, zeroes, 0, (int) Math.min(zeroes.length, z.length() - done));
        }
    }
}
