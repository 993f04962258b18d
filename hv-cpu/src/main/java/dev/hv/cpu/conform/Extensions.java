package dev.hv.cpu.conform;

import dev.hv.cpu.state.CpuModel;
import dev.hv.cpu.state.Feature;

/**
 * Which instruction-set extensions an encoding belongs to (SDM vol. 2, "CPUID Feature Flag" of each page; APM vol. 3, appendix D). Knows the
 * extensions that a processor model may be without, not every instruction.
 */
final class Extensions {

    private static final int VEX2 = 0xC5;
    private static final int VEX3 = 0xC4;
    private static final int EVEX = 0x62;
    private static final int REGISTER = 0xC0;

    private final byte[] bytes;
    private final boolean mode64;
    private int at;
    /** 0x66, 0xF2 or 0xF3 as the last of them counts, 0 without one. */
    private int prefix;

    private Extensions(byte[] bytes, boolean mode64) {
        this.bytes = bytes;
        this.mode64 = mode64;
    }

    /** Whether the instruction belongs to an extension that the model does not have. */
    static boolean lacking(CpuModel model, byte[] bytes, boolean mode64) {
        return new Extensions(bytes, mode64).lacking(model);
    }

    private boolean lacking(CpuModel model) {
        legacyPrefixes();
        int first = peek(0);
        boolean registerForm = mode64 || (peek(1) & REGISTER) == REGISTER;
        if (first == EVEX && registerForm) {
            // AVX-512 is nothing that a model can have
            return true;
        }
        if ((first == VEX2 || first == VEX3) && registerForm) {
            return vex(model);
        }
        if (mode64 && (first & 0xF0) == 0x40) {
            at++;
        }
        Feature f = peek(0) == 0x0F ? legacy(peek(1), peek(2)) : null;
        return f != null && !model.has(f);
    }

    private void legacyPrefixes() {
        while (at < bytes.length) {
            switch (peek(0)) {
                case 0xF2, 0xF3 -> prefix = peek(0);
                case 0x66 -> prefix = prefix == 0 ? 0x66 : prefix;
                case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x67, 0xF0 -> {}
                default -> {
                    return;
                }
            }
            at++;
        }
    }

    private int peek(int ahead) {
        return at + ahead < bytes.length ? bytes[at + ahead] & 0xFF : 0;
    }

    /** The extension of {@code 0F opcode next}, null for none that counts. */
    private Feature legacy(int opcode, int next) {
        boolean register = (next & REGISTER) == REGISTER;
        return switch (opcode) {
            case 0x2B -> prefix == 0xF2 || prefix == 0xF3 ? Feature.SSE4A : null;
            case 0x78, 0x79 -> Feature.SSE4A;
            case 0xAE -> !register && (next >> 3 & 7) >= 4 && (next >> 3 & 7) <= 6 && prefix == 0 ? Feature.XSAVE : null;
            case 0xC7 -> group9(next >> 3 & 7, register);
            case 0x38 -> map38(next);
            case 0x3A -> map3A(next);
            default -> null;
        };
    }

    private Feature group9(int digit, boolean register) {
        if (!register) {
            return digit >= 3 && digit <= 5 ? Feature.XSAVE : null;
        }
        return switch (digit) {
            case 6 -> Feature.RDRAND;
            case 7 -> prefix == 0xF3 ? Feature.RDPID : Feature.RDSEED;
            default -> null;
        };
    }

    private static Feature map38(int opcode) {
        if (opcode >= 0xC8 && opcode <= 0xCD) {
            return Feature.SHA;
        }
        return opcode == 0xCF ? Feature.GFNI : opcode >= 0xDB && opcode <= 0xDF ? Feature.AES : null;
    }

    private static Feature map3A(int opcode) {
        return switch (opcode) {
            case 0x44 -> Feature.PCLMULQDQ;
            case 0xCC -> Feature.SHA;
            case 0xCE, 0xCF -> Feature.GFNI;
            case 0xDF -> Feature.AES;
            default -> null;
        };
    }

