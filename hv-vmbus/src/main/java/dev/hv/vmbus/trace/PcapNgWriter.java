package dev.hv.vmbus.trace;

import static dev.hv.vmbus.trace.PcapNgFormat.*;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes captures as pcapng with nanosecond timestamps. What is captured must not suffer from where it goes: after the first error of
 * the stream nothing more is written, and {@link #failure} has the error.
 */
public final class PcapNgWriter {

    /** Link type of Ethernet frames. */
    public static final int ETHERNET = 1;
    /** Link type that is free for private use. */
    public static final int USER0 = 147;

    private final OutputStream out;
    private int interfaces;
    private IOException failure;

    /** Starts a capture. Every block is one write, so that a reader of an unbuffered stream sees packets whole and at once; whoever opened it closes it. */
    public PcapNgWriter(OutputStream out) {
        this.out = out;
        ByteBuffer b = block(SECTION_HEADER, SECTION_BODY);
        b.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        end(b);
    }

    /**
     * Describes a further interface.
     *
     * @return its number, for {@link #packet}
     */
    public int addInterface(int linkType, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = block(INTERFACE_DESCRIPTION, INTERFACE_BODY + option(text.length) + option(1) + 4);
        b.putShort((short) linkType).putShort((short) 0).putInt(0);
        put(b, INTERFACE_NAME, text);
        put(b, INTERFACE_RESOLUTION, new byte[] {NANOSECONDS});
        b.putInt(OPTION_END);
        end(b);
        return interfaces++;
    }

    /**
     * Writes a packet.
     *
     * @param on interface
     * @param nanos time since 1970-01-01 UTC in nanoseconds
     * @param inbound whether the interface received it
     * @param comment shown with the packet; may be null
     */
    public void packet(int on, long nanos, boolean inbound, byte[] bytes, int offset, int length, String comment) {
        byte[] text = comment == null ? null : comment.getBytes(StandardCharsets.UTF_8);
        int options = option(4) + (text == null ? 0 : option(text.length)) + 4;
        ByteBuffer b = block(ENHANCED_PACKET, PACKET_BODY + padded(length) + options);
        b.putInt(on).putInt((int) (nanos >>> 32)).putInt((int) nanos).putInt(length).putInt(length);
        b.put(bytes, offset, length).position(b.position() + padded(length) - length);
        b.putShort((short) PACKET_FLAGS).putShort((short) 4).putInt(inbound ? INBOUND : OUTBOUND);
        if (text != null) {
            put(b, OPTION_COMMENT, text);
        }
        b.putInt(OPTION_END);
        end(b);
    }

    /** The error that ended the capture; null when all is well. */
    public IOException failure() {
        return failure;
    }

    private static int padded(int length) {
        return length + 3 & ~3;
    }

    private static int option(int length) {
        return 4 + padded(length);
    }

    private static void put(ByteBuffer b, int code, byte[] value) {
        b.putShort((short) code).putShort((short) value.length).put(value);
        b.position(b.position() + padded(value.length) - value.length);
    }

    private static ByteBuffer block(int type, int body) {
        int total = body + BLOCK_OVERHEAD;
        return ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(total);
    }

    private void end(ByteBuffer block) {
        block.putInt(block.capacity());
        if (failure != null) {
            return;
        }
        try {
            out.write(block.array());
        } catch (IOException e) {
            failure = e;
        }
    }
}
