package dev.hv.devices.nvme;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import java.util.Arrays;

/** A command as it was fetched (4.2): its 64 bytes, and whose they are. */
record NvmeCommand(int queue, byte[] bytes) {

    int opcode() {
        return bytes[0] & 0xFF;
    }

    /** Fused operation and how data is described, the bits above the opcode. */
    int flags() {
        return bytes[1] & 0xFF;
    }

    int id() {
        return LittleEndian.u16(bytes, 2);
    }

    int namespace() {
        return LittleEndian.u32(bytes, 4);
    }

    /** First and second half of the data pointer. */
    long prp1() {
        return LittleEndian.u64(bytes, 24);
    }

    long prp2() {
        return LittleEndian.u64(bytes, 32);
    }

    /** Command dword 10 … 15. */
    int dword(int number) {
        return LittleEndian.u32(bytes, 4 * number);
    }

    /** Starting block, of commands that have one. */
    long block() {
        return LittleEndian.u64(bytes, 40);
    }

    /** Number of blocks, of commands that have one. */
    int blocks() {
        return (dword(12) & 0xFFFF) + 1;
    }

    /** The command that was saved as its bytes. */
    static NvmeCommand restored(int queue, StateReader in) {
        return new NvmeCommand(queue, Arrays.copyOf(in.takeBytes(), NvmeFormat.COMMAND));
    }
}
