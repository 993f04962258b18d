package dev.hv.devices.integration;

/** Payload of messages of the file copy component (Linux' public header include/uapi/linux/hyperv.h): operation u32, two GUIDs, then a body. All packed. */
final class FileCopyFormat {
    static final int START = 0;
    static final int WRITE = 1;
    static final int COMPLETE = 2;
    static final int CANCEL = 3;

    /** Of a message without a body. */
    static final int HEADER = 36;

    /** Start: name of the file, folder, in UTF-16 with terminating zeroes; flags u32; size of the file u64. */
    static final int NAME = HEADER;
    /** Characters of a name, its terminating zero included. */
    static final int NAME_LIMIT = 260;
    static final int FOLDER = NAME + 2 * NAME_LIMIT;
    static final int FLAGS = FOLDER + 2 * NAME_LIMIT;
    static final int OVERWRITE = 1;
    static final int CREATE_PATH = 2;
    static final int FILE_SIZE = FLAGS + 4;
    static final int START_END = FILE_SIZE + 8;

    /** Write: padding u32, offset u64, size u32, as many bytes; the message has all its room, whatever the size. */
    static final int OFFSET = HEADER + 4;
    static final int SIZE = OFFSET + 8;
    static final int DATA = SIZE + 4;
    static final int DATA_LIMIT = 6 << 10;
    static final int WRITE_END = DATA + DATA_LIMIT;

    private FileCopyFormat() {}
}
