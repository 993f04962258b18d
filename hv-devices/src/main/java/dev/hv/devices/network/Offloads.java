package dev.hv.devices.network;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.u16;
import static dev.hv.devices.network.OffloadFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** What the adapter can do for its driver, and what the driver has asked for. */
final class Offloads implements Saveable {

    private static final int VERSION = 1;
    private static final int MOST_CAPABILITIES = 256;
    /** Longest packet that fits the length fields of IP, less what Ethernet and a tag add. */
    private static final int LARGEST_SEND = 65_500;
    private static final int LEAST_SEGMENTS = 2;
    private static final int[] CHECKSUMS = {TCP_IPV4, UDP_IPV4, TCP_IPV6, UDP_IPV6};
    private static final int[] COALESCE = {WANT_COALESCE_IPV4, WANT_COALESCE_IPV6};

    /** By protocol in the order of the parameters: whether the guest wants to be told of good check sums. */
    private final boolean[] validated = new boolean[CHECKSUMS.length];
    private final boolean[] coalesced = new boolean[COALESCE.length];

    void reset() {
        Arrays.fill(validated, false);
        Arrays.fill(coalesced, false);
    }

    /**
     * What can be offloaded, in the revision and size that a query names.
     *
     * @param query data of the query, perhaps without a header
     * @param coalescing whether coalesced segments may be offered
     */
    static byte[] capabilities(byte[] query, boolean coalescing) {
        boolean header = query != null && query.length >= HEADER;
        byte[] b = new byte[Math.clamp(header ? u16(query, SIZE) : LEAST, LEAST, MOST_CAPABILITIES)];
        b[0] = (byte) CAPABILITIES_TYPE;
        b[REVISION] = header && query[REVISION] != 0 ? query[REVISION] : 1;
        put16(b, SIZE, b.length);
        for (int at : new int[] {IPV4_SEND_ENCAPSULATION, IPV4_RECEIVE_ENCAPSULATION, IPV6_SEND_ENCAPSULATION, IPV6_RECEIVE_ENCAPSULATION,
                LARGE_SEND_IPV4, LARGE_SEND_IPV6}) {
            put32(b, at, ETHERNET);
        }
        put32(b, IPV4_SEND, IPV4_ALL);
        put32(b, IPV4_RECEIVE, IPV4_ALL);
        put32(b, IPV6_SEND, IPV6_ALL);
        put32(b, IPV6_RECEIVE, IPV6_ALL);
        for (int at : new int[] {LARGE_SEND_IPV4, LARGE_SEND_IPV6}) {
            put32(b, at + LARGE_SEND_SIZE, LARGEST_SEND);
            put32(b, at + LARGE_SEND_LEAST, LEAST_SEGMENTS);
        }
        put32(b, LARGE_SEND_IPV6_OPTIONS, LARGE_SEND_IPV6_ALL);
        if (coalescing && b[REVISION] >= REVISION_3 && b.length > COALESCE_IPV6) {
            b[COALESCE_IPV4] = 1;
            b[COALESCE_IPV6] = 1;
        }
        return b;
    }

    /** Takes the guest's wishes; false when they are cut short. */
    boolean set(byte[] parameters) {
        if (parameters.length <= UDP_IPV6) {
            return false;
        }
        for (int i = 0; i < CHECKSUMS.length; i++) {
            int value = parameters[CHECKSUMS[i]];
            if (value != UNCHANGED) {
                validated[i] = value == RECEIVE_ONLY || value == SEND_AND_RECEIVE;
            }
        }
        for (int i = 0; i < COALESCE.length && parameters.length > COALESCE[i]; i++) {
            if (parameters[COALESCE[i]] != UNCHANGED) {
                coalesced[i] = parameters[COALESCE[i]] == ON;
            }
        }
        return true;
    }

    /** Whether the guest is to be told that the check sums of such a packet are good. */
    boolean validated(FrameHeaders h) {
        return validated[(h.version == 4 ? 0 : 2) + (h.protocol == FrameHeaders.TCP ? 0 : 1)];
    }

    /** Whether the guest takes segments of an IP version in one. */
    boolean coalesced(int ipVersion) {
        return coalesced[ipVersion == 4 ? 0 : 1];
    }

    @Override
    public void save(StateWriter out) {
        out.begin("offloads", VERSION);
        for (boolean v : validated) {
            out.put("validated", v);
        }
        for (boolean v : coalesced) {
            out.put("coalesced", v);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("offloads", VERSION);
        for (int i = 0; i < validated.length; i++) {
            validated[i] = in.takeBoolean();
        }
        for (int i = 0; i < coalesced.length; i++) {
            coalesced[i] = in.takeBoolean();
        }
        in.end();
    }
}
