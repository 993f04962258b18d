package dev.hv.vmbus;

/** Control messages of VMBus: types, offsets of their fields, sizes; all start with type u32 and padding u32. */
final class VmbusMessages {
    static final int TYPE = 0;
    static final int HEADER = 8;
    /** First field of most messages: the channel id. */
    static final int CHANNEL = 8;

    static final int OFFER_CHANNEL = 1;
    static final int OFFER_INTERFACE = 8;
    static final int OFFER_INSTANCE = 24;
    static final int OFFER_FLAGS = 56;
    static final int OFFER_MMIO = 58;
    static final int OFFER_USER = 60;
    static final int USER_SIZE = 120;
    static final int OFFER_SUB_INDEX = 180;
    static final int OFFER_CHANNEL_ID = 184;
    static final int OFFER_MONITOR = 188;
    static final int OFFER_DEDICATED = 190;
    static final int OFFER_CONNECTION = 192;
    static final int OFFER_SIZE = 196;
    static final int FLAG_ENUMERATE = 1;
    static final int FLAG_PIPE = 0x10;
    static final int PIPE_MESSAGES = 4;

    static final int RESCIND = 2;
    static final int REQUEST_OFFERS = 3;
    static final int ALL_OFFERS_DELIVERED = 4;

    static final int OPEN = 5;
    static final int OPEN_ID = 12;
    static final int OPEN_GPADL = 16;
    static final int OPEN_TARGET = 20;
    static final int OPEN_DOWNSTREAM = 24;
    static final int OPEN_USER = 28;
    static final int OPEN_SIZE = 148;

    static final int OPEN_RESULT = 6;
    static final int OPEN_STATUS = 16;
    static final int OPEN_RESULT_SIZE = 20;

    static final int CLOSE = 7;
    static final int CHANNEL_SIZE = 12;

    static final int GPADL_HEADER = 8;
    static final int GPADL_ID = 12;
    static final int GPADL_BYTES = 16;
    static final int GPADL_RANGES = 18;
    static final int GPADL_DATA = 20;
    static final int GPADL_BODY = 9;
    static final int GPADL_BODY_DATA = 16;
    static final int GPADL_CREATED = 10;
    static final int GPADL_STATUS = 16;
    static final int GPADL_CREATED_SIZE = 20;
    static final int GPADL_TEARDOWN = 11;
    static final int GPADL_TEARDOWN_SIZE = 16;
    static final int GPADL_TORNDOWN = 12;

    static final int RELEASED = 13;

    static final int INITIATE_CONTACT = 14;
    static final int CONTACT_VERSION = 8;
    static final int CONTACT_TARGET = 12;
    static final int CONTACT_SINT = 16;
    static final int CONTACT_SIZE = 40;

    static final int VERSION_RESPONSE = 15;
    static final int VERSION_SUPPORTED = 8;
    static final int VERSION_CONNECTION = 12;
    static final int VERSION_RESPONSE_SIZE = 16;
    /** With the feature flags that version 6.0 adds. */
    static final int VERSION_RESPONSE_SIZE_6 = 20;

    static final int UNLOAD = 16;
    static final int UNLOAD_RESPONSE = 17;

    static final int TL_CONNECT = 21;
    static final int TL_ENDPOINT = 8;
    static final int TL_CONNECT_SIZE = 40;
    static final int TL_RESULT = 23;
    static final int TL_STATUS = 40;
    static final int TL_RESULT_SIZE = 44;

    static final int MODIFY_CHANNEL = 22;
    static final int MODIFY_TARGET = 12;
    static final int MODIFY_SIZE = 16;
    static final int MODIFY_RESPONSE = 24;
    static final int MODIFY_STATUS = 12;

    /** A message is at most what a hypervisor message carries. */
    static final int LIMIT = 240;

    private VmbusMessages() {}
}
