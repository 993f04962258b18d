package dev.hv.devices.ahci;

/** Numbers of AHCI 1.3.1 (registers: chapter 3; structures in memory: chapter 4), of Serial ATA's frames (FIS, 10.3) and of its commands. */
final class AhciFormat {

    // Generic host control (3.1)
    static final int CAP = 0x00;
    static final int GHC = 0x04;
    static final int IS = 0x08;
    static final int PI = 0x0C;
    static final int VS = 0x10;
    static final int PORTS = 0x100;
    static final int PORT_BYTES = 0x80;
    static final int BAR_BYTES = 0x1000;
    static final int VERSION = 0x0001_0301;
    static final int HOST_RESET = 1;
    static final int INTERRUPT_ENABLE = 1 << 1;
    static final int AHCI_ENABLE = 1 << 31;

    // Port registers (3.3)
    static final int CLB = 0x00;
    static final int FB = 0x08;
    static final int PORT_IS = 0x10;
    static final int PORT_IE = 0x14;
    static final int CMD = 0x18;
    static final int TFD = 0x20;
    static final int SIG = 0x24;
    static final int SSTS = 0x28;
    static final int SCTL = 0x2C;
    static final int SERR = 0x30;
    static final int SACT = 0x34;
    static final int CI = 0x38;

    static final int START = 1;
    static final int SPIN_UP = 1 << 1;
    static final int POWER_ON = 1 << 2;
    static final int LIST_OVERRIDE = 1 << 3;
    static final int FIS_ENABLE = 1 << 4;
    static final int FIS_RUNNING = 1 << 14;
    static final int LIST_RUNNING = 1 << 15;
    static final int WRITABLE_CMD = 0xF700_0007 | FIS_ENABLE;

    static final int REGISTER_FIS = 1;
    static final int PIO_FIS = 1 << 1;
    static final int BITS_FIS = 1 << 3;
    static final int CONNECT_CHANGE = 1 << 6;
    static final int OVERFLOW = 1 << 24;
    static final int BUS_DATA_ERROR = 1 << 28;
    static final int BUS_FATAL_ERROR = 1 << 29;
    static final int TASK_FILE_ERROR = 1 << 30;
    static final int WRITABLE_IE = 0xFDC0_00FF;
    static final int EXCHANGED = 1 << 26;

    static final int SIGNATURE = 0x0000_0101;
    /** A device, third generation, active. */
    static final int LINK_UP = 0x133;

    // Command list and table (4.2)
    static final int SLOTS = 32;
    static final int HEADER = 32;
    static final int PRDT = 0x80;
    static final int PRD = 16;
    static final int WRITES = 1 << 6;
    static final int FIS_BYTES = 20;
    /** Where frames are received (4.2.1). */
    static final int RECEIVED_PIO = 0x20;
    static final int RECEIVED_REGISTERS = 0x40;
    static final int RECEIVED_BITS = 0x58;

    static final int HOST_TO_DEVICE = 0x27;
    static final int DEVICE_TO_HOST = 0x34;
    static final int PIO_SETUP = 0x5F;
    static final int SET_BITS = 0xA1;
    static final int FIS_INTERRUPT = 1 << 6;
    static final int FIS_TO_HOST = 1 << 5;
    static final int FIS_COMMAND = 1 << 7;
    static final int SOFT_RESET = 1 << 2;

    // Commands that ATA/ATAPI-7 does not have (ATA8-ACS)
    static final int DATA_SET_MANAGEMENT = 0x06;
    static final int READ_LOG_EXT = 0x2F;
    static final int READ_QUEUED = 0x60;
    static final int WRITE_QUEUED = 0x61;
    static final int LOG_QUEUED_ERROR = 0x10;
    static final int TRIM = 1;

    private AhciFormat() {}
}
