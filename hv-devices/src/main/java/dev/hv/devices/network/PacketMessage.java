package dev.hv.devices.network;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.network.RndisFormat.*;

/** RNDIS packet messages: a frame with per-packet information in front. */
final class PacketMessage {

    /** Bytes in front of the frame at most. */
    static final int MOST_HEADER = PACKET_HEADER + 2 * (INFO_HEADER + 4);

    private PacketMessage() {}

    /**
     * A message with a frame or a part of one.
     *
     * @param checksums check sum information, 0 for none
     * @param part flags of a part of a frame, 0 for a whole one
     */
    static byte[] of(byte[] frame, int offset, int length, int checksums, int part) {
        int infos = (checksums != 0 ? INFO_HEADER + 4 : 0) + (part != 0 ? INFO_HEADER + 4 : 0);
        byte[] m = new byte[PACKET_HEADER + infos + length];
        put32(m, TYPE, PACKET);
        put32(m, LENGTH, m.length);
        put32(m, DATA_OFFSET, PACKET_HEADER + infos - BODY);
        put32(m, DATA_LENGTH, length);
        if (infos != 0) {
            put32(m, PPI_OFFSET, PACKET_HEADER - BODY);
            put32(m, PPI_LENGTH, infos);
        }
        int at = PACKET_HEADER;
        if (checksums != 0) {
            put32(m, info(m, at, CHECKSUM_INFO), checksums);
            at += INFO_HEADER + 4;
        }
        if (part != 0) {
            int data = info(m, at, PACKET_ID_INFO);
            m[data] = PACKET_ID_VERSION;
            m[data + 1] = (byte) part;
            put16(m, data + 2, 0);
        }
        System.arraycopy(frame, offset, m, PACKET_HEADER + infos, length);
        return m;
    }

    private static int info(byte[] m, int at, int type) {
        put32(m, at + INFO_SIZE, INFO_HEADER + 4);
        put32(m, at + INFO_TYPE, type);
        put32(m, at + INFO_DATA, INFO_HEADER);
        return at + INFO_HEADER;
    }

    /**
     * Finds per-packet information of 32 bits.
     *
     * @param at start of the message, all of whose {@code size} bytes are there
     * @return where it is, or -1 when there is none of this type
     */
    static int find(byte[] m, int at, int size, int type) {
        long from = (u32(m, at + PPI_OFFSET) & 0xFFFF_FFFFL) + BODY;
        long end = from + (u32(m, at + PPI_LENGTH) & 0xFFFF_FFFFL);
        if (from < PACKET_HEADER || end > size) {
            return -1;
        }
        while (end - from >= INFO_HEADER + 4) {
            int record = at + (int) from;
            long bytes = u32(m, record + INFO_SIZE) & 0xFFFF_FFFFL;
            long data = u32(m, record + INFO_DATA) & 0xFFFF_FFFFL;
            if (bytes < INFO_HEADER || bytes > end - from) {
                return -1;
            }
            if (u32(m, record + INFO_TYPE) == type) {
                return data + 4 <= bytes ? record + (int) data : -1;
            }
            from += bytes;
        }
        return -1;
    }
}
