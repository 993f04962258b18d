package dev.hv.devices.network.uplink;

import dev.hv.devices.network.FrameHeaders;

/**
 * The bytes that bring a short frame to a wire's least length (IEEE 802.3, 4A.2.3.2.4). An adapter that pads, as Intel's do, would send them on a stream of frames too, which has no least
 * length; passt (2023) takes them for data of TCP there and does not see what the segment acknowledges.
 */
final class Padding {

    /** Least length of a frame without its check sequence. */
    private static final int LEAST = 60;

    private Padding() {}

    /** How many bytes of a frame are not padding, as far as its IP header says. */
    static int without(byte[] frame, int offset, int length) {
        if (length > LEAST) {
            return length;
        }
        var headers = new FrameHeaders();
        headers.parse(frame, offset, length, false);
        return headers.version == 0 ? length : headers.end - offset;
    }
}
