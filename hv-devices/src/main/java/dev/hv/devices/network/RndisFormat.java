package dev.hv.devices.network;

/** RNDIS messages: type u32, length u32, then the fields of the type; offsets of data count from the field behind the length. */
final class RndisFormat {
    static final int TYPE = 0;
    static final int LENGTH = 4;
    static final int BODY = 8;

    static final int PACKET = 1;
    static final int DATA_OFFSET = 8;
    static final int DATA_LENGTH = 12;
    static final int PPI_OFFSET = 28;
    static final int PPI_LENGTH = 32;
    /** Bytes in front of the data of a packet without per-packet information. */
    static final int PACKET_HEADER = 44;

    /** Per-packet information: size and type of the record, offset of its data in the record; u32 each. */
    static final int INFO_SIZE = 0;
    static final int INFO_TYPE = 4;
    static final int INFO_DATA = 8;
    static final int INFO_HEADER = 12;
    /** In the type: one of RNDIS' own instead of NDIS' types. */
    static final int INTERNAL = 0x8000_0000;
    static final int CHECKSUM_INFO = 0;
    static final int LARGE_SEND_INFO = 2;
    static final int VLAN_INFO = 6;
    static final int PACKET_ID_INFO = 1 | INTERNAL;
    /** Check sum information of a packet from the guest; the offset of the TCP header is in bits 16 to 25. */
    static final int SEND_TCP = 1 << 2;
    static final int SEND_UDP = 1 << 3;
    static final int SEND_IP = 1 << 4;
    /** Check sum information of a packet for the guest. */
    static final int RECEIVED_TCP = 1 << 3;
    static final int RECEIVED_UDP = 1 << 4;
    static final int RECEIVED_IP = 1 << 5;
    /** Large send information: bytes of a segment, and whether it is version 2. */
    static final int SEGMENT_MASK = 0xF_FFFF;
    static final int LARGE_SEND_V2 = 1 << 30;
    /** VLAN information: priority in bits 0 to 2, drop eligibility in bit 3, identifier in bits 4 to 15. */
    static final int VLAN_ID_SHIFT = 4;
    /** Packet id information: version u8, flags u8, id u16. */
    static final int PACKET_ID_VERSION = 1;
    static final int PART = 1;
    static final int FIRST_PART = 1 << 1;
    static final int LAST_PART = 1 << 2;

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
    static final int NOT_ACCEPTED = 0xC001_0003;
    static final int INVALID_DATA = 0xC001_0015;
    static final int MEDIA_CONNECT = 0x4001_000B;
    static final int MEDIA_DISCONNECT = 0x4001_000C;

    static final int OID_MAXIMUM_FRAME_SIZE = 0x0001_0106;
    static final int OID_LINK_SPEED = 0x0001_0107;
    static final int OID_SCALING_CAPABILITIES = 0x0001_0203;
    static final int OID_SCALING_PARAMETERS = 0x0001_0204;
    static final int OID_PACKET_FILTER = 0x0001_010E;
    static final int OID_MEDIA_CONNECT_STATUS = 0x0001_0114;
    static final int OID_CONFIG_PARAMETER = 0x0001_021B;
    static final int OID_PERMANENT_ADDRESS = 0x0101_0101;
    static final int OID_CURRENT_ADDRESS = 0x0101_0102;
    static final int OID_OFFLOAD_PARAMETERS = 0xFC01_020C;
    static final int OID_OFFLOAD_CAPABILITIES = 0xFC01_020D;

    /** Configuration parameter: offset and length of its name, type, offset and length of its value, u32 each; text is UTF-16. */
    static final int PARAMETER_NAME_OFFSET = 0;
    static final int PARAMETER_NAME_LENGTH = 4;
    static final int PARAMETER_TYPE = 8;
    static final int PARAMETER_VALUE_OFFSET = 12;
    static final int PARAMETER_VALUE_LENGTH = 16;
    static final int PARAMETER_HEADER = 20;
    static final int PARAMETER_STRING = 2;
    /** The parameter that sets the station address: twelve hexadecimal digits. */
    static final String NETWORK_ADDRESS = "NetworkAddress";

    /** Packet filter bits. */
    static final int DIRECTED = 1;
    static final int MULTICAST = 1 << 1;
    static final int ALL_MULTICAST = 1 << 2;
    static final int BROADCAST = 1 << 3;
    static final int PROMISCUOUS = 1 << 5;

    private RndisFormat() {}
}
