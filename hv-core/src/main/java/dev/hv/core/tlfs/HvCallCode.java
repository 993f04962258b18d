package dev.hv.core.tlfs;

/** Hypercall codes (TLFS, appendix "Hypercall code reference"). */
public final class HvCallCode {
    public static final int FLUSH_VIRTUAL_ADDRESS_SPACE = 0x0002;
    public static final int FLUSH_VIRTUAL_ADDRESS_LIST = 0x0003;
    public static final int NOTIFY_LONG_SPIN_WAIT = 0x0008;
    public static final int SEND_SYNTHETIC_CLUSTER_IPI = 0x000B;
    public static final int FLUSH_VIRTUAL_ADDRESS_SPACE_EX = 0x0013;
    public static final int FLUSH_VIRTUAL_ADDRESS_LIST_EX = 0x0014;
    public static final int SEND_SYNTHETIC_CLUSTER_IPI_EX = 0x0015;
    public static final int GET_PARTITION_PROPERTY = 0x0044;
    public static final int GET_PARTITION_ID = 0x0046;
    public static final int GET_VP_REGISTERS = 0x0050;
    public static final int SET_VP_REGISTERS = 0x0051;
    public static final int POST_MESSAGE = 0x005C;
    public static final int SIGNAL_EVENT = 0x005D;
    public static final int RETARGET_DEVICE_INTERRUPT = 0x007E;
    public static final int START_VIRTUAL_PROCESSOR = 0x0099;
    public static final int GET_VP_INDEX_FROM_APIC_ID = 0x009A;
    public static final int MMIO_READ = 0x0106;
    public static final int MMIO_WRITE = 0x0107;
    public static final int EXT_QUERY_CAPABILITIES = 0x8001;
    public static final int EXT_MEMORY_HEAT_HINT = 0x8003;

    private HvCallCode() {}
}
