package dev.hv.cpu.translate;

/**
 * Where the guest's general registers are while machine code runs: most of them in themselves, so that implicit operands (CL, RDX:RAX, AH)
 * need no moves; RSP in R11, because the host's own stack pointer is left alone; R11 to R15 in the state.
 */
final class GuestRegisters {

    private static final int[] HOST = {0, 1, 2, 3, Assembler.R11, 5, 6, 7, 8, 9, 10, -1, -1, -1, -1, -1, -1};

    /** Register of the host that holds a register of the guest; -1 for one in the state. */
    int host(int guest) {
        return HOST[guest];
    }

    /** Copies a register of the guest to one of the host; leaves the flags alone. */
    void load(Assembler a, int to, int guest) {
        int h = HOST[guest];
        if (h >= 0) {
            a.move(64, to, h);
        } else {
            a.load(64, to, Assembler.field(guest));
        }
    }

    /** The register of the host that a register of the guest is in, or {@code scratch}, which it is loaded to. */
    int read(Assembler a, int guest, int scratch) {
        int h = HOST[guest];
        if (h >= 0) {
            return h;
        }
        a.load(64, scratch, Assembler.field(guest));
        return scratch;
    }

    /** Stores a register of the guest that is in the state from {@code scratch}. */
    void written(Assembler a, int guest, int scratch) {
        if (HOST[guest] < 0) {
            a.store(64, Assembler.field(guest), scratch);
        }
    }

    /** Registers of the guest in registers of the host, in pairs of (host, guest). */
    static void forEach(Pair action) {
        for (int guest = 0; guest < 16; guest++) {
            if (HOST[guest] >= 0) {
                action.accept(HOST[guest], guest);
            }
        }
    }

    /** Takes a pair. */
    interface Pair {
        void accept(int host, int guest);
    }
}
