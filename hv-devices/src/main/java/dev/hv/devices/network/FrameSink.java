package dev.hv.devices.network;

/** Takes Ethernet frames, without preamble and check sequence. The bytes are valid during the call. */
@FunctionalInterface
public interface FrameSink {

    /** A frame. */
    void frame(byte[] bytes, int offset, int length);
}