    private boolean vex(CpuModel model) {
        boolean three = peek(0) == VEX3;
        int map = three ? peek(1) & 31 : 1;
        boolean wide = (peek(three ? 2 : 1) & 4) != 0;
        int opcode = peek(three ? 3 : 2);
        if (foreign(map, opcode)) {
            return true;
        }
        Feature general = bmi(map, opcode);
        if (general != null) {
            return !model.has(general);
        }
        Feature f = map == 2 ? vex38(opcode) : map == 3 ? vex3A(opcode) : wide && map == 1 && integer(opcode) ? Feature.AVX2 : Feature.AVX;
        return !model.has(Feature.AVX) || !model.has(f) || wide && wider(f) != null && !model.has(wider(f));
    }

    /** Of what no model can have under VEX: mask registers of AVX-512, AVX-VNNI and its kind, AVX-IFMA, AVX-NE-CONVERT, AMX, SM3, SM4, SHA512. */
    private static boolean foreign(int map, int opcode) {
        return switch (map) {
            case 1 -> opcode >= 0x41 && opcode <= 0x4B && opcode != 0x43 && opcode != 0x48 && opcode != 0x49 || opcode >= 0x90 && opcode <= 0x93
                    || opcode == 0x98 || opcode == 0x99;
            case 2 -> opcode >= 0x48 && opcode <= 0x53 || opcode == 0x5C || opcode == 0x5E || opcode == 0x6C || opcode == 0xB0 || opcode == 0xB1
                    || opcode == 0xB4 || opcode == 0xB5 || opcode >= 0xCB && opcode <= 0xCD || opcode >= 0xD2 && opcode <= 0xDA || opcode >= 0xE0 && opcode <= 0xEF;
            case 3 -> opcode >= 0x30 && opcode <= 0x33 || opcode == 0xDE;
            default -> false;
        };
    }

    /** What the 256-bit form of an extension's instructions needs besides. */
    private static Feature wider(Feature f) {
        return f == Feature.AES ? Feature.VAES : f == Feature.PCLMULQDQ ? Feature.VPCLMULQDQ : null;
    }

    /** Instructions on general registers. */
    private static Feature bmi(int map, int opcode) {
        if (map == 2) {
            return switch (opcode) {
                case 0xF2, 0xF3, 0xF7 -> Feature.BMI1;
                case 0xF5, 0xF6 -> Feature.BMI2;
                default -> null;
            };
        }
        return map == 3 && opcode == 0xF0 ? Feature.BMI2 : null;
    }

    private static Feature vex38(int opcode) {
        int low = opcode & 15;
        if (opcode >= 0x90 && opcode < 0xC0 && low >= 6) {
            return Feature.FMA;
        }
        return switch (opcode) {
            case 0x13 -> Feature.F16C;
            case 0x16, 0x36, 0x45, 0x46, 0x47, 0x58, 0x59, 0x5A, 0x78, 0x79, 0x8C, 0x8E, 0x90, 0x91, 0x92, 0x93 -> Feature.AVX2;
            default -> map38(opcode) != null ? map38(opcode) : Feature.AVX;
        };
    }

    private static Feature vex3A(int opcode) {
        return switch (opcode) {
            case 0x1D -> Feature.F16C;
            case 0x00, 0x01, 0x02, 0x38, 0x39, 0x46 -> Feature.AVX2;
            default -> map3A(opcode) != null ? map3A(opcode) : Feature.AVX;
        };
    }

    /** Whether an opcode of map 0F works on integers in vectors. */
    private static boolean integer(int opcode) {
        return opcode >= 0x60 && opcode <= 0x6D || opcode >= 0x70 && opcode <= 0x76 || opcode >= 0xD1 && opcode != 0xE6 && opcode != 0xF0 && opcode != 0xE7;
    }
}
