package dev.hv.devices.network;

/** RNDIS messages: type u32, length u32, then the fields of the type; offsets of data count from the field behind the length. */
final class RndisFormat {
    static final int TYPE = 0;
    static final int LENGTH = 4;
    static final int BODY = 8;

    static final int PACKET = 1;
    static final int DATA_OFFSET = 8;
    static final int DATA_LENGTH = 12;
    static final int PPI_OFFSET = 32;
    static final int PPI_LENGTH = 36;
    /** Bytes in front of the data of a packet without per-packet information. */
    static final int PACKET_HEADER = 44;

    static final int INITIALIZE = 2;
    static final int HALT = 3;
    static final int QUERY = 4;
    static final int SET = 5;
    static final int RESET = 6;
    static final int INDICATE_STATUS = 7;
    static final int KEEPALIVE = 8;
    static final int COMPLETION = 0x8000_0000;

    static final int REQUEST_ID = 8;
    /** Of completions. */
    static final int STATUS = 12;
    static final int OID = 12;
    static final int INFO_LENGTH = 16;
    static final int INFO_OFFSET = 20;
    /** Bytes of a query or set in front of its data. */
    static final int REQUEST_HEADER = 28;
    /** Of query completions: length u32 and offset u32 of the data, which follow. */
    static final int ANSWER_LENGTH = 16;
    static final int ANSWER_OFFSET = 20;
    static final int ANSWER_HEADER = 24;

    static final int INITIALIZE_COMPLETE_SIZE = 52;
    static final int SET_COMPLETE_SIZE = 16;
    static final int INDICATE_SIZE = 20;

    static final int SUCCESS = 0;
    static final int NOT_SUPPORTED = 0xC000_00BB;
    static final int INVALID_DATA = 0xC001_0015;
    static final int MEDIA_CONNECT = 0x4001_000B;
    static final int MEDIA_DISCONNECT = 0x4001_000C;

    static final int OID_MAXIMUM_FRAME_SIZE = 0x0001_0106;
    static final int OID_LINK_SPEED = 0x0001_0107;
    static final int OID_PACKET_FILTER = 0x0001_010E;
    static final int OID_MEDIA_CONNECT_STATUS = 0x0001_0114;
    static final int OID_PERMANENT_ADDRESS = 0x0101_0101;
    static final int OID_CURRENT_ADDRESS = 0x0101_0102;
    static final int OID_OFFLOAD_PARAMETERS = 0xFC01_020C;
    static final int OID_OFFLOAD_CAPABILITIES = 0xFC01_020D;

    /** Packet filter bits. */
    static final int DIRECTED = 1;
    static final int MULTICAST = 1 << 1;
    static final int ALL_MULTICAST = 1 << 2;
    static final int BROADCAST = 1 << 3;
    static final int PROMISCUOUS = 1 << 5;

    private RndisFormat() {}
}
