package dev.hv.devices.storage;

/** Layout of a storvsc packet, 64 bytes, and its numbers. */
final class StorvscFormat {
    static final int SIZE = 64;
    static final int OPERATION = 0;
    static final int FLAGS = 4;
    static final int STATUS = 8;
    static final int BODY = 12;

    static final int COMPLETE_IO = 1;
    static final int EXECUTE_SRB = 3;
    static final int RESET_LUN = 4;
    static final int RESET_ADAPTER = 5;
    static final int RESET_BUS = 6;
    static final int BEGIN_INITIALIZATION = 7;
    static final int END_INITIALIZATION = 8;
    static final int QUERY_PROTOCOL_VERSION = 9;
    static final int QUERY_PROPERTIES = 10;
    static final int ENUMERATE_BUS = 11;
    static final int CREATE_SUB_CHANNELS = 13;

    /** QueryProtocolVersion: major in bits 15:8, minor in 7:0. */
    static final int VERSION = 12;
    /** QueryProperties. */
    static final int MAX_SUB_CHANNELS = 16;
    static final int PROPERTY_FLAGS = 20;
    static final int MULTI_CHANNEL = 1;
    static final int MAX_TRANSFER = 24;
    /** CreateSubChannels: count u16. */
    static final int SUB_CHANNELS = 12;

    /** SCSI request block. */
    static final int SRB_LENGTH = 12;
    static final int SRB_STATUS = 14;
    static final int SCSI_STATUS = 15;
    static final int PATH = 17;
    static final int TARGET = 18;
    static final int LUN = 19;
    static final int CDB_LENGTH = 20;
    static final int SENSE_LENGTH = 21;
    /** 0 to the device, 1 from it, 2 no data. */
    static final int DIRECTION = 22;
    static final int TRANSFER_LENGTH = 24;
    static final int CDB = 28;
    static final int CDB_LIMIT = 16;
    /** Sense data comes back where the CDB was. */
    static final int SENSE = 28;
    static final int SENSE_LIMIT = 20;

    static final int SRB_SUCCESS = 0x01;
    static final int SRB_ERROR = 0x04;
    static final int SRB_INVALID_REQUEST = 0x06;
    static final int SRB_NO_DEVICE = 0x08;
    static final int SRB_OVERRUN = 0x12;
    static final int SRB_INVALID_LUN = 0x20;
    static final int SRB_AUTOSENSE_VALID = 0x80;

    static final int STATUS_SUCCESS = 0;
    static final int STATUS_UNSUCCESSFUL = 0xC000_0001;
    static final int STATUS_INVALID_PARAMETER = 0xC000_000D;
    static final int STATUS_REVISION_MISMATCH = 0xC000_0059;

    private StorvscFormat() {}
}
