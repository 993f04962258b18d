package dev.hv.cli.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A multiboot image of a few bytes of 32-bit code, loaded and entered at 1 MiB. */
public final class TinyGuest {

    /** Where the code begins. */
    public static final int CODE = 0x10_0010;

    private static final int BASE = 0x10_0000;
    private static final int HEADERS = 52 + 32;

    private TinyGuest() {}

    /** Writes the image. */
    public static Path write(Path file, int... code) throws IOException {
        int length = 16 + code.length;
        ByteBuffer b = ByteBuffer.allocate(HEADERS + length).order(ByteOrder.LITTLE_ENDIAN);
        b.put(new byte[] {0x7F, 'E', 'L', 'F', 1, 1, 1}).position(16);
        // executable, 386, entry, one program header behind this one
        b.putShort((short) 2).putShort((short) 3).putInt(1).putInt(CODE).putInt(52).putInt(0).putInt(0).putShort((short) 52).putShort((short) 32).putShort((short) 1);
        b.position(52);
        b.putInt(1).putInt(HEADERS).putInt(BASE).putInt(BASE).putInt(length).putInt(length).putInt(7).putInt(4);
        b.putInt(0x1BADB002).putInt(0).putInt(-0x1BADB002).putInt(0);
        for (int c : code) {
            b.put((byte) c);
        }
        return Files.write(file, b.array());
    }

    /** Code whose handler of #UD is UD2, its frames going where no memory is: it never retires another instruction. */
    public static int[] faultingHandler() {
        return new int[] {
            0xBC, 0, 0, 0, 0xE0,                           // mov esp,0xE0000000
            0xC7, 0x05, 0x30, 0, 0x20, 0, 0x36, 0, 0, 0,   // mov dword [0x200030],0x36: gate 6 of the table at 2 MiB, low half of the handler
            0x8C, 0x0D, 0x32, 0, 0x20, 0,                  // mov [0x200032],cs
            0xC7, 0x05, 0x34, 0, 0x20, 0, 0, 0x8E, 0x10, 0, // mov dword [0x200034],0x108E00: high half, interrupt gate
            0x0F, 0x01, 0x1D, 0x38, 0, 0x10, 0,            // lidt [0x100038]
            0x0F, 0x0B,                                    // 0x100036: ud2, the handler as well
            0xFF, 0x07, 0, 0, 0x20, 0                      // 0x100038: the table's limit and base
        };
    }

    /** Code that leaves through the debug-exit port. */
    public static int[] leaving() {
        // mov dx,0xF4; mov al,0; out
        return new int[] {0x66, 0xBA, 0xF4, 0, 0xB0, 0, 0xEE, 0xEB, 0xFE};
    }

    /** Code that prints for ever. */
    public static int[] flood() {
        // mov dx,0x3F8; mov al,'x'; out dx,al; jmp back
        return new int[] {0x66, 0xBA, 0xF8, 0x03, 0xB0, 'x', 0xEE, 0xEB, 0xFD};
    }

    /** Code that prints a line and leaves through the debug-exit port. */
    public static int[] greeting() {
        // mov dx,0x3F8; mov al,'h'; out; mov al,'i'; out; mov al,10; out; mov dx,0xF4; mov al,0; out
        return new int[] {0x66, 0xBA, 0xF8, 0x03, 0xB0, 'h', 0xEE, 0xB0, 'i', 0xEE, 0xB0, '\n', 0xEE, 0x66, 0xBA, 0xF4, 0, 0xB0, 0, 0xEE, 0xEB, 0xFE};
    }
}
