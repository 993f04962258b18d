package dev.hv.devices.ide;

/** Numbers of the ATA command set (ATA/ATAPI-7, T13/1532D volumes 1 and 2). */
final class AtaFormat {
    /** Registers of the command block, by offset. */
    static final int DATA = 0;
    static final int FEATURES = 1;
    static final int COUNT = 2;
    static final int LBA_LOW = 3;
    static final int LBA_MID = 4;
    static final int LBA_HIGH = 5;
    static final int DEVICE = 6;
    static final int COMMAND = 7;

    /** Device register: LBA, drive 1, head. */
    static final int DEVICE_LBA = 0x40;
    static final int DEVICE_ONE = 0x10;
    static final int HEAD = 0x0F;

    /** Device control: high order byte, software reset, interrupts off. */
    static final int CONTROL_HOB = 0x80;
    static final int CONTROL_RESET = 0x04;
    static final int CONTROL_NO_INTERRUPT = 0x02;

    /** Status. */
    static final int BUSY = 0x80;
    static final int READY = 0x40;
    static final int FAULT = 0x20;
    static final int SEEK_COMPLETE = 0x10;
    static final int DATA_REQUEST = 0x08;
    static final int ERROR = 0x01;

    /** Error. */
    static final int UNCORRECTABLE = 0x40;
    static final int ID_NOT_FOUND = 0x10;
    static final int ABORTED = 0x04;
    /** After a reset or a diagnostic: no error. */
    static final int DIAGNOSTIC_PASSED = 0x01;

    static final int READ_SECTORS = 0x20;
    static final int READ_SECTORS_ONCE = 0x21;
    static final int READ_SECTORS_EXT = 0x24;
    static final int READ_DMA_EXT = 0x25;
    static final int READ_NATIVE_MAX_EXT = 0x27;
    static final int READ_MULTIPLE_EXT = 0x29;
    static final int WRITE_SECTORS = 0x30;
    static final int WRITE_SECTORS_ONCE = 0x31;
    static final int WRITE_SECTORS_EXT = 0x34;
    static final int WRITE_DMA_EXT = 0x35;
    static final int WRITE_MULTIPLE_EXT = 0x39;
    static final int READ_VERIFY = 0x40;
    static final int READ_VERIFY_ONCE = 0x41;
    static final int READ_VERIFY_EXT = 0x42;
    static final int SEEK = 0x70;
    static final int DIAGNOSTIC = 0x90;
    static final int INITIALIZE_PARAMETERS = 0x91;
    static final int READ_MULTIPLE = 0xC4;
    static final int WRITE_MULTIPLE = 0xC5;
    static final int SET_MULTIPLE = 0xC6;
    static final int READ_DMA = 0xC8;
    static final int READ_DMA_ONCE = 0xC9;
    static final int WRITE_DMA = 0xCA;
    static final int WRITE_DMA_ONCE = 0xCB;
    static final int STANDBY_IMMEDIATE = 0xE0;
    static final int IDLE_IMMEDIATE = 0xE1;
    static final int STANDBY = 0xE2;
    static final int IDLE = 0xE3;
    static final int CHECK_POWER = 0xE5;
    static final int SLEEP = 0xE6;
    static final int FLUSH_CACHE = 0xE7;
    static final int FLUSH_CACHE_EXT = 0xEA;
    static final int IDENTIFY = 0xEC;
    static final int SET_FEATURES = 0xEF;
    static final int READ_NATIVE_MAX = 0xF8;

    /** Recalibrate is 0x10 … 0x1F. */
    static final int RECALIBRATE = 0x10;

    static final int FEATURE_WRITE_CACHE_ON = 0x02;
    static final int FEATURE_TRANSFER_MODE = 0x03;
    static final int FEATURE_LOOK_AHEAD_OFF = 0x55;
    static final int FEATURE_WRITE_CACHE_OFF = 0x82;
    static final int FEATURE_LOOK_AHEAD_ON = 0xAA;

    static final int POWER_ACTIVE = 0xFF;

    static final int SECTOR = 512;

    private AtaFormat() {}
}
