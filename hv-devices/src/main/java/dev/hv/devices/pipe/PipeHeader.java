package dev.hv.devices.pipe;

import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u32;

/** What stands in front of a message in a channel that is used as a pipe (Linux, include/linux/hyperv.h: vmpipe_proto_header): type u32, bytes behind it u32, little-endian. */
public final class PipeHeader {

    /** Bytes of the header. */
    public static final int SIZE = 8;

    private static final int TYPE = 0;
    private static final int DATA = 1;
    private static final int LENGTH = 4;

    private PipeHeader() {}

    /** Whether a packet of this length is a message of data, of so many bytes at least with its header. */
    public static boolean data(byte[] m, int length, int least) {
        return length >= Math.max(least, SIZE) && u32(m, TYPE) == DATA;
    }

    /** Fills in the header of a message of data, which reaches to the end of the array. */
    public static void fill(byte[] m) {
        put32(m, TYPE, DATA);
        put32(m, LENGTH, m.length - SIZE);
    }
}
