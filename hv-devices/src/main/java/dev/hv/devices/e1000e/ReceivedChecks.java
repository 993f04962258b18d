package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.devices.network.Checksums;
import dev.hv.devices.network.FrameHeaders;

/** What the hardware finds out about the check sums of a frame (datasheet, 7.1.10 and 7.1.11). */
final class ReceivedChecks {

    private ReceivedChecks() {}

    /**
     * The outcome.
     *
     * @param status bits that say what was checked
     * @param errors bits that say what was wrong
     * @param identification of an IPv4 packet, else 0
     * @param sum of all bytes from the place on that RXCSUM names
     */
    record Result(int status, int errors, int identification, int sum) {}

    static Result of(byte[] frame, FrameHeaders headers, boolean parsed, int control) {
        int status = 0;
        int errors = 0;
        if (headers.version == 4 && (control & IP_CHECKSUMS) != 0) {
            status |= IP_CHECKED;
            errors |= Checksums.networkValid(frame, headers) ? 0 : IP_WRONG;
        }
        boolean udp = parsed && headers.protocol == FrameHeaders.UDP;
        boolean none = udp && FrameHeaders.u16(frame, headers.transport + FrameHeaders.UDP_CHECKSUM) == 0;
        if (parsed && !none && (control & TRANSPORT_CHECKSUMS) != 0) {
            status |= TRANSPORT_CHECKED | (udp ? UDP_CHECKED : 0);
            errors |= Checksums.transportValid(frame, headers) ? 0 : TRANSPORT_WRONG;
        }
        if (status == 0) {
            status = CHECKSUMS_IGNORED;
        }
        int sum = 0;
        if ((control & HASH_INSTEAD) == 0) {
            sum = Checksums.fold(Checksums.add(0, frame, Math.min(control & 0xFF, frame.length), frame.length));
        }
        int identification = headers.version == 4 ? FrameHeaders.u16(frame, headers.network + FrameHeaders.IPV4_ID) : 0;
        return new Result(status, errors, identification, sum);
    }
}
