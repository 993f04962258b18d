package dev.hv.devices.network;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * Which virtual LANs a port of a switch belongs to (IEEE 802.1Q). Frames without a tag, and those with the identifier 0, which says a priority alone, belong to the port's native VLAN; 0 is the one of all who say nothing about VLANs.
 *
 * @param nativeVlan VLAN of frames without a tag, 0 to 4094; its frames leave without a tag
 * @param tagged VLANs whose frames come and go with their tags
 */
public record PortVlans(int nativeVlan, BitSet tagged) {

    /** Highest identifier. */
    public static final int MOST = 4094;

    private static final int ETHER_TYPE = 12;
    private static final int IDENTIFIER = 0xFFF;

    /** As a port that nothing is said about: frames pass as they are. */
    public static final PortVlans ALL = new PortVlans(0, all());

    private static BitSet all() {
        var all = new BitSet();
        all.set(1, MOST + 1);
        return all;
    }

    /** An access port: its station knows nothing of VLANs, and is in one. */
    public static PortVlans access(int vlan) {
        return new PortVlans(vlan, new BitSet());
    }

    /** The VLAN that a frame of the port's station is in; -1 when it may not send it. */
    int of(byte[] b, int offset, int length) {
        int id = tag(b, offset, length);
        return id <= 0 ? nativeVlan : tagged.get(id) ? id : -1;
    }

    /** Whether frames of a VLAN leave here. */
    boolean has(int vlan) {
        return vlan == nativeVlan || tagged.get(vlan);
    }

    /** The identifier of a frame's tag; -1 when it has none. */
    public static int tag(byte[] b, int offset, int length) {
        boolean is = length >= ETHER_TYPE + 2 + FrameHeaders.VLAN_TAG && (b[offset + ETHER_TYPE] & 0xFF) << 8 == (FrameHeaders.VLAN & 0xFF00) && b[offset + ETHER_TYPE + 1] == 0;
        return is ? ((b[offset + ETHER_TYPE + 2] & 0xFF) << 8 | b[offset + ETHER_TYPE + 3] & 0xFF) & IDENTIFIER : -1;
    }

    /** A frame of a VLAN as it leaves here, from the array's start on: with a tag, or without; null when it is so already. */
    byte[] leaving(int vlan, byte[] b, int offset, int length) {
        boolean has = tag(b, offset, length) > 0;
        boolean wanted = vlan != nativeVlan && vlan != 0;
        if (has == wanted) {
            return null;
        }
        return wanted ? FrameHeaders.tagged(b, offset, length, vlan) : FrameHeaders.untagged(b, offset, length);
    }

    /** In hexadecimal, for manifests. */
    public String text() {
        return nativeVlan + ":" + HexFormat.of().formatHex(tagged.toByteArray());
    }

    /** The opposite of {@link #text}. */
    public static PortVlans of(String text) {
        int colon = text.indexOf(':');
        return new PortVlans(Integer.parseInt(text.substring(0, colon)), BitSet.valueOf(HexFormat.of().parseHex(text.substring(colon + 1))));
    }

    @Override
    public String toString() {
        return "native " + nativeVlan + ", tagged " + Arrays.toString(tagged.stream().toArray());
    }
}
