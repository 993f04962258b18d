package dev.hv.devices.network;

/** Takes Ethernet frames, without preamble and check sequence. The bytes are valid during the call. */
@FunctionalInterface
public interface FrameSink {

    /** A frame. */
    void frame(byte[] bytes, int offset, int length);

    /**
     * A large frame of TCP: a valid packet longer than the network's frames, which stands for segments.
     *
     * @param segment bytes of data of each segment
     * @return false when this takes only frames of ordinary size, in which case it gets the segments one by one
     */
    default boolean large(byte[] bytes, int offset, int length, int segment) {
        return false;
    }
}
