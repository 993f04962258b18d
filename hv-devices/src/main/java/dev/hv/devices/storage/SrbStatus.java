package dev.hv.devices.storage;

/** Status of a SCSI request block. */
final class SrbStatus {
    static final int SUCCESS = 0x01;
    static final int ERROR = 0x04;
    /** The unit takes no request now. */
    static final int BUSY = 0x05;
    static final int INVALID_REQUEST = 0x06;
    static final int NO_DEVICE = 0x08;
    /** The bus, the adapter or the unit was reset before the request was done. */
    static final int BUS_RESET = 0x0E;
    static final int DATA_OVERRUN = 0x12;
    static final int INVALID_LUN = 0x20;
    /** Flag: sense data came with it. */
    static final int AUTOSENSE_VALID = 0x80;

    private SrbStatus() {}
}
