package dev.hv.devices.network;

/** NVSP messages: type u32, then the fields of the type. */
final class NvspFormat {
    static final int TYPE = 0;
    /** Bytes of a message before and from version 6.1. */
    static final int SIZE = 40;

    static final int INIT = 1;
    static final int INIT_MIN = 4;
    static final int INIT_MAX = 8;
    static final int INIT_COMPLETE = 2;
    static final int COMPLETE_VERSION = 4;
    static final int COMPLETE_MAX_MDL = 8;
    static final int COMPLETE_STATUS = 12;

    static final int SEND_NDIS_VERSION = 100;
    static final int SEND_RECEIVE_BUFFER = 101;
    static final int BUFFER_GPADL = 4;
    static final int BUFFER_ID = 8;
    static final int SEND_RECEIVE_BUFFER_COMPLETE = 102;
    static final int RECEIVE_STATUS = 4;
    static final int RECEIVE_SECTIONS = 8;
    /** Section: offset, size of a sub-allocation, their count, end; u32 each. */
    static final int SECTION = 12;
    static final int REVOKE_RECEIVE_BUFFER = 103;
    static final int SEND_SEND_BUFFER = 104;
    static final int SEND_SEND_BUFFER_COMPLETE = 105;
    static final int SEND_STATUS = 4;
    static final int SEND_SECTION_SIZE = 8;
    static final int REVOKE_SEND_BUFFER = 106;
    static final int SEND_RNDIS_PACKET = 107;
    /** 0 data, 1 control. */
    static final int RNDIS_CHANNEL = 4;
    static final int RNDIS_SECTION = 8;
    static final int RNDIS_SECTION_BYTES = 12;
    static final int NO_SECTION = -1;
    static final int SEND_RNDIS_PACKET_COMPLETE = 108;
    static final int RNDIS_STATUS = 4;

    static final int SEND_NDIS_CONFIG = 125;
    /** MTU u32 with the Ethernet header, reserved u32, capabilities u64. */
    static final int CONFIG_MTU = 4;
    static final int CONFIG_CAPABILITIES = 12;
    /** Capability: the guest takes coalesced segments. */
    static final int COALESCING = 1 << 7;
    static final int SWITCH_DATA_PATH = 129;
    static final int SUB_CHANNEL = 133;
    /** Of the request; of the answer: status. */
    static final int SUB_CHANNEL_OPERATION = 4;
    static final int SUB_CHANNEL_STATUS = 4;
    static final int SUB_CHANNEL_COUNT = 8;
    static final int ALLOCATE_SUB_CHANNELS = 1;
    static final int SEND_INDIRECTION_TABLE = 134;
    /** Entries and their offset from the start of the message, u32 each; the entries are u32. */
    static final int TABLE_COUNT = 4;
    static final int TABLE_OFFSET = 8;
    static final int TABLE = 12;
    static final int TABLE_ENTRIES = 16;

    static final int SUCCESS = 1;
    static final int FAILURE = 2;

    private NvspFormat() {}
}
