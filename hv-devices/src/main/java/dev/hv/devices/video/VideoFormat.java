package dev.hv.devices.video;

import dev.hv.devices.pipe.PipeHeader;

/**
 * Messages of synthetic video: a pipe header, a header, then what each type has, packed. Little-endian. Offsets count from the pipe header; those of the body, from {@link #BODY}.
 * The layouts are those of the public drivers' headers (Linux, drivers/gpu/drm/hyperv and drivers/video/fbdev).
 */
final class VideoFormat {

    /** Header: type u32, size u32 of header and body. */
    static final int TYPE = PipeHeader.SIZE;
    static final int SIZE = TYPE + 4;
    static final int HEADER = 8;
    static final int BODY = TYPE + HEADER;

    static final int VERSION_REQUEST = 1;
    static final int VERSION_RESPONSE = 2;
    static final int VRAM_LOCATION = 3;
    static final int VRAM_LOCATION_ACK = 4;
    static final int SITUATION_UPDATE = 5;
    static final int SITUATION_UPDATE_ACK = 6;
    static final int POINTER_POSITION = 7;
    static final int POINTER_SHAPE = 8;
    static final int FEATURE_CHANGE = 9;
    static final int DIRT = 10;
    static final int RESOLUTION_REQUEST = 13;
    static final int RESOLUTION_RESPONSE = 14;

    /** Version request: version u32, major number in bits 15:0, minor in 31:16. Response: version u32, accepted u8, most outputs u8. */
    static final int VERSION = BODY;
    static final int VERSION_ACCEPTED = BODY + 4;
    static final int VERSION_OUTPUTS = BODY + 5;
    static final int VERSION_REQUEST_SIZE = 4;
    static final int VERSION_RESPONSE_SIZE = 6;
    /** Windows 8. */
    static final int V3_2 = 2 << 16 | 3;
    /** Windows 10: the guest asks for resolutions. */
    static final int V3_5 = 5 << 16 | 3;

    /** VRAM location: context u64, whether an address is said u8, guest-physical address u64. Its answer and that of a situation: context u64. */
    static final int CONTEXT = BODY;
    static final int VRAM_SPECIFIED = BODY + 8;
    static final int VRAM_ADDRESS = BODY + 9;
    static final int VRAM_LOCATION_SIZE = 17;
    static final int ACK_SIZE = 8;

    /** Situation: context u64, outputs u8, then of each: active u8, offset of its first pixel in VRAM u32, bits a pixel u8, width, height, bytes a line u32 each. */
    static final int SITUATION_OUTPUTS = BODY + 8;
    static final int ACTIVE = BODY + 9;
    static final int VRAM_OFFSET = BODY + 10;
    static final int DEPTH = BODY + 14;
    static final int WIDTH = BODY + 15;
    static final int HEIGHT = BODY + 19;
    static final int PITCH = BODY + 23;
    static final int SITUATION_SIZE = 27;

    /** Pointer position: visible u8, output u8, x and y of its hot spot i32 each. */
    static final int POINTER_VISIBLE = BODY;
    static final int POINTER_X = BODY + 2;
    static final int POINTER_Y = BODY + 6;
    static final int POINTER_POSITION_SIZE = 10;

    /** Pointer shape: part u8 (from 0 on; the last is {@link #LAST_PART}), with colours u8, width, height, x and y of the hot spot u32 each, then pixels: blue, green, red, opacity. */
    static final int SHAPE_PART = BODY;
    static final int LAST_PART = 0xFF;
    static final int SHAPE_COLOURS = BODY + 1;
    static final int SHAPE_WIDTH = BODY + 2;
    static final int SHAPE_HEIGHT = BODY + 6;
    static final int SHAPE_HOT_X = BODY + 10;
    static final int SHAPE_HOT_Y = BODY + 14;
    static final int SHAPE_DATA = BODY + 18;
    static final int SHAPE_SIZE = 18;

    /** Features that the host wants: dirty rectangles, pointer position, pointer shape, situation u8 each. */
    static final int FEATURE_CHANGE_SIZE = 4;

    /** Dirty rectangles: output u8, count u8, then left, top, right, bottom i32 each; right and bottom are outside. */
    static final int DIRT_COUNT = BODY + 1;
    static final int DIRT_RECTANGLES = BODY + 2;
    static final int DIRT_SIZE = 2;
    static final int RECTANGLE = 16;

    /** Resolution request: most that are wanted u8. Response: EDID, how many u8, the one to begin with u8, standard u8, then room for 64 of width and height u16 each. */
    static final int RESOLUTION_REQUEST_SIZE = 1;
    static final int EDID = BODY;
    static final int RESOLUTION_COUNT = EDID + Edid.SIZE;
    static final int RESOLUTION_DEFAULT = RESOLUTION_COUNT + 1;
    static final int RESOLUTIONS = RESOLUTION_COUNT + 3;
    static final int MOST_RESOLUTIONS = 64;
    static final int RESOLUTION_RESPONSE_SIZE = RESOLUTIONS + MOST_RESOLUTIONS * 4 - BODY;

    private VideoFormat() {}
}
