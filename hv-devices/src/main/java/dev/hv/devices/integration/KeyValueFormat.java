package dev.hv.devices.integration;

/** Payload of key-value messages (Linux' public header include/linux/hyperv.h): operation u8, pool u8, padding u16, then a body, but for {@link #IP_BODY}. */
final class KeyValueFormat {
    static final int GET = 0;
    static final int SET = 1;
    static final int DELETE = 2;
    static final int ENUMERATE = 3;
    static final int GET_IP = 4;
    static final int SET_IP = 5;

    static final int POOL = 1;
    static final int BODY = 4;

    /** Value: type u32, key size u32, value size u32, key, value; text is UTF-16 with a terminating zero, sizes are bytes of it. */
    static final int KEY_SIZE = 4;
    static final int VALUE_SIZE = 8;
    static final int KEY = 12;
    static final int KEY_LIMIT = 512;
    static final int VALUE = KEY + KEY_LIMIT;
    static final int VALUE_LIMIT = 2048;
    static final int VALUE_END = VALUE + VALUE_LIMIT;

    /** Types of values; guests disagree about the number of 64-bit values. */
    static final int STRING = 1;
    static final int DWORD = 4;
    static final int QWORD = 8;
    static final int QWORD_WINDOWS = 11;

    /** Delete: key size u32, key. Enumerate: index u32, value. */
    static final int DELETE_KEY = 4;
    static final int ENUMERATE_VALUE = 4;

    /** Messages about addresses have their body right behind operation and pool (struct hv_kvp_ip_msg). */
    static final int IP_BODY = 2;

    /** IP information: adapter id, address family u8, DHCP u8, then lists of addresses separated by semicolons. */
    static final int ADAPTER = 0;
    static final int ADAPTER_LIMIT = 256;
    static final int FAMILY = ADAPTER + ADAPTER_LIMIT;
    static final int DHCP = FAMILY + 1;
    static final int ADDRESSES = DHCP + 1;
    static final int ADDRESSES_LIMIT = 2048;
    static final int SUBNETS = ADDRESSES + ADDRESSES_LIMIT;
    static final int SUBNETS_LIMIT = 2048;
    static final int GATEWAYS = SUBNETS + SUBNETS_LIMIT;
    static final int GATEWAYS_LIMIT = 1024;
    static final int NAME_SERVERS = GATEWAYS + GATEWAYS_LIMIT;
    static final int NAME_SERVERS_LIMIT = 2048;
    static final int IP_END = NAME_SERVERS + NAME_SERVERS_LIMIT;

    private KeyValueFormat() {}
}
