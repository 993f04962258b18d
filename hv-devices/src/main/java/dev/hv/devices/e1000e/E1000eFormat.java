package dev.hv.devices.e1000e;

/** Registers and descriptors (Intel 82574 GbE Controller Family datasheet, chapters 7 and 10). Offsets are bytes from the start of the memory window. */
final class E1000eFormat {

    /** Bytes of the window with the registers. */
    static final int BAR_BYTES = 128 << 10;
    /** Registers that are plain words end here. */
    static final int PLAIN_BYTES = 0x6000;

    // ---- general (10.2.2) ----
    static final int CTRL = 0x00000;
    static final int STATUS = 0x00008;
    static final int EECD = 0x00010;
    static final int EERD = 0x00014;
    static final int CTRL_EXT = 0x00018;
    static final int MDIC = 0x00020;
    /** Of flow control, which does nothing: nobody pauses here. */
    static final int FCAH = 0x0002C;
    static final int FCT = 0x00030;
    static final int FCTTV = 0x00170;
    static final int FCRTH = 0x02168;
    static final int VET = 0x00038;
    static final int TXCW = 0x00178;
    static final int TIPG = 0x00410;
    static final int RDTR = 0x02820;
    static final int EXTCNF_CTRL = 0x00F00;
    static final int PBA = 0x01000;
    static final int EEMNGCTL = 0x01010;
    static final int EEWR = 0x0102C;
    static final int SWSM = 0x05B50;

    static final int MASTER_DISABLE = 1 << 2;
    static final int SET_LINK_UP = 1 << 6;
    static final int RESET = 1 << 26;
    static final int VLAN_MODE = 1 << 30;
    static final int PHY_RESET = 1 << 31;
    /** Writable bits of CTRL that stay. */
    static final int CTRL_KEPT = ~(RESET | PHY_RESET);
    static final int FULL_DUPLEX = 1;
    static final int LINK_UP = 1 << 1;
    static final int SPEED_1000 = 2 << 6;
    static final int PHY_RESET_ASSERTED = 1 << 10;
    static final int MASTER_ENABLED = 1 << 19;
    static final int INTERRUPT_AUTO_MASK = 1 << 27;
    static final int MESSAGE_AUTO_MASK = 1 << 24;
    static final int REINITIALIZE = 1 << 13;
    static final int CONFIGURATION_DONE = 1 << 18;
    static final int SOFTWARE_SEMAPHORE = 1;

    // ---- interrupts (10.2.4) ----
    static final int ICR = 0x000C0;
    static final int ITR = 0x000C4;
    static final int ICS = 0x000C8;
    static final int IMS = 0x000D0;
    static final int IMC = 0x000D8;
    static final int EIAC = 0x000DC;
    static final int IAM = 0x000E0;
    static final int IVAR = 0x000E4;
    /** The first of {@link #VECTORS}. */
    static final int EITR = 0x000E8;

    static final int VECTORS = 5;
    /** Nanoseconds of a unit of the throttling registers. */
    static final int THROTTLE_UNIT = 256;

    static final int TRANSMIT_WRITTEN_BACK = 1;
    static final int TRANSMIT_EMPTY = 1 << 1;
    static final int LINK_CHANGE = 1 << 2;
    static final int RECEIVE_THRESHOLD = 1 << 4;
    static final int RECEIVE_OVERRUN = 1 << 6;
    static final int RECEIVED = 1 << 7;
    /** Of queue 0; that of queue 1 is above it. */
    static final int RECEIVE_QUEUE = 1 << 20;
    static final int TRANSMIT_QUEUE = 1 << 22;
    static final int OTHER = 1 << 24;
    static final int ASSERTED = 1 << 31;
    static final int ALL_CAUSES = 0x01F7_83FF;
    /** What the vector of other causes tells. */
    static final int OTHER_CAUSES = LINK_CHANGE | RECEIVE_OVERRUN | 1 << 9 | 1 << 15 | 1 << 16 | 1 << 17 | 1 << 18;

