package dev.hv.devices.memory;

/** Messages of the dynamic memory protocol: a header, then what each type has. Little-endian; no pipe header. */
final class DynamicMemoryFormat {

    /** Header: type u16, size of the whole message u16, transaction u32. */
    static final int TYPE = 0;
    static final int SIZE = 2;
    static final int TRANSACTION = 4;
    static final int HEADER = 8;

    static final int VERSION_REQUEST = 1;
    static final int VERSION_RESPONSE = 2;
    static final int CAPABILITIES = 3;
    static final int CAPABILITIES_RESPONSE = 4;
    static final int STATUS = 5;
    static final int BALLOON_REQUEST = 6;
    static final int BALLOON_RESPONSE = 7;
    static final int UNBALLOON_REQUEST = 8;
    static final int UNBALLOON_RESPONSE = 9;
    static final int HOT_ADD_REQUEST = 10;
    static final int HOT_ADD_RESPONSE = 11;
    static final int INFORMATION = 12;

    /** Version request: version u32 (major in bits 31:16), flags u32. Response: bit 0 accepted, u64. */
    static final int VERSION = HEADER;
    static final int VERSION_REQUEST_SIZE = HEADER + 8;
    /** Versions of Windows 8 and Windows 10 (1.0, 2.0) and of Windows 7 (0.3). */
    static final int[] VERSIONS = {2 << 16, 1 << 16, 3};

    /** Capabilities: u64 with ballooning in bit 0, hot add in bit 1, its alignment (log2 of MiB) in bits 5:2; then least and most pages, u64 each. */
    static final int CAPABILITY_BITS = HEADER;
    static final int BALLOON = 1;
    static final int HOT_ADD = 2;
    static final int CAPABILITIES_SIZE = HEADER + 24;
    static final int RESPONSE_SIZE = HEADER + 8;

    /** Status: available, committed, page file, zero or free pages u64 each; page file writes, difference of I/O u32 each. */
    static final int AVAILABLE = HEADER;
    static final int COMMITTED = HEADER + 8;
    static final int STATUS_SIZE = HEADER + 40;

    /** Balloon request: pages u32, reserved u32. */
    static final int BALLOON_REQUEST_SIZE = HEADER + 8;

    /** Balloon response: reserved u32; u32 with more to come in bit 0 and a count of ranges in bits 31:1; the ranges. */
    static final int BALLOON_COUNT = HEADER + 4;
    static final int BALLOON_RANGES = HEADER + 8;

    /** Unballoon request: bit 0 more to come, u32; count of ranges u32; the ranges. The response is a header. */
    static final int UNBALLOON_COUNT = HEADER + 4;
    static final int UNBALLOON_RANGES = HEADER + 8;

    /** A range: first page number in bits 39:0, pages in bits 63:40. */
    static final int RANGE = 8;
    static final long FIRST = (1L << 40) - 1;
    static final int COUNT_SHIFT = 40;
    static final long MOST_IN_RANGE = (1L << 24) - 1;
    /** Guests read messages into a page. */
    static final int MOST_RANGES = 500;

    /** Hot add request: a range. Response: pages added u32, result u32 (1 success). */
    static final int HOT_ADD_REQUEST_SIZE = HEADER + RANGE;
    static final int ADDED_PAGES = HEADER;
    static final int ADDED_RESULT = HEADER + 4;
    static final int HOT_ADD_RESPONSE_SIZE = HEADER + 8;

    /** Information: reserved u32, size of what follows u32; type u32 (0: most pages the machine may have), size of the value u32, the value u64. */
    static final int INFORMATION_LENGTH = HEADER + 4;
    static final int INFORMATION_VALUE_SIZE = HEADER + 12;
    static final int INFORMATION_VALUE = HEADER + 16;
    static final int INFORMATION_SIZE = HEADER + 24;

    private DynamicMemoryFormat() {}
}
