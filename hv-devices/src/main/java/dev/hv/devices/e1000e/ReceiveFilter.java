package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.devices.network.PortVlans;

/** Which frames the system is given (datasheet, 7.1.1): by exact addresses, the hash of addresses of groups, and VLANs. */
final class ReceiveFilter {

    /** What comes of a frame. */
    enum Verdict { DROPPED, EXACT, INEXACT }

    private static final int WORD_MASK = 0xFFFF;
    /** How far the last two bytes of an address are shifted for its hash, by the offset that RCTL names. */
    private static final int[] HASH_SHIFTS = {4, 3, 2, 0};

    private final RegisterFile registers;

    ReceiveFilter(RegisterFile registers) {
        this.registers = registers;
    }

    Verdict judge(byte[] b, int offset, int length) {
        int control = registers.get(RCTL);
        int vlan = PortVlans.tag(b, offset, length);
        if ((control & VLAN_FILTER) != 0 && vlan >= 0 && (registers.get(VFTA + 4 * (vlan >>> 5)) >>> (vlan & 31) & 1) == 0) {
            return Verdict.DROPPED;
        }
        int low = b[offset] & 0xFF | (b[offset + 1] & 0xFF) << 8 | (b[offset + 2] & 0xFF) << 16 | b[offset + 3] << 24;
        int high = b[offset + 4] & 0xFF | (b[offset + 5] & 0xFF) << 8;
        boolean group = (low & 1) != 0;
        if (low == -1 && high == WORD_MASK && (control & BROADCAST_ACCEPT) != 0) {
            return Verdict.EXACT;
        }
        for (int i = 0; i < ADDRESSES; i++) {
            int upper = registers.get(RAL + 8 * i + 4);
            if ((upper & ADDRESS_VALID) != 0 && registers.get(RAL + 8 * i) == low && (upper & WORD_MASK) == high) {
                return Verdict.EXACT;
            }
        }
        if ((control & (group ? MULTICAST_PROMISCUOUS : UNICAST_PROMISCUOUS)) != 0) {
            return Verdict.EXACT;
        }
        int hash = high >>> HASH_SHIFTS[control >>> 12 & 3] & 0xFFF;
        return group && (registers.get(MTA + 4 * (hash >>> 5)) >>> (hash & 31) & 1) != 0 ? Verdict.INEXACT : Verdict.DROPPED;
    }
}