    // ---- receive (10.2.5) ----
    static final int RCTL = 0x00100;
    static final int PSRCTL = 0x02170;
    static final int RXCSUM = 0x05000;
    static final int RFCTL = 0x05008;
    static final int MTA = 0x05200;
    static final int RAL = 0x05400;
    static final int VFTA = 0x05600;
    static final int MRQC = 0x05818;
    static final int RETA = 0x05C00;
    static final int RSSRK = 0x05C80;
    /** Registers of queue 0; those of queue 1 are {@link #QUEUE_BYTES} behind. */
    static final int RECEIVE_QUEUES = 0x02800;
    static final int TRANSMIT_QUEUES = 0x03800;
    static final int QUEUE_BYTES = 0x100;
    static final int QUEUES = 2;
    /** Within a queue's registers. */
    static final int BASE_LOW = 0x00;
    static final int BASE_HIGH = 0x04;
    static final int LENGTH = 0x08;
    static final int HEAD = 0x10;
    static final int TAIL = 0x18;

    static final int RECEIVE_ENABLE = 1 << 1;
    static final int UNICAST_PROMISCUOUS = 1 << 3;
    static final int MULTICAST_PROMISCUOUS = 1 << 4;
    static final int LONG_PACKETS = 1 << 5;
    static final int LOOPBACK = 1 << 6;
    static final int BROADCAST_ACCEPT = 1 << 15;
    static final int VLAN_FILTER = 1 << 18;
    static final int SIZE_EXTENSION = 1 << 25;
    static final int STRIP_CRC = 1 << 26;
    static final int EXTENDED_STATUS = 1 << 15;
    static final int IP_CHECKSUMS = 1 << 8;
    static final int TRANSPORT_CHECKSUMS = 1 << 9;
    /** The hash stands where the check sum of the packet would. */
    static final int HASH_INSTEAD = 1 << 13;
    static final int ADDRESS_VALID = 1 << 31;
    static final int ADDRESSES = 16;

    static final int DONE = 0x01;
    static final int END_OF_PACKET = 0x02;
    static final int CHECKSUMS_IGNORED = 0x04;
    static final int VLAN_PACKET = 0x08;
    static final int UDP_CHECKED = 0x10;
    static final int TRANSPORT_CHECKED = 0x20;
    static final int IP_CHECKED = 0x40;
    static final int PASSED_INEXACTLY = 0x80;
    static final int TRANSPORT_WRONG = 0x20;
    static final int IP_WRONG = 0x40;
    static final int HEADER_SPLIT = 1 << 15;

    // ---- transmit (10.2.6, 7.2) ----
    static final int TCTL = 0x00400;
    static final int TRANSMIT_ENABLE = 1 << 1;
    static final int PAD_SHORT = 1 << 3;

    static final int DESCRIPTOR = 16;
    static final int LENGTH_MASK = 0xF_FFFF;
    static final int TYPE_SHIFT = 20;
    static final int CONTEXT = 0;
    static final int DATA = 1;
    static final int END = 1 << 24;
    static final int INSERT_CHECKSUM = 1 << 26;
    /** The same bit in extended descriptors. */
    static final int SEGMENT = 1 << 26;
    static final int REPORT_STATUS = 1 << 27;
    static final int EXTENDED = 1 << 29;
    static final int INSERT_VLAN = 1 << 30;
    static final int TCP_CONTEXT = 1 << 24;
    static final int INSERT_IP_CHECKSUM = 1;
    static final int INSERT_TRANSPORT_CHECKSUM = 2;

    // ---- time (10.2.10) ----
    static final int SYSTIML = 0x0B600;
    static final int SYSTIMH = 0x0B604;
    static final int TIMINCA = 0x0B608;
    static final int TIMADJL = 0x0B60C;
    static final int TIMADJH = 0x0B610;

    private E1000eFormat() {}
}
