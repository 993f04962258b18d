package dev.hv.cli.vnc;

/** Numbers of the RFB protocol, version 3.8 (RFC 6143), and of two extensions that the community's document of the protocol has. Big-endian. */
final class RfbFormat {

    static final String VERSION = "RFB 003.008\n";
    static final int VERSION_SIZE = 12;

    static final int SECURITY_NONE = 1;
    static final int SECURITY_VNC = 2;
    static final int CHALLENGE = 16;
    static final int OK = 0;
    static final int FAILED = 1;

    /** Messages of the client. */
    static final int SET_PIXEL_FORMAT = 0;
    static final int SET_ENCODINGS = 2;
    static final int UPDATE_REQUEST = 3;
    static final int KEY_EVENT = 4;
    static final int POINTER_EVENT = 5;
    static final int CUT_TEXT = 6;
    /** QEMU's: its first kind is a key with its scan code. */
    static final int QEMU = 255;
    static final int QEMU_KEY = 0;

    /** Messages of the server. */
    static final int UPDATE = 0;

    static final int RAW = 0;
    static final int ZRLE = 16;
    /** Pseudo-encodings: what a client understands, and rectangles that are none. */
    static final int DESKTOP_SIZE = -223;
    static final int CURSOR = -239;
    static final int QEMU_KEYS = -258;

    private RfbFormat() {}
}
