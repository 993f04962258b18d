package dev.hv.cli.debug;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.LinearProbe;
import java.util.function.ToLongFunction;

/**
 * A register of a processor to a debugger.
 *
 * @param feature of the target description that it is in
 * @param bits its width: 32, 64, 80 or 128
 */
record Register(String feature, String name, int bits, String type, Get get, Set set) {

    /** Reads a half of 64 bits: 0 is the low one. */
    interface Get {
        long half(Cpu c, int half);
    }

    /** Writes a half. */
    interface Set {
        /**
         * Writes.
         *
         * @param tables the memory that descriptor tables are read from
         * @throws dev.hv.cpu.state.GuestFault when a processor cannot come to hold that, before anything changes
         */
        void half(Cpu c, int half, long value, LinearProbe.Memory tables);
    }

    /** Writes a register of up to 64 bits. */
    interface SetWhole {
        void to(Cpu c, long value);
    }

    static Register of(String feature, String name, int bits, String type, ToLongFunction<Cpu> get, SetWhole set) {
        return new Register(feature, name, bits, type, (c, half) -> get.applyAsLong(c), (c, half, value, tables) -> set.to(c, value));
    }

    /** Throws the fault of a value that a processor cannot come to hold. */
    static void check(Cpu c, boolean possible) {
        if (!possible) {
            throw c.gp();
        }
    }
}
