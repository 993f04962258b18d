package dev.hv.cli.debug;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.LinearProbe;
import java.util.Arrays;
import java.util.function.BiPredicate;

/** A target's memory as one of its processors sees it, or by physical addresses. */
final class VirtualMemory {

    private static final int PAGE = 0x1000;

    private final DebugTarget target;
    /** Addresses are physical. */
    boolean physical;

    VirtualMemory(DebugTarget target) {
        this.target = target;
    }

    /** Where an address leads, or {@link LinearProbe#NOWHERE}. */
    long translate(Cpu c, long address) {
        return physical ? address : LinearProbe.translate(c, address, tables(), LinearProbe.Steps.NONE);
    }

    /** The target's memory as tables are read from it. */
    LinearProbe.Memory tables() {
        return words(target::read);
    }

    /** Little-endian words of memory. */
    static LinearProbe.Memory words(BiPredicate<Long, byte[]> read) {
        byte[] word = new byte[8];
        return (at, size) -> {
            byte[] bytes = size == word.length ? word : new byte[size];
            if (!read.test(at, bytes)) {
                return 0;
            }
            return size == word.length ? LittleEndian.u64(bytes, 0) : LittleEndian.u32(bytes, 0) & 0xFFFFFFFFL;
        };
    }

    /** Reads as much as there is from an address on, up to a length. */
    byte[] read(Cpu c, long address, int length) {
        byte[] all = new byte[length];
        int done = 0;
        while (done < length) {
            long a = address + done;
            byte[] part = new byte[Math.min(length - done, PAGE - (int) (a & PAGE - 1))];
            long p = translate(c, a);
            if (p < 0 || !target.read(p, part)) {
                break;
            }
            System.arraycopy(part, 0, all, done, part.length);
            done += part.length;
        }
        return Arrays.copyOf(all, done);
    }

    /** Writes; false when some of it is not there, and then nothing was written. */
    boolean write(Cpu c, long address, byte[] data) {
        // all of it, or nothing
        if (read(c, address, data.length).length < data.length) {
            return false;
        }
        for (int done = 0; done < data.length; ) {
            long a = address + done;
            int n = Math.min(data.length - done, PAGE - (int) (a & PAGE - 1));
            if (!target.write(translate(c, a), Arrays.copyOfRange(data, done, done + n))) {
                return false;
            }
            done += n;
        }
        return true;
    }
}
