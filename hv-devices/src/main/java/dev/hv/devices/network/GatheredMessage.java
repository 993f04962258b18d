package dev.hv.devices.network;

import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.devices.network.NvspFormat.*;

import dev.hv.vmbus.memory.GuestBuffer;
import dev.hv.vmbus.ring.Packet;

/** The RNDIS messages of a packet of the guest, gathered from its send buffer and its own pages. */
final class GatheredMessage {

    /** Bytes of a section of the send buffer. */
    static final int SECTION_SIZE = 6144;

    private static final int MOST = 1 << 17;

    private byte[] bytes = new byte[8192];

    /** What was gathered last. */
    byte[] bytes() {
        return bytes;
    }

    /**
     * Copies messages out of guest memory: those in a section first.
     *
     * @param m the NVSP message
     * @param packet the packet it came with
     * @param send the send buffer, or null
     * @return their length, or -1
     */
    int gather(byte[] m, Packet packet, GuestBuffer send) {
        int section = u32(m, RNDIS_SECTION);
        long inSection = section == NO_SECTION ? 0 : u32(m, RNDIS_SECTION_BYTES) & 0xFFFF_FFFFL;
        long total = inSection;
        for (GuestBuffer b : packet.buffers()) {
            total += b.length();
        }
        if (total > MOST || inSection > SECTION_SIZE) {
            return -1;
        }
        if (bytes.length < total) {
            bytes = new byte[MOST];
        }
        int at = 0;
        if (section != NO_SECTION) {
            long offset = (section & 0xFFFF_FFFFL) * SECTION_SIZE;
            if (send == null || !send.read(offset, bytes, 0, (int) inSection)) {
                return -1;
            }
            at = (int) inSection;
        }
        for (GuestBuffer b : packet.buffers()) {
            if (!b.read(0, bytes, at, (int) b.length())) {
                return -1;
            }
            at += (int) b.length();
        }
        return at;
    }
}
