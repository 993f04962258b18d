package dev.hv.core.tlfs;

/** Hypercall codes (TLFS, appendix "Hypercall code reference"). */
public final class HvCallCode {
    public static final int FLUSH_VIRTUAL_ADDRESS_SPACE = 0x0002;
    public static final int FLUSH_VIRTUAL_ADDRESS_LIST = 0x0003;
    public static final int NOTIFY_LONG_SPIN_WAIT = 0x0008;
    public static final int SEND_SYNTHETIC_CLUSTER_IPI = 0x000B;
    public static final int FLUSH_VIRTUAL_ADDRESS_SPACE_EX = 0x0013;
    public static final int FLUSH_VIRTUAL_ADDRESS_LIST_EX = 0x0014;
    public static final int FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE = 0x00AF;
    public static final int FLUSH_GUEST_PHYSICAL_ADDRESS_LIST = 0x00B0;
    public static final int SEND_SYNTHETIC_CLUSTER_IPI_EX = 0x0015;
    public static final int CREATE_PARTITION = 0x0040;
    public static final int INITIALIZE_PARTITION = 0x0041;
    public static final int FINALIZE_PARTITION = 0x0042;
    public static final int DELETE_PARTITION = 0x0043;
    public static final int GET_PARTITION_PROPERTY = 0x0044;
    public static final int SET_PARTITION_PROPERTY = 0x0045;
    public static final int GET_PARTITION_ID = 0x0046;
    public static final int DEPOSIT_MEMORY = 0x0048;
    public static final int WITHDRAW_MEMORY = 0x0049;
    public static final int MAP_GPA_PAGES = 0x004B;
    public static final int UNMAP_GPA_PAGES = 0x004C;
    public static final int INSTALL_INTERCEPT = 0x004D;
    public static final int CREATE_VP = 0x004E;
    public static final int DELETE_VP = 0x004F;
    public static final int GET_VP_REGISTERS = 0x0050;
    public static final int SET_VP_REGISTERS = 0x0051;
    public static final int TRANSLATE_VIRTUAL_ADDRESS = 0x0052;
    public static final int CLEAR_VIRTUAL_INTERRUPT = 0x0056;
    public static final int DELETE_PORT = 0x0058;
    public static final int DISCONNECT_PORT = 0x005B;
    public static final int POST_MESSAGE = 0x005C;
    public static final int SIGNAL_EVENT = 0x005D;
    public static final int UNMAP_STATS_PAGE = 0x006D;
    public static final int MAP_DEVICE_INTERRUPT = 0x007C;
    public static final int UNMAP_DEVICE_INTERRUPT = 0x007D;
    public static final int RETARGET_DEVICE_INTERRUPT = 0x007E;
    public static final int ATTACH_DEVICE = 0x0082;
    public static final int DETACH_DEVICE = 0x0083;
    public static final int ASSERT_VIRTUAL_INTERRUPT = 0x0094;
    public static final int CREATE_PORT = 0x0095;
    public static final int CONNECT_PORT = 0x0096;
    public static final int START_VIRTUAL_PROCESSOR = 0x0099;
    public static final int GET_VP_INDEX_FROM_APIC_ID = 0x009A;
    public static final int SIGNAL_EVENT_DIRECT = 0x00C0;
    public static final int POST_MESSAGE_DIRECT = 0x00C1;
    public static final int GET_GPA_PAGES_ACCESS_STATES = 0x00C9;
    public static final int MAP_VP_STATE_PAGE = 0x00E1;
    public static final int UNMAP_VP_STATE_PAGE = 0x00E2;
    public static final int NOTIFY_PORT_RING_EMPTY = 0x008B;
    public static final int REGISTER_INTERCEPT_RESULT = 0x0091;
    public static final int GET_VP_STATE = 0x00E3;
    public static final int SET_VP_STATE = 0x00E4;
    public static final int GET_VP_CPUID_VALUES = 0x00F4;
    public static final int GET_PARTITION_PROPERTY_EX = 0x0101;
    public static final int MMIO_READ = 0x0106;
    public static final int MMIO_WRITE = 0x0107;
    public static final int MAP_STATS_PAGE2 = 0x0131;
    public static final int EXT_QUERY_CAPABILITIES = 0x8001;
    public static final int EXT_MEMORY_HEAT_HINT = 0x8003;

    private HvCallCode() {}
}
