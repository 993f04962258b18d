package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SortedMap;

/** The structures by which a controller describes itself (5.15.2). */
final class NvmeIdentity {

    /** PCI identity, of the same vendor as the host bridge. */
    static final int VENDOR = 0x1414;
    static final int DEVICE = 0xB111;
    static final String MODEL = "hv NVMe disk";
    static final String FIRMWARE = "1.0";
    /** Entries of the error log. */
    static final int ERRORS = 64;
    /** Asynchronous event requests that wait at most. */
    static final int EVENTS = 4;
    /** Commands to abort at a time. */
    private static final int ABORTS = 4;
    /** Compare, dataset management, write zeroes. */
    private static final int OPTIONAL_COMMANDS = 1 | 1 << 2 | 1 << 3;
    /** There is a write cache, and a flush of all namespaces is not supported. */
    private static final int WRITE_CACHE = 1 | 2 << 1;
    /** Supported without alignment, bit buckets, lists longer than the data. */
    private static final int LISTS = 1 | 1 << 16 | 1 << 18;
    private static final int COMMANDS_AND_EFFECTS_LOG = 1 << 1;
    private static final int FIRST_SLOT_READ_ONLY = 1 | 1 << 1;

    private NvmeIdentity() {}

    private static void text(byte[] to, int at, int length, String text) {
        Arrays.fill(to, at, at + length, (byte) ' ');
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, to, at, Math.min(length, ascii.length));
    }

    /** Identify controller. */
    static byte[] controller(String serial, int namespaces) {
        byte[] d = new byte[PAGE];
        LittleEndian.put16(d, 0, VENDOR);
        LittleEndian.put16(d, 2, VENDOR);
        text(d, 4, 20, serial);
        text(d, 24, 40, MODEL);
        text(d, 64, 8, FIRMWARE);
        d[77] = MDTS;
        LittleEndian.put32(d, 80, VERSION);
        d[111] = 1;
        d[258] = ABORTS - 1;
        d[259] = EVENTS - 1;
        d[260] = FIRST_SLOT_READ_ONLY;
        d[261] = COMMANDS_AND_EFFECTS_LOG;
        d[262] = ERRORS - 1;
        LittleEndian.put16(d, 266, NvmeFeatures.WARNING_TEMPERATURE);
        LittleEndian.put16(d, 268, NvmeFeatures.WARNING_TEMPERATURE + 10);
        d[512] = COMMAND_SHIFT << 4 | COMMAND_SHIFT;
        d[513] = COMPLETION_SHIFT << 4 | COMPLETION_SHIFT;
        LittleEndian.put32(d, 516, namespaces);
        LittleEndian.put16(d, 520, OPTIONAL_COMMANDS);
        d[525] = WRITE_CACHE;
        LittleEndian.put32(d, 536, LISTS);
        byte[] name = ("nqn.2014-08.org.nvmexpress:hv:" + serial.strip()).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, d, 768, Math.min(name.length, 223));
        // power state 0: 10 W
        LittleEndian.put16(d, 2048, 1000);
        return d;
    }

    /** Identify namespace; one that is not there is all zero. */
    static byte[] namespace(NvmeNamespace n) {
        byte[] d = new byte[PAGE];
        if (n == null) {
            return d;
        }
        LittleEndian.put64(d, 0, n.blocks());
        LittleEndian.put64(d, 8, n.blocks());
        LittleEndian.put64(d, 16, n.blocks());
        boolean discards = n.disk().discards();
        // preferred sizes are given; what was deallocated reads as zero
        d[24] = (byte) (discards ? 1 << 4 : 0);
        d[33] = (byte) (discards ? 1 | 1 << 3 : 1);
        int physical = Math.max(n.disk().physicalSectorSize() >> n.blockShift(), 1);
        if (discards) {
            for (int at = 64; at <= 72; at += 2) {
                LittleEndian.put16(d, at, physical - 1);
            }
        }
        LittleEndian.put64(d, 48, n.disk().size());
        // read-only is a state of namespaces since 1.4: bit 0 of NSATTR
        d[99] = (byte) (n.disk().readOnly() ? 1 : 0);
        System.arraycopy(n.identity(), 0, d, 104, 16);
        d[130] = (byte) n.blockShift();
        return d;
    }

    /** Active namespaces above a number, ascending. */
    static byte[] list(SortedMap<Integer, NvmeNamespace> all, int above) {
        byte[] d = new byte[PAGE];
        int at = 0;
        for (int n : all.keySet()) {
            if (Integer.compareUnsigned(n, above) > 0 && at < PAGE) {
                LittleEndian.put32(d, at, n);
                at += 4;
            }
        }
        return d;
    }

    /** Identification descriptors of a namespace: its globally unique identifier (type 2). */
    static byte[] descriptors(NvmeNamespace n) {
        byte[] d = new byte[PAGE];
        d[0] = 2;
        d[1] = 16;
        System.arraycopy(n.identity(), 0, d, 4, 16);
        return d;
    }

    /** Which commands are supported, and what they change (5.14.1.5). */
    static byte[] effects() {
        byte[] d = new byte[PAGE];
        for (int admin : new int[] {DELETE_SQ, CREATE_SQ, GET_LOG_PAGE, DELETE_CQ, CREATE_CQ, IDENTIFY, ABORT, SET_FEATURES, GET_FEATURES, ASYNC_EVENT}) {
            d[4 * admin] = 1;
        }
        for (int command : new int[] {FLUSH, READ, COMPARE}) {
            d[1024 + 4 * command] = 1;
        }
        for (int command : new int[] {WRITE, WRITE_ZEROES, DATASET_MANAGEMENT}) {
            d[1024 + 4 * command] = 3;
        }
        return d;
    }
}
