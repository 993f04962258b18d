package dev.hv.cli.root.boot;

import dev.hv.cpu.memory.Page;
import dev.hv.devices.firmware.E820Entry;
import dev.hv.devices.firmware.FirmwarePiece;
import dev.hv.devices.firmware.FirmwareTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Loads a Linux kernel by the 64-bit boot protocol, or by the 32-bit one where it has no 64-bit entry
 * (Documentation/arch/x86/boot.rst): GDT, zero page, command line, identity page tables, kernel, initrd, firmware tables.
 */
public final class LinuxLoader {

    static final long GDT = 0x1000;
    static final long ZERO_PAGE = 0x2000;
    static final long COMMAND_LINE = 0x3000;
    static final long PAGE_TABLES = 0x4000;
    private static final int CODE = 0x10;
    private static final int DATA = 0x18;
    private static final int TASK = 0x20;
    private static final long MIB2 = 0x20_0000;

    private LinuxLoader() {}

    /**
     * Puts everything into memory.
     *
     * @param initrd null for none
     * @return the state to start the boot processor in
     * @throws BootException when something does not fit
     */
    public static InitialState load(LinuxImage image, byte[] initrd, String commandLine, FirmwareTables firmware, GuestMemory memory) throws BootException {
        if (image.end() > memory.lowBytes()) {
            throw new BootException("the kernel needs memory up to %d MiB, the guest has %d MiB: give it more with --memory"
                    .formatted(mebibytes(image.end()), memory.lowBytes() >> 20));
        }
        byte[] text = (commandLine + '\0').getBytes(StandardCharsets.ISO_8859_1);
        int most = Math.min(4095, image.commandLineLimit());
        if (text.length - 1 > most) {
            throw new BootException("the command line has %d characters, this kernel takes %d".formatted(text.length - 1, most));
        }
        for (LinuxImage.Piece p : image.segments()) {
            memory.write(p.physical(), p.file(), p.offset(), p.length());
        }
        long initrdAt = 0;
        if (initrd != null) {
            initrdAt = image.end() + MIB2 - 1 & -MIB2;
            if (initrdAt + initrd.length > memory.lowBytes()) {
                throw new BootException("the initrd of %d MiB does not fit behind the kernel in %d MiB of memory: at least %d MiB are needed"
                        .formatted(initrd.length >> 20, memory.lowBytes() >> 20, mebibytes(initrdAt + initrd.length)));
            }
            memory.write(initrdAt, initrd, 0, initrd.length);
        }
        write(memory, GDT, gdt(image.longMode()));
        write(memory, ZERO_PAGE, zeroPage(image, initrdAt, initrd == null ? 0 : initrd.length, text.length - 1, firmware));
        write(memory, COMMAND_LINE, text);
        if (image.longMode()) {
            write(memory, PAGE_TABLES, pageTables());
        }
        for (FirmwarePiece piece : firmware.pieces()) {
            write(memory, piece.address(), piece.bytes());
        }
        if (!image.longMode()) {
            return new InitialState(false, image.entry(), 0, 0, 0, ZERO_PAGE, 0x11, 0, 0, 0, CODE, DATA, 0, GDT, 0x1F);
        }
        return new InitialState(true, image.entry(), 0, 0, 0, ZERO_PAGE, 0x8000_0031L, PAGE_TABLES, 0x20, 0xD01, CODE, DATA, TASK, GDT, 0x2F);
    }

    /** Rounded up, for messages. */
    private static long mebibytes(long bytes) {
        return bytes + (1 << 20) - 1 >> 20;
    }

    private static void write(GuestMemory memory, long physical, byte[] data) {
        memory.write(physical, data, 0, data.length);
    }

    /** Null, null, code, data, TSS (16 bytes, for 64-bit code only). */
    static byte[] gdt(boolean longMode) {
        return ByteBuffer.allocate(0x30).order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(0)
                .putLong(longMode ? 0x00AF_9B00_0000_FFFFL : 0x00CF_9B00_0000_FFFFL).putLong(0x00CF_9300_0000_FFFFL)
                .putLong(0x0000_8B00_0000_0067L).putLong(0).array();
    }

    /** PML4, PDPT and four page directories: the low 4 GiB in 2 MiB pages. */
    static byte[] pageTables() {
        ByteBuffer b = ByteBuffer.allocate(6 * Page.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        b.putLong(0, PAGE_TABLES + 0x1000 | 3);
        for (int i = 0; i < 4; i++) {
            b.putLong(0x1000 + 8 * i, PAGE_TABLES + 0x2000 + 0x1000L * i | 3);
        }
        for (int i = 0; i < 2048; i++) {
            b.putLong(0x2000 + 8 * i, i * MIB2 | 0x83);
        }
        return b.array();
    }

    static byte[] zeroPage(LinuxImage image, long initrd, long initrdSize, int commandLineSize, FirmwareTables firmware) {
        ByteBuffer b = ByteBuffer.allocate(Page.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        b.put(0x1F1, image.setupHeader());
        b.putLong(0x70, firmware.layout().rsdp());
        b.put(0x210, (byte) 0xFF);
        b.putInt(0x218, (int) initrd);
        b.putInt(0x21C, (int) initrdSize);
        b.putInt(0x228, (int) COMMAND_LINE);
        if (image.setupHeader().length == 0) {
            b.putShort(0x1FE, (short) 0xAA55);
            b.putInt(0x202, 0x53726448);
            b.putShort(0x206, (short) 0x20C);
            b.put(0x211, (byte) 1);
            b.putInt(0x238, commandLineSize);
        }
        int n = 0;
        for (E820Entry r : firmware.layout().e820()) {
            b.putLong(0x2D0 + 20 * n, r.base());
            b.putLong(0x2D0 + 20 * n + 8, r.length());
            b.putInt(0x2D0 + 20 * n + 16, r.type());
            n++;
        }
        b.put(0x1E8, (byte) n);
        return b.array();
    }
}
