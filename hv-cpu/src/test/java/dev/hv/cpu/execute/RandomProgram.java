package dev.hv.cpu.execute;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** Random instructions, most of them valid and in the places that a compiler would have them in; some bytes are just random. */
final class RandomProgram {

    private static final int[] ALU = {0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38};
    private static final int[] VECTOR = {0xFC, 0xFD, 0xFE, 0xD4, 0xF8, 0xFB, 0xDB, 0xDF, 0xEB, 0xEF, 0x74, 0x76, 0x64, 0x60, 0x6C, 0x6F, 0x7F, 0xF4, 0xD6};
    private static final int[] FLOATING = {0x51, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x10, 0x11, 0x2A, 0x2C, 0x5A, 0xC2};
    private static final int[] TWO_BYTES = {0xAF, 0xB6, 0xB7, 0xBE, 0xBF, 0xBC, 0xBD, 0xA3, 0xAB, 0xB3, 0xBB, 0xC0, 0xC1, 0xB0, 0xB1, 0xA5, 0xAD};

    private final Random r;
    private final boolean wide;
    /** Much of it is x87. */
    private final boolean numeric;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    RandomProgram(Random r, boolean wide) {
        this.r = r;
        this.wide = wide;
        numeric = r.nextInt(4) == 0;
    }

    /** An x87 instruction; control words with unmasked exceptions are few, and do not last. */
    private void numeric() {
        int opcode = 0xD8 + r.nextInt(8);
        int reg = r.nextInt(8);
        switch (r.nextInt(10)) {
            case 0 -> bytes(0xDB, 0xE3);
            case 1 -> bytes(0xD9, 0xE8 + r.nextInt(7));
            case 2, 3, 4 -> bytes(opcode, 0xC0 | reg << 3 | r.nextInt(8));
            case 5 -> bytes(0xDF, 0xE0);
            case 6 -> bytes(0x9B);
            default -> {
                if (wide && r.nextInt(4) == 0) {
                    out.write(0x40 | r.nextInt(8));
                }
                boolean control = (opcode & 1) != 0 && (reg == 4 || reg == 6 || opcode == 0xD9 && reg == 5);
                out.write(opcode);
                memory(control && r.nextInt(8) != 0 ? 0 : reg);
            }
        }
    }

    private void bytes(int... all) {
        for (int x : all) {
            out.write(x);
        }
    }

    private void immediate(int n) {
        long v = r.nextInt(3) == 0 ? r.nextLong() : r.nextInt(16) - 8;
        for (int i = 0; i < n; i++) {
            out.write((int) (v >> 8 * i));
        }
    }

    /** Prefixes: sometimes 66, mostly a REX in 64-bit code. @return bytes of an operand-sized immediate */
    private int prefixes() {
        if (wide && r.nextInt(24) == 0) {
            out.write(0x65);
        }
        if (!wide && r.nextInt(8) == 0) {
            out.write(new int[] {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65}[r.nextInt(6)]);
        }
        if (!wide && r.nextInt(16) == 0) {
            out.write(0x67);
        }
        boolean narrow = r.nextInt(8) == 0;
        if (narrow) {
            out.write(0x66);
        }
        boolean quad = false;
        if (wide && r.nextInt(4) != 0) {
            int rex = 0x40 | r.nextInt(16);
            quad = (rex & 8) != 0;
            out.write(rex);
        }
        return quad ? 4 : narrow ? 2 : 4;
    }

    /** ModRM of registers, or of memory that is mostly there. */
    private void modrm(int reg) {
        if (r.nextInt(2) == 0) {
            out.write(0xC0 | reg << 3 | r.nextInt(8));
            return;
        }
        memory(reg);
    }

    private void memory(int reg) {
        switch (r.nextInt(4)) {
            case 0 -> {
                int base = r.nextInt(8);
                if (base == 4 || base == 5) {
                    base = 3;
                }
                out.write(reg << 3 | base);
            }
            case 1 -> {
                int base = r.nextInt(8);
                out.write(0x40 | reg << 3 | base);
                if (base == 4) {
                    out.write(r.nextInt(256));
                }
                out.write(r.nextInt(256));
            }
            case 2 -> {
                // a page of data, absolute
                out.write(reg << 3 | (wide ? 4 : 5));
                if (wide) {
                    out.write(0x25);
                }
                address(0x200000 + r.nextInt(0x2000));
            }
            default -> {
                out.write(0x80 | reg << 3 | 4);
                out.write(r.nextInt(256));
                address(r.nextInt(0x40) - 0x20);
            }
        }
    }

