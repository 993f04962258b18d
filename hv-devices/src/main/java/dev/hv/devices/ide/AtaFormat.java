package dev.hv.devices.ide;

/** Numbers of the ATA command set (ATA/ATAPI-7, T13/1532D volumes 1 and 2). */
public final class AtaFormat {
    /** Registers of the command block, by offset. */
    public static final int DATA = 0;
    public static final int FEATURES = 1;
    public static final int COUNT = 2;
    public static final int LBA_LOW = 3;
    public static final int LBA_MID = 4;
    public static final int LBA_HIGH = 5;
    public static final int DEVICE = 6;
    public static final int COMMAND = 7;

    /** Device register: LBA, drive 1, head. */
    public static final int DEVICE_LBA = 0x40;
    public static final int DEVICE_ONE = 0x10;
    public static final int HEAD = 0x0F;

    /** Device control: high order byte, software reset, interrupts off. */
    public static final int CONTROL_HOB = 0x80;
    public static final int CONTROL_RESET = 0x04;
    public static final int CONTROL_NO_INTERRUPT = 0x02;

    /** Status. */
    public static final int BUSY = 0x80;
    public static final int READY = 0x40;
    public static final int FAULT = 0x20;
    public static final int SEEK_COMPLETE = 0x10;
    public static final int DATA_REQUEST = 0x08;
    public static final int ERROR = 0x01;

    /** Error. */
    public static final int UNCORRECTABLE = 0x40;
    public static final int ID_NOT_FOUND = 0x10;
    public static final int ABORTED = 0x04;
    /** After a reset or a diagnostic: no error. */
    public static final int DIAGNOSTIC_PASSED = 0x01;

    public static final int READ_SECTORS = 0x20;
    public static final int READ_SECTORS_ONCE = 0x21;
    public static final int READ_SECTORS_EXT = 0x24;
    public static final int READ_DMA_EXT = 0x25;
    public static final int READ_NATIVE_MAX_EXT = 0x27;
    public static final int READ_MULTIPLE_EXT = 0x29;
    public static final int WRITE_SECTORS = 0x30;
    public static final int WRITE_SECTORS_ONCE = 0x31;
    public static final int WRITE_SECTORS_EXT = 0x34;
    public static final int WRITE_DMA_EXT = 0x35;
    public static final int WRITE_MULTIPLE_EXT = 0x39;
    public static final int WRITE_DMA_FUA_EXT = 0x3D;
    public static final int READ_VERIFY = 0x40;
    public static final int READ_VERIFY_ONCE = 0x41;
    public static final int READ_VERIFY_EXT = 0x42;
    public static final int SEEK = 0x70;
    public static final int DIAGNOSTIC = 0x90;
    public static final int INITIALIZE_PARAMETERS = 0x91;
    public static final int READ_MULTIPLE = 0xC4;
    public static final int WRITE_MULTIPLE = 0xC5;
    public static final int SET_MULTIPLE = 0xC6;
    public static final int READ_DMA = 0xC8;
    public static final int READ_DMA_ONCE = 0xC9;
    public static final int WRITE_DMA = 0xCA;
    public static final int WRITE_DMA_ONCE = 0xCB;
    public static final int WRITE_MULTIPLE_FUA_EXT = 0xCE;
    public static final int STANDBY_IMMEDIATE = 0xE0;
    public static final int IDLE_IMMEDIATE = 0xE1;
    public static final int STANDBY = 0xE2;
    public static final int IDLE = 0xE3;
    public static final int CHECK_POWER = 0xE5;
    public static final int SLEEP = 0xE6;
    public static final int FLUSH_CACHE = 0xE7;
    public static final int FLUSH_CACHE_EXT = 0xEA;
    public static final int IDENTIFY = 0xEC;
    public static final int SET_FEATURES = 0xEF;
    public static final int READ_NATIVE_MAX = 0xF8;

    /** Recalibrate is 0x10 … 0x1F. */
    public static final int RECALIBRATE = 0x10;

    public static final int FEATURE_WRITE_CACHE_ON = 0x02;
    public static final int FEATURE_TRANSFER_MODE = 0x03;
    public static final int FEATURE_LOOK_AHEAD_OFF = 0x55;
    public static final int FEATURE_WRITE_CACHE_OFF = 0x82;
    public static final int FEATURE_LOOK_AHEAD_ON = 0xAA;

    public static final int POWER_ACTIVE = 0xFF;

    public static final int SECTOR = 512;

    private AtaFormat() {}
}
