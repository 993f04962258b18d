package dev.hv.devices.nvme;

/** Numbers of the NVM Express Base Specification 1.4; sections are its own. */
final class NvmeFormat {

    // Registers (3.1)
    static final int CAP = 0x00;
    static final int VS = 0x08;
    static final int INTMS = 0x0C;
    static final int INTMC = 0x10;
    static final int CC = 0x14;
    static final int CSTS = 0x1C;
    static final int NSSR = 0x20;
    static final int AQA = 0x24;
    static final int ASQ = 0x28;
    static final int ACQ = 0x30;
    static final int DOORBELLS = 0x1000;
    /** Bytes of registers and doorbells. */
    static final int BAR_BYTES = 0x4000;
    static final int VERSION = 0x0001_0400;

    // Controller configuration (3.1.5) and status (3.1.6)
    static final int ENABLE = 1;
    static final int WRITABLE_CC = 0x00FF_FFF1;
    static final int READY = 1;
    static final int FATAL = 1 << 1;
    static final int SHUTDOWN_UNDER_WAY = 1 << 2;
    static final int SHUTDOWN_DONE = 2 << 2;
    static final int SHUTDOWN_MASK = 3 << 2;

    /** Bytes of a submission and of a completion queue's entry, and their powers of two. */
    static final int COMMAND = 64;
    static final int COMPLETION = 16;
    static final int COMMAND_SHIFT = 6;
    static final int COMPLETION_SHIFT = 4;
    /** Entries of a queue at most. */
    static final int MOST_ENTRIES = 1024;
    /** Queues for input and output at most, of each kind. */
    static final int MOST_QUEUES = 64;
    /** Power of two of the pages that a command moves at most: 1 MiB. */
    static final int MDTS = 8;
    static final int PAGE = 0x1000;
    /** Largest page size that may be chosen, as a power of two above 4 KiB. */
    static final int MOST_PAGE_SHIFT = 4;
    /** All namespaces. */
    static final int ALL = -1;

    // Admin commands (5)
    static final int DELETE_SQ = 0x00;
    static final int CREATE_SQ = 0x01;
    static final int GET_LOG_PAGE = 0x02;
    static final int DELETE_CQ = 0x04;
    static final int CREATE_CQ = 0x05;
    static final int IDENTIFY = 0x06;
    static final int ABORT = 0x08;
    static final int SET_FEATURES = 0x09;
    static final int GET_FEATURES = 0x0A;
    static final int ASYNC_EVENT = 0x0C;

    // NVM commands (6)
    static final int FLUSH = 0x00;
    static final int WRITE = 0x01;
    static final int READ = 0x02;
    static final int COMPARE = 0x05;
    static final int WRITE_ZEROES = 0x08;
    static final int DATASET_MANAGEMENT = 0x09;

    // Status: type in bits 10:8, code in 7:0 (4.6.1)
    static final int OK = 0x000;
    static final int INVALID_OPCODE = 0x001;
    static final int INVALID_FIELD = 0x002;
    static final int DATA_TRANSFER_ERROR = 0x004;
    static final int INTERNAL_ERROR = 0x006;
    static final int ABORT_REQUESTED = 0x007;
    static final int ABORTED_BY_DELETION = 0x008;
    static final int INVALID_NAMESPACE = 0x00B;
    static final int INVALID_SGL_SEGMENT = 0x00D;
    static final int INVALID_SGL_COUNT = 0x00E;
    static final int SGL_LENGTH_INVALID = 0x00F;
    static final int SGL_TYPE_INVALID = 0x011;
    static final int PRP_OFFSET_INVALID = 0x013;
    static final int WRITE_PROTECTED = 0x020;
    static final int LBA_OUT_OF_RANGE = 0x080;
    static final int CAPACITY_EXCEEDED = 0x081;
    static final int COMPLETION_QUEUE_INVALID = 0x100;
    static final int INVALID_QUEUE_ID = 0x101;
    static final int INVALID_QUEUE_SIZE = 0x102;
    static final int TOO_MANY_EVENTS = 0x105;
    static final int INVALID_VECTOR = 0x108;
    static final int INVALID_LOG_PAGE = 0x109;
    static final int INVALID_QUEUE_DELETION = 0x10C;
    static final int NOT_SAVEABLE = 0x10D;
    static final int WRITE_FAULT = 0x280;
    static final int UNRECOVERED_READ = 0x281;
    static final int COMPARE_FAILED = 0x285;
    /** Trying again will not help. */
    static final int DO_NOT_RETRY = 1 << 14;

    // Asynchronous events (5.2): type in bits 2:0, information in 15:8, log page in 23:16
    static final int EVENT_BAD_DOORBELL = 0x01_00_00;
    static final int EVENT_BAD_DOORBELL_VALUE = 0x01_01_00;

    // Log pages (5.14)
    static final int LOG_ERRORS = 0x01;
    static final int LOG_HEALTH = 0x02;
    static final int LOG_FIRMWARE = 0x03;
    static final int LOG_CHANGED_NAMESPACES = 0x04;
    static final int LOG_EFFECTS = 0x05;

    // Features (5.21.1)
    static final int FEATURE_ARBITRATION = 0x01;
    static final int FEATURE_POWER = 0x02;
    static final int FEATURE_TEMPERATURE = 0x04;
    static final int FEATURE_ERROR_RECOVERY = 0x05;
    static final int FEATURE_WRITE_CACHE = 0x06;
    static final int FEATURE_QUEUES = 0x07;
    static final int FEATURE_COALESCING = 0x08;
    static final int FEATURE_VECTOR = 0x09;
    static final int FEATURE_ATOMICITY = 0x0A;
    static final int FEATURE_EVENTS = 0x0B;

    private NvmeFormat() {}
}
