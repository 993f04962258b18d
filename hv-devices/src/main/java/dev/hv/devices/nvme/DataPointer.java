package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;
import java.util.Arrays;

/**
 * Where in memory the data of a command is: physical region pages (4.3) or scatter gather lists (4.4), read and checked, as pieces in order. Bit
 * buckets are pieces at {@link #BUCKET}.
 */
final class DataPointer {

    private static final long BUCKET = -1;
    private static final int DESCRIPTOR = 16;
    /** Descriptors and segments of a list at most: more are refused, as a guest can make lists without end. */
    private static final int MOST_DESCRIPTORS = 1024;
    private static final int MOST_SEGMENTS = 64;
    private static final int DATA = 0;
    private static final int BIT_BUCKET = 1;
    private static final int SEGMENT = 2;
    private static final int LAST_SEGMENT = 3;

    private final DmaView memory;
    private final int page;
    private long[] addresses = new long[8];
    private int[] lengths = new int[8];
    private int count;
    private int total;

    private DataPointer(DmaView memory, int page) {
        this.memory = memory;
        this.page = page;
    }

    /** A pointer, or why there is none: a status. */
    record Parsed(DataPointer pointer, int status) {}

    /**
     * Follows the pointer of a command.
     *
     * @param page bytes of a memory page as the controller is configured
     * @param length bytes that the command moves
     * @param toMemory whether to memory: bit buckets take nothing of what comes from there
     */
    static Parsed parse(NvmeCommand command, DmaView memory, int page, int length, boolean toMemory) {
        var pointer = new DataPointer(memory, page);
        int status = switch (command.flags() >> 6) {
            case 0 -> pointer.pages(command.prp1(), command.prp2(), length);
            case 1, 2 -> pointer.list(Arrays.copyOfRange(command.bytes(), 24, 24 + DESCRIPTOR), length, toMemory);
            default -> INVALID_FIELD;
        };
        return new Parsed(status == OK ? pointer : null, status);
    }

    private void add(long address, int length) {
        if (length == 0) {
            return;
        }
        if (count == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        addresses[count] = address;
        lengths[count++] = length;
        total += length;
    }

    // ---- physical region pages -----------------------------------------------------------------------------------------------

    private int pages(long first, long second, int length) {
        if ((first & 3) != 0) {
            return PRP_OFFSET_INVALID;
        }
        add(first, (int) Math.min(length, page - (first & page - 1)));
        int left = length - total;
        if (left == 0) {
            return OK;
        }
        if (left <= page) {
            if ((second & page - 1) != 0) {
                return PRP_OFFSET_INVALID;
            }
            add(second, left);
            return OK;
        }
        return (second & 7) != 0 ? PRP_OFFSET_INVALID : pageList(second, length);
    }

    /** Lists fill pages; the last entry of one that is not enough leads to the next. */
    private int pageList(long list, int length) {
        long at = list;
        byte[] entries = new byte[page];
        while (total < length) {
            int room = (int) (page - (at & page - 1)) / 8;
            int needed = Math.ceilDiv(length - total, page);
            int n = Math.min(room, needed);
            if (!memory.read(at, entries, 0, n * 8)) {
                return DATA_TRANSFER_ERROR;
            }
            int own = n < needed ? n - 1 : n;
            for (int i = 0; i < own; i++) {
                long address = LittleEndian.u64(entries, 8 * i);
                if ((address & page - 1) != 0) {
                    return PRP_OFFSET_INVALID;
                }
                add(address, Math.min(page, length - total));
            }
            if (n < needed) {
                at = LittleEndian.u64(entries, 8 * own);
                if ((at & page - 1) != 0) {
                    return PRP_OFFSET_INVALID;
                }
            }
        }
        return OK;
    }

    // ---- scatter gather lists ------------------------------------------------------------------------------------------------

    private int list(byte[] first, int length, boolean toMemory) {
        byte[] segment = first;
        boolean last = false;
        int seen = 0;
        for (int n = 0; n <= MOST_SEGMENTS; n++) {
            byte[] next = null;
            int descriptors = segment.length / DESCRIPTOR;
            seen += descriptors;
            if (seen > MOST_DESCRIPTORS) {
                return INVALID_SGL_COUNT;
            }
            for (int i = 0; i < descriptors; i++) {
                int at = i * DESCRIPTOR;
                long address = LittleEndian.u64(segment, at);
                long bytes = LittleEndian.u32(segment, at + 8) & 0xFFFF_FFFFL;
                int type = segment[at + 15] >> 4 & 0xF;
                if ((segment[at + 15] & 0xF) != 0) {
                    return SGL_TYPE_INVALID;
                }
                switch (type) {
                    case DATA -> add(address, (int) Math.min(bytes, length - total));
                    case BIT_BUCKET -> add(BUCKET, toMemory ? (int) Math.min(bytes, length - total) : 0);
                    case SEGMENT, LAST_SEGMENT -> {
                        // it leads on from the end of a segment that is not the last
                        if (i != descriptors - 1 || last || bytes == 0 || bytes % DESCRIPTOR != 0 || bytes > MOST_DESCRIPTORS * DESCRIPTOR) {
                            return INVALID_SGL_SEGMENT;
                        }
                        last = type == LAST_SEGMENT;
                        next = new byte[(int) bytes];
                        if (!memory.read(address, next, 0, next.length)) {
                            return DATA_TRANSFER_ERROR;
                        }
                    }
                    default -> {
                        return SGL_TYPE_INVALID;
                    }
                }
            }
            if (next == null) {
                return total < length ? SGL_LENGTH_INVALID : OK;
            }
            segment = next;
        }
        return INVALID_SGL_COUNT;
    }

    // ---- data ----------------------------------------------------------------------------------------------------------------

    /** Copies to memory; false when part of it cannot be reached. */
    boolean scatter(byte[] from) {
        int at = 0;
        for (int i = 0; i < count; i++) {
            if (addresses[i] != BUCKET && !memory.write(addresses[i], from, at, lengths[i])) {
                return false;
            }
            at += lengths[i];
        }
        return true;
    }

    /** Copies from memory; false when part of it cannot be reached. */
    boolean gather(byte[] to) {
        int at = 0;
        for (int i = 0; i < count; i++) {
            if (!memory.read(addresses[i], to, at, lengths[i])) {
                return false;
            }
            at += lengths[i];
        }
        return true;
    }
}
