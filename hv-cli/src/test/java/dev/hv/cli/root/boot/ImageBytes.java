package dev.hv.cli.root.boot;

import dev.hv.devices.firmware.E820Entry;
import dev.hv.devices.firmware.FirmwareLayout;
import dev.hv.devices.firmware.FirmwarePiece;
import dev.hv.devices.firmware.FirmwareTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Small images and tables written field by field, and memory to load them into. */
final class ImageBytes {

    static final byte[] PAYLOAD = "0123456789abcdefProtected-mode..".getBytes(StandardCharsets.US_ASCII);

    private ImageBytes() {}

    /** Memory from address 0; writing outside is an error. */
    static final class Ram implements GuestMemory {
        final byte[] bytes;

        Ram(int size) {
            bytes = new byte[size];
        }

        @Override
        public void write(long physical, byte[] data, int offset, int length) {
            System.arraycopy(data, offset, bytes, Math.toIntExact(physical), length);
        }

        @Override
        public long lowBytes() {
            return bytes.length;
        }

        String hex(int at, int length) {
            return HexFormat.of().formatHex(bytes, at, at + length);
        }
    }

    /** One piece at 0x90000, the root pointer at 0xE0000, two ranges of memory. */
    static FirmwareTables firmware(long memory) {
        return new FirmwareTables(List.of(new FirmwarePiece(0x9_0000, new byte[] {'F', 'A', 'C', 'S'})),
                new FirmwareLayout(0xE_0000, 0xF_0000, List.of(new E820Entry(0, 0x9_0000, 1), new E820Entry(0x10_0000, memory - 0x10_0000, 1)), null, 0, 0, 0, 0));
    }

    /** A relocatable bzImage of protocol 2.15: 4 setup sectors, 32 bytes of payload, 64 KiB needed at 16 MiB. */
    static byte[] bzImage() {
        ByteBuffer b = little(5 * 512 + PAYLOAD.length);
        b.put(0x1F1, (byte) 4);
        b.putInt(0x1F4, PAYLOAD.length / 16);
        b.putShort(0x1FE, (short) 0xAA55);
        b.putShort(0x200, (short) 0x6AEB);
        b.putInt(0x202, 0x53726448);
        b.putShort(0x206, (short) 0x020F);
        b.put(0x211, (byte) 1);
        b.put(0x234, (byte) 1);
        b.putShort(0x236, (short) 1);
        b.putInt(0x238, 2047);
        b.putLong(0x258, 0x100_0000);
        b.putInt(0x260, 0x1_0000);
        // behind the header's end (0x202 + 0x6A): must not reach the zero page
        b.putInt(0x26C, 0xDEADBEEF);
        b.put(5 * 512, PAYLOAD);
        return b.array();
    }

    /** An ELF64 file for a machine: one segment of 32 bytes in the file at 0x200, {@code inMemory} bytes at {@code physical}. */
    static byte[] elf64(int machine, long physical, long inMemory, long entry) {
        ByteBuffer b = little(0x200 + PAYLOAD.length);
        b.putInt(0, 0x464C457F);
        b.put(4, (byte) 2);
        b.put(5, (byte) 1);
        b.putShort(18, (short) machine);
        b.putLong(24, entry);
        b.putLong(32, 64);
        b.putShort(54, (short) 56);
        b.putShort(56, (short) 1);
        b.putInt(64, 1);
        b.putLong(64 + 8, 0x200);
        b.putLong(64 + 16, physical);
        b.putLong(64 + 24, physical);
        b.putLong(64 + 32, PAYLOAD.length);
        b.putLong(64 + 40, inMemory);
        b.put(0x200, PAYLOAD);
        return b.array();
    }

    /** An ELF32 file for i386, laid out as {@link #elf64}. */
    static byte[] elf32(int physical, int inMemory, int entry) {
        ByteBuffer b = little(0x200 + PAYLOAD.length);
        b.putInt(0, 0x464C457F);
        b.put(4, (byte) 1);
        b.put(5, (byte) 1);
        b.putShort(18, (short) 3);
        b.putInt(24, entry);
        b.putInt(28, 52);
        b.putShort(42, (short) 32);
        b.putShort(44, (short) 1);
        b.putInt(52, 1);
        b.putInt(52 + 4, 0x200);
        b.putInt(52 + 8, physical);
        b.putInt(52 + 12, physical);
        b.putInt(52 + 16, PAYLOAD.length);
        b.putInt(52 + 20, inMemory);
        b.put(0x200, PAYLOAD);
        return b.array();
    }

    /** Puts a multiboot header at 0x100. */
    static byte[] multiboot(byte[] elf, int flags) {
        ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN).putInt(0x100, 0x1BADB002).putInt(0x104, flags).putInt(0x108, -(0x1BADB002 + flags));
        return elf;
    }

    /** Puts a multiboot header with address fields at 0x100: that header's address, load, load end, BSS end, entry. */
    static byte[] multibootAt(byte[] file, int header, int load, int loadEnd, int bssEnd, int entry) {
        multiboot(file, 0x10000);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(0x10C, header).putInt(0x110, load).putInt(0x114, loadEnd).putInt(0x118, bssEnd)
                .putInt(0x11C, entry);
        return file;
    }

    static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
