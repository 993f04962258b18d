package dev.hv.devices.storage;

/** Layout and numbers of the storvsc protocol; little-endian. */
final class StorvscFormat {

    /** A packet: operation u32, flags u32, status u32 (NTSTATUS), then 52 bytes by operation. */
    static final int OPERATION = 0;
    static final int FLAGS = 4;
    static final int STATUS = 8;
    static final int BODY = 12;
    static final int SIZE = 64;
    /** Before version 5.1 the last 16 bytes of the request were not there. */
    static final int SIZE_OLD = 48;

    static final int COMPLETE_IO = 1;
    static final int REMOVE_DEVICE = 2;
    static final int EXECUTE_SRB = 3;
    static final int RESET_LUN = 4;
    static final int RESET_ADAPTER = 5;
    static final int RESET_BUS = 6;
    static final int BEGIN_INITIALIZATION = 7;
    static final int END_INITIALIZATION = 8;
    static final int QUERY_PROTOCOL_VERSION = 9;
    static final int QUERY_PROPERTIES = 10;
    static final int ENUMERATE_BUS = 11;
    static final int FC_HBA_DATA = 12;
    static final int CREATE_SUB_CHANNELS = 13;

    /** QueryProtocolVersion: major in bits 15:8, minor in 7:0; then a revision u16. */
    static final int VERSION = 12;
    static final int V2_0 = 0x0200;
    static final int V4_2 = 0x0402;
    static final int V5_1 = 0x0501;
    static final int V6_0 = 0x0600;
    /** WRITE SAME. */
    static final int V6_2 = 0x0602;

    /** CreateSubChannels: count u16. */
    static final int SUB_CHANNELS = 12;

    /** QueryProperties' answer. */
    static final int PROPERTIES_MOST_SUB_CHANNELS = 16;
    static final int PROPERTIES_FLAGS = 20;
    static final int PROPERTIES_MULTI_CHANNEL = 1;
    static final int PROPERTIES_MOST_TRANSFER = 24;

    /** The SCSI request block. */
    static final int SRB_LENGTH = 12;
    static final int SRB_STATUS = 14;
    static final int SRB_SCSI_STATUS = 15;
    static final int SRB_PORT = 16;
    static final int SRB_PATH = 17;
    static final int SRB_TARGET = 18;
    static final int SRB_LUN = 19;
    static final int SRB_CDB_LENGTH = 20;
    static final int SRB_SENSE_LENGTH = 21;
    /** 0 to the device, 1 from it, 2 no data. */
    static final int SRB_DIRECTION = 22;
    static final int SRB_TRANSFER_LENGTH = 24;
    /** 16 bytes of CDB; sense data of up to 20 bytes in the answer. */
    static final int SRB_CDB = 28;
    static final int SRB_SENSE_ROOM = 20;
    static final int SRB_QUEUE_TAG = 50;
    static final int SRB_QUEUE_ACTION = 51;
    static final int SRB_FLAGS = 52;
    static final int SRB_TIMEOUT = 56;
    static final int SRB_SORT_KEY = 60;

    static final int NT_SUCCESS = 0;
    static final int NT_INVALID_PARAMETER = 0xC000_000D;
    static final int NT_INVALID_DEVICE_REQUEST = 0xC000_0010;
    static final int NT_REVISION_MISMATCH = 0xC000_0059;
    static final int NT_INVALID_DEVICE_STATE = 0xC000_0184;

    private StorvscFormat() {}
}
