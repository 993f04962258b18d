package dev.hv.devices.vpci;

/** Messages of virtual PCI (hyperv.md 4.10): numbers, offsets and sizes. Each message begins with its type. */
final class VpciFormat {

    static final int VERSION_1_1 = 0x1_0001;
    static final int VERSION_1_3 = 0x1_0003;
    static final int VERSION_1_4 = 0x1_0004;

    private static final int BASE = 0x4249_0000;
    static final int BUS_RELATIONS = BASE;
    static final int QUERY_BUS_RELATIONS = BASE + 0x01;
    static final int POWER_STATE_CHANGE = BASE + 0x04;
    static final int QUERY_RESOURCE_REQUIREMENTS = BASE + 0x05;
    static final int BUS_D0_ENTRY = BASE + 0x07;
    static final int BUS_D0_EXIT = BASE + 0x08;
    static final int EJECT = BASE + 0x0B;
    static final int EJECTION_COMPLETE = BASE + 0x0F;
    static final int RESOURCES_ASSIGNED = BASE + 0x10;
    static final int RESOURCES_RELEASED = BASE + 0x11;
    static final int QUERY_PROTOCOL_VERSION = BASE + 0x13;
    static final int CREATE_INTERRUPT = BASE + 0x14;
    static final int DELETE_INTERRUPT = BASE + 0x15;
    static final int RESOURCES_ASSIGNED_2 = BASE + 0x16;
    static final int CREATE_INTERRUPT_2 = BASE + 0x17;
    static final int BUS_RELATIONS_2 = BASE + 0x19;
    static final int RESOURCES_ASSIGNED_3 = BASE + 0x1A;
    static final int CREATE_INTERRUPT_3 = BASE + 0x1B;

    /** Second word: version, slot or, of relations, how many there are. */
    static final int SECOND = 4;
    static final int D0_MMIO_BASE = 8;
    static final int D0_SIZE = 16;
    static final int POWER_STATE = 8;
    static final int POWER_SIZE = 16;

    /** Description of a function in relations, and in those of version 1.3. */
    static final int RELATIONS_FUNCTIONS = 8;
    static final int FUNCTION_SIZE = 20;
    static final int FUNCTION_2_SIZE = 28;
    static final int FUNCTION_SUBSYSTEM = 8;
    static final int FUNCTION_SLOT = 12;
    static final int FUNCTION_SERIAL = 16;

    /** Interrupts to be made: vector, then by version of the message. */
    static final int INTERRUPT_VECTOR = 8;
    static final int INTERRUPT_COUNT = 10;
    static final int INTERRUPT_MASK = 16;
    static final int INTERRUPT_SIZE = 24;
    static final int INTERRUPT_2_PROCESSORS = 12;
    static final int INTERRUPT_2_ARRAY = 14;
    static final int INTERRUPT_2_SIZE = 78;
    static final int INTERRUPT_3_COUNT = 14;
    static final int INTERRUPT_3_PROCESSORS = 16;
    static final int INTERRUPT_3_ARRAY = 18;
    static final int INTERRUPT_3_SIZE = 82;
    static final int MOST_PROCESSORS = 32;

    /** Answer to that: status, reserved, then the message of the device. */
    static final int MADE_COUNT = 10;
    static final int MADE_DATA = 12;
    static final int MADE_ADDRESS = 16;
    static final int MADE_SIZE = 24;
    /** The same in a message that takes an interrupt away. */
    static final int DELETED_DATA = 12;
    static final int DELETED_ADDRESS = 16;
    static final int DELETED_SIZE = 24;

    static final int RESOURCES_SIZE = 28;
    static final int BARS = 6;

    /** Bytes of the window that configuration space is seen through: a page with the slot that is meant, a page of its registers. */
    static final int WINDOW = 0x2000;
    static final int WINDOW_REGISTERS = 0x1000;

    static final int SUCCESS = 0;
    static final int REVISION_MISMATCH = 0xC000_0059;
    static final int INVALID_PARAMETER = 0xC000_000D;
    static final int NOT_SUPPORTED = 0xC000_00BB;
    static final int INSUFFICIENT_RESOURCES = 0xC000_009A;

    private VpciFormat() {}
}
