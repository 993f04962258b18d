package dev.hv.cli.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A multiboot guest of a few bytes: prints a text on the first serial port, and does one thing ever after. */
final class SmallGuest {

    /** What the guest does when it has printed its text. */
    enum Then { SPIN, HALT, PRINT_AGAIN }

    private static final int BASE = 0x10_0000;
    private static final int FILE_OFFSET = 0x200;
    /** Within the segment: behind the multiboot header, and behind the code. */
    private static final int ENTRY = 0x10;
    private static final int TEXT = 0x40;

    private SmallGuest() {}

    /** Writes the image. */
    static Path write(Path file, String text, Then then) throws IOException {
        ByteBuffer b = ByteBuffer.allocate(FILE_OFFSET + TEXT + text.length() + 1).order(ByteOrder.LITTLE_ENDIAN);
        // ELF32 for i386 (3) with one program header
        b.putInt(0, 0x464C457F).put(4, (byte) 1).put(5, (byte) 1).putShort(18, (short) 3).putInt(24, BASE + ENTRY).putInt(28, 52);
        b.putShort(42, (short) 32).putShort(44, (short) 1);
        int size = b.capacity() - FILE_OFFSET;
        b.putInt(52, 1).putInt(56, FILE_OFFSET).putInt(60, BASE).putInt(64, BASE).putInt(68, size).putInt(72, size);
        b.putInt(FILE_OFFSET, 0x1BADB002).putInt(FILE_OFFSET + 4, 0).putInt(FILE_OFFSET + 8, -0x1BADB002);
        // mov esi, text; mov dx, 3F8h; next: lodsb; test al, al; jz end; out dx, al; jmp next; end:
        b.position(FILE_OFFSET + ENTRY).put((byte) 0xBE).putInt(BASE + TEXT).put(new byte[] {0x66, (byte) 0xBA, (byte) 0xF8, 0x03});
        b.put(new byte[] {(byte) 0xAC, (byte) 0x84, (byte) 0xC0, 0x74, 0x03, (byte) 0xEE, (byte) 0xEB, (byte) 0xF8});
        b.put(switch (then) {
            case SPIN -> new byte[] {(byte) 0xEB, (byte) 0xFE};
            case HALT -> new byte[] {(byte) 0xFA, (byte) 0xF4, (byte) 0xEB, (byte) 0xFC};
            // back over itself (2), the loop (8) and the two moves (9)
            case PRINT_AGAIN -> new byte[] {(byte) 0xEB, (byte) -19};
        });
        b.position(FILE_OFFSET + TEXT).put(text.getBytes(StandardCharsets.US_ASCII));
        return Files.write(file, b.array());
    }
}
