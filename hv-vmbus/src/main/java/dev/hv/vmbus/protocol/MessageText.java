package dev.hv.vmbus.protocol;

import static dev.hv.vmbus.protocol.VmbusMessages.*;

import dev.hv.cpu.memory.LittleEndian;

/** Control messages in words. */
public final class MessageText {

    private MessageText() {}

    /** Describes a control message, which may be anything at all. */
    public static String describe(byte[] m, int length) {
        if (length < HEADER) {
            return "malformed, " + length + " bytes";
        }
        int type = LittleEndian.u32(m, TYPE);
        return switch (type) {
            case OFFER_CHANNEL -> "OfferChannel" + fields(m, length, "channel", OFFER_CHANNEL_ID, "sub-channel", -OFFER_SUB_INDEX, "connection", OFFER_CONNECTION)
                    + guid(m, length, " interface ", OFFER_INTERFACE) + guid(m, length, " instance ", OFFER_INSTANCE);
            case RESCIND -> "RescindChannelOffer" + fields(m, length, "channel", CHANNEL);
            case REQUEST_OFFERS -> "RequestOffers";
            case ALL_OFFERS_DELIVERED -> "AllOffersDelivered";
            case OPEN -> "OpenChannel" + fields(m, length, "channel", CHANNEL, "open", OPEN_ID, "gpadl", OPEN_GPADL, "vp", OPEN_TARGET, "downstream page", OPEN_DOWNSTREAM);
            case OPEN_RESULT -> "OpenChannelResult" + fields(m, length, "channel", CHANNEL, "open", OPEN_ID, "status", OPEN_STATUS);
            case CLOSE -> "CloseChannel" + fields(m, length, "channel", CHANNEL);
            case VmbusMessages.GPADL_HEADER -> "GpadlHeader" + fields(m, length, "channel", CHANNEL, "gpadl", GPADL_ID, "bytes", -GPADL_BYTES, "ranges", -GPADL_RANGES);
            case GPADL_BODY -> "GpadlBody" + fields(m, length, "number", HEADER, "gpadl", GPADL_ID);
            case GPADL_CREATED -> "GpadlCreated" + fields(m, length, "channel", CHANNEL, "gpadl", GPADL_ID, "status", GPADL_STATUS);
            case GPADL_TEARDOWN -> "GpadlTeardown" + fields(m, length, "channel", CHANNEL, "gpadl", GPADL_ID);
            case GPADL_TORNDOWN -> "GpadlTorndown" + fields(m, length, "gpadl", CHANNEL);
            case RELEASED -> "RelIdReleased" + fields(m, length, "channel", CHANNEL);
            case INITIATE_CONTACT -> "InitiateContact" + version(m, length) + fields(m, length, "vp", CONTACT_TARGET);
            case VERSION_RESPONSE -> "VersionResponse" + (length > VERSION_SUPPORTED && m[VERSION_SUPPORTED] != 0 ? " supported" : " refused")
                    + fields(m, length, "connection", VERSION_CONNECTION);
            case UNLOAD -> "Unload";
            case UNLOAD_RESPONSE -> "UnloadResponse";
            case TL_CONNECT -> "TlConnectRequest" + guid(m, length, " endpoint ", TL_ENDPOINT);
            case MODIFY_CHANNEL -> "ModifyChannel" + fields(m, length, "channel", CHANNEL, "vp", MODIFY_TARGET);
            case TL_RESULT -> "TlConnectResult" + fields(m, length, "status", TL_STATUS);
            case MODIFY_RESPONSE -> "ModifyChannelResponse" + fields(m, length, "channel", CHANNEL, "status", MODIFY_STATUS);
            default -> "type " + type + ", " + length + " bytes";
        };
    }

    /** Names with the offsets of their values: 32 bits, or 16 where the offset is negative. */
    private static String fields(byte[] m, int length, Object... namesAndOffsets) {
        var out = new StringBuilder();
        for (int i = 0; i < namesAndOffsets.length; i += 2) {
            int offset = (Integer) namesAndOffsets[i + 1];
            int at = Math.abs(offset);
            if (at + (offset < 0 ? 2 : 4) > length) {
                return out.append(" truncated").toString();
            }
            int value = offset < 0 ? LittleEndian.u16(m, at) : LittleEndian.u32(m, at);
            out.append(' ').append(namesAndOffsets[i]).append(' ').append("status".equals(namesAndOffsets[i]) ? "0x%08x".formatted(value) : Integer.toUnsignedString(value));
        }
        return out.toString();
    }

    private static String version(byte[] m, int length) {
        return length < CONTACT_VERSION + 4 ? " truncated" : " version " + LittleEndian.u16(m, CONTACT_VERSION + 2) + "." + LittleEndian.u16(m, CONTACT_VERSION);
    }

    private static String guid(byte[] m, int length, String name, int at) {
        return at + Guid.SIZE > length ? "" : name + new Guid(LittleEndian.u64(m, at), LittleEndian.u64(m, at + 8));
    }
}