    private void address(int a) {
        bytes(a, a >> 8, a >> 16, a >> 24);
    }

    /** The next instruction, at an offset in a program of so many bytes. */
    byte[] next(int at, int length) {
        out.reset();
        if (wide && r.nextInt(24) == 0) {
            system(length);
            return out.toByteArray();
        }
        if (numeric && r.nextInt(3) == 0) {
            numeric();
            return out.toByteArray();
        }
        if (r.nextInt(16) == 0) {
            vex();
            return out.toByteArray();
        }
        switch (r.nextInt(26)) {
            case 0, 1, 2, 3, 4 -> {
                prefixes();
                out.write(ALU[r.nextInt(8)] | r.nextInt(4));
                modrm(r.nextInt(8));
            }
            case 5, 6 -> {
                int size = prefixes();
                int op = r.nextInt(3);
                out.write(new int[] {0x80, 0x81, 0x83}[op]);
                modrm(r.nextInt(8));
                immediate(op == 1 ? size : 1);
            }
            case 7, 8 -> {
                prefixes();
                out.write(0x88 | r.nextInt(4));
                modrm(r.nextInt(8));
            }
            case 9 -> {
                prefixes();
                out.write(0x84 | r.nextInt(4));
                modrm(r.nextInt(8));
            }
            case 10, 11 -> {
                prefixes();
                int op = new int[] {0xC0, 0xC1, 0xD0, 0xD1, 0xD2, 0xD3}[r.nextInt(6)];
                out.write(op);
                modrm(r.nextInt(8));
                if (op < 0xD0) {
                    immediate(1);
                }
            }
            case 12 -> {
                int size = prefixes();
                boolean bytes = r.nextBoolean();
                out.write(bytes ? 0xF6 : 0xF7);
                int reg = r.nextInt(8);
                modrm(reg);
                if (reg < 2) {
                    immediate(bytes ? 1 : size);
                }
            }
            case 13 -> {
                prefixes();
                out.write(0xFE | r.nextInt(2));
                modrm(r.nextInt(2));
            }
            case 14, 15 -> {
                prefixes();
                bytes(0x0F, TWO_BYTES[r.nextInt(TWO_BYTES.length)]);
                modrm(r.nextInt(8));
            }
            case 16 -> {
                prefixes();
                int op = new int[] {0xA4, 0xAC, 0xBA}[r.nextInt(3)];
                bytes(0x0F, op);
                modrm(op == 0xBA ? 4 + r.nextInt(4) : r.nextInt(8));
                immediate(1);
            }
            case 17 -> {
                prefixes();
                bytes(0x0F, (r.nextBoolean() ? 0x40 : 0x90) | r.nextInt(16));
                modrm(r.nextInt(8));
            }
            case 18, 19 -> branch(at, length);
            case 20 -> {
                if (wide && r.nextBoolean()) {
                    out.write(0x41);
                }
                out.write((r.nextBoolean() ? 0x50 : 0x58) | r.nextInt(8));
            }
            case 21 -> {
                prefixes();
                out.write(0x8D);
                memory(r.nextInt(8));
            }
            case 22 -> {
                out.write(0x66);
                if (wide && r.nextBoolean()) {
                    out.write(0x40 | r.nextInt(8));
                }
                bytes(0x0F, VECTOR[r.nextInt(VECTOR.length)]);
                modrm(r.nextInt(8));
            }
            case 23 -> {
                out.write(r.nextBoolean() ? 0xF3 : 0xF2);
                int op = FLOATING[r.nextInt(FLOATING.length)];
                bytes(0x0F, op);
                modrm(r.nextInt(8));
                if (op == 0xC2) {
                    out.write(r.nextInt(8));
                }
            }
            case 24 -> {
                switch (r.nextInt(9)) {
                    // with a small count: a large one is many steps of the interpreter and nothing else
                    case 0 -> bytes(0xB9, r.nextInt(64), r.nextInt(3), 0, 0, 0xF3, 0xA4 | r.nextInt(2));
                    case 1 -> bytes(0xB9, r.nextInt(64), r.nextInt(3), 0, 0, 0xF3, 0xAA | r.nextInt(2));
                    case 2 -> out.write(0xA4 | r.nextInt(2));
                    case 3 -> out.write(0x9C);
                    case 4 -> out.write(0xFC);
                    case 5 -> out.write(new int[] {0xF5, 0xF8, 0xF9, 0x98, 0x99, 0x9E, 0x9F}[r.nextInt(7)]);
                    case 6 -> bytes(0xB9, r.nextInt(64), 0, 0, 0);
                    case 7 -> bytes(0x0F, 0xAE, 0xE8 + 8 * r.nextInt(3));
                    default -> out.write(0xFA | r.nextInt(2));
                }
            }
            default -> {
                // a pointer to data again, or rarely anything at all
                if (r.nextInt(12) == 0) {
                    int n = 1 + r.nextInt(6);
                    for (int i = 0; i < n; i++) {
                        out.write(r.nextInt(256));
                    }
                } else {
                    out.write(0xB8 | new int[] {0, 2, 3, 5, 6, 7}[r.nextInt(6)]);
                    address(r.nextInt(40) == 0 ? 0x100000 + r.nextInt(length) : 0x200000 + r.nextInt(0x2000));
                }
            }
        }
        return out.toByteArray();
    }

