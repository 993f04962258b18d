package dev.hv.vmbus.protocol;

/** Control messages of VMBus: types, offsets of their fields, sizes; all start with type u32 and padding u32. */
public final class VmbusMessages {
    public static final int TYPE = 0;
    public static final int HEADER = 8;
    /** First field of most messages: the channel id. */
    public static final int CHANNEL = 8;

    public static final int OFFER_CHANNEL = 1;
    public static final int OFFER_INTERFACE = 8;
    public static final int OFFER_INSTANCE = 24;
    public static final int OFFER_FLAGS = 56;
    public static final int OFFER_MMIO = 58;
    public static final int OFFER_USER = 60;
    public static final int USER_SIZE = 120;
    public static final int OFFER_SUB_INDEX = 180;
    public static final int OFFER_CHANNEL_ID = 184;
    public static final int OFFER_MONITOR = 188;
    public static final int OFFER_DEDICATED = 190;
    public static final int OFFER_CONNECTION = 192;
    public static final int OFFER_SIZE = 196;
    public static final int FLAG_ENUMERATE = 1;
    public static final int FLAG_PIPE = 0x10;
    /** A connection of a socket. */
    public static final int FLAG_SOCKET = 0x2000;
    public static final int PIPE_BYTES = 0;
    public static final int PIPE_MESSAGES = 4;

    public static final int RESCIND = 2;
    public static final int REQUEST_OFFERS = 3;
    public static final int ALL_OFFERS_DELIVERED = 4;

    public static final int OPEN = 5;
    public static final int OPEN_ID = 12;
    public static final int OPEN_GPADL = 16;
    public static final int OPEN_TARGET = 20;
    public static final int OPEN_DOWNSTREAM = 24;
    public static final int OPEN_USER = 28;
    public static final int OPEN_SIZE = 148;

    public static final int OPEN_RESULT = 6;
    public static final int OPEN_STATUS = 16;
    public static final int OPEN_RESULT_SIZE = 20;

    public static final int CLOSE = 7;
    public static final int CHANNEL_SIZE = 12;

    public static final int GPADL_HEADER = 8;
    public static final int GPADL_ID = 12;
    public static final int GPADL_BYTES = 16;
    public static final int GPADL_RANGES = 18;
    public static final int GPADL_DATA = 20;
    public static final int GPADL_BODY = 9;
    public static final int GPADL_BODY_DATA = 16;
    public static final int GPADL_CREATED = 10;
    public static final int GPADL_STATUS = 16;
    public static final int GPADL_CREATED_SIZE = 20;
    public static final int GPADL_TEARDOWN = 11;
    public static final int GPADL_TEARDOWN_SIZE = 16;
    public static final int GPADL_TORNDOWN = 12;

    public static final int RELEASED = 13;

    public static final int INITIATE_CONTACT = 14;
    public static final int CONTACT_VERSION = 8;
    public static final int CONTACT_TARGET = 12;
    public static final int CONTACT_SINT = 16;
    public static final int CONTACT_SIZE = 40;

    public static final int VERSION_RESPONSE = 15;
    public static final int VERSION_SUPPORTED = 8;
    public static final int VERSION_CONNECTION = 12;
    public static final int VERSION_RESPONSE_SIZE = 16;
    /** With the feature flags that version 6.0 adds. */
    public static final int VERSION_RESPONSE_SIZE_6 = 20;

    public static final int UNLOAD = 16;
    public static final int UNLOAD_RESPONSE = 17;

    public static final int TL_CONNECT = 21;
    public static final int TL_ENDPOINT = 8;
    public static final int TL_SERVICE = 24;
    public static final int TL_CONNECT_SIZE = 40;
    public static final int TL_RESULT = 23;
    public static final int TL_STATUS = 40;
    public static final int TL_RESULT_SIZE = 44;

    public static final int MODIFY_CHANNEL = 22;
    public static final int MODIFY_TARGET = 12;
    public static final int MODIFY_SIZE = 16;
    public static final int MODIFY_RESPONSE = 24;
    public static final int MODIFY_STATUS = 12;

    /** A message is at most what a hypervisor message carries. */
    public static final int LIMIT = 240;

    private VmbusMessages() {}
}
