package dev.hv.cli.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** A guest that prints a text on the first serial port, and does one thing ever after. */
public final class SmallGuest {

    /** What the guest does when it has printed its text. */
    public enum Then { SPIN, HALT, CRASH, PRINT_AGAIN }

    /** Bytes of the code that prints. */
    private static final int PRINTING = 17;

    private SmallGuest() {}

    /** Writes the image. */
    public static Path write(Path file, String text, Then then) throws IOException {
        byte[] after = switch (then) {
            case SPIN -> new byte[] {(byte) 0xEB, (byte) 0xFE};
            case HALT -> new byte[] {(byte) 0xFA, (byte) 0xF4, (byte) 0xEB, (byte) 0xFC};
            // UD2 without an interrupt table
            case CRASH -> new byte[] {0x0F, 0x0B};
            // back over itself and all that prints
            case PRINT_AGAIN -> new byte[] {(byte) 0xEB, (byte) -(2 + PRINTING)};
        };
        byte[] words = (text + '\0').getBytes(StandardCharsets.US_ASCII);
        ByteBuffer code = ByteBuffer.allocate(PRINTING + after.length + words.length).order(ByteOrder.LITTLE_ENDIAN);
        // mov esi, text; mov dx, 3F8h; next: lodsb; test al, al; jz end; out dx, al; jmp next; end:
        code.put((byte) 0xBE).putInt(TinyGuest.CODE + PRINTING + after.length).put(new byte[] {0x66, (byte) 0xBA, (byte) 0xF8, 0x03});
        code.put(new byte[] {(byte) 0xAC, (byte) 0x84, (byte) 0xC0, 0x74, 0x03, (byte) 0xEE, (byte) 0xEB, (byte) 0xF8});
        code.put(after).put(words);
        return TinyGuest.write(file, IntStream.range(0, code.capacity()).map(i -> code.get(i)).toArray());
    }
}