    /** An instruction under VEX, of one lane or two. */
    private void vex() {
        int prefix = r.nextInt(4);
        int map = r.nextInt(6) == 0 ? 2 : 1;
        int inverted = wide ? 0xE0 & ~(r.nextInt(4) << 6) : 0xE0;
        bytes(0xC4, inverted | map, (wide ? r.nextInt(16) : 8 | r.nextInt(8)) << 3 | r.nextInt(2) << 2 | prefix);
        int[] opcodes = prefix == 1 ? VECTOR : FLOATING;
        out.write(map == 2 ? r.nextInt(0x40) : r.nextInt(8) == 0 ? new int[] {0x77, 0xD7, 0x6E, 0x7E}[r.nextInt(4)] : opcodes[r.nextInt(opcodes.length)]);
        modrm(r.nextInt(8));
        if (r.nextInt(8) == 0) {
            // for those with an immediate; else an instruction of its own
            out.write(r.nextInt(8));
        }
    }

    /** System instructions of 64-bit code, system calls and returns among them. */
    private void system(int length) {
        switch (r.nextInt(9)) {
            case 0, 1 -> bytes(0x0F, 0x05);
            case 2, 3 -> {
                // RCX: somewhere in the program; R11: flags
                out.write(0xB9);
                address(0x100000 + r.nextInt(length));
                bytes(0x41, 0xBB);
                address(r.nextInt(4) != 0 ? 0x202 | r.nextInt(256) : r.nextInt(1 << 19));
                bytes(0x48, 0x0F, 0x07);
            }
            case 4 -> bytes(0x0F, 0x01, 0xF8);
            case 5 -> bytes(0x0F, 0x01, 0xCA | r.nextInt(2));
            case 6 -> out.write(0xFC | r.nextInt(2));
            case 7 -> {
                // RDPKRU, mostly with the number that it wants
                if (r.nextInt(4) != 0) {
                    bytes(0x31, 0xC9);
                }
                bytes(0x0F, 0x01, 0xEE);
            }
            default -> bytes(0x40 | r.nextInt(2), 0x0F, 0x20, 0xD0 | r.nextInt(8));
        }
    }

    /** A jump, on a condition or not, to somewhere near; most go forwards. */
    private void branch(int at, int length) {
        int to = r.nextInt(3) == 0 ? Math.max(0, at - r.nextInt(60)) : Math.min(length, at + 2 + r.nextInt(40));
        int distance = to - (at + 2);
        if (distance < -128 || distance > 127) {
            distance = 0;
        }
        out.write(r.nextInt(8) == 0 ? 0xEB : r.nextInt(10) == 0 ? 0xE2 + r.nextInt(2) : 0x70 | r.nextInt(16));
        out.write(distance);
    }
}
