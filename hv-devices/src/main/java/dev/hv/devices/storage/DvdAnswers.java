package dev.hv.devices.storage;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Answers of a DVD-ROM drive that depend on nothing but its medium (MMC-6). Null stands for an invalid field in the CDB. */
final class DvdAnswers {

    private static final int PROFILE_CD_ROM = 0x0008;
    private static final int PROFILE_DVD_ROM = 0x0010;
    private static final int LEAD_OUT = 0xAA;
    /** Data track, digital copy prohibited. */
    private static final int DATA_TRACK = 0x14;
    private static final int MSF = 0x02;
    private static final int FRAMES = 75;
    private static final int LEAD_IN_FRAMES = 150;
    /** Physical sector number of a DVD's first data sector. */
    private static final int DVD_START = 0x3_0000;

    private DvdAnswers() {}

    // ---- GET CONFIGURATION (section 6.5) -----------------------------------------------------------------------------------

    static byte[] configuration(ScsiCommand c, boolean medium) {
        int request = c.field(1) & 3;
        int start = Wire.big16(c.cdb(), 2);
        if (request == 3) {
            return null;
        }
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[8]);
        int now = medium ? 1 : 0;
        // feature, version and current bits, data
        feature(out, request, start, 0x0000, 0x03, PROFILE_DVD_ROM >>> 8, PROFILE_DVD_ROM, now, 0, PROFILE_CD_ROM >>> 8, PROFILE_CD_ROM, 0, 0);
        feature(out, request, start, 0x0001, 0x0B, 0, 0, 0, 1, 1, 0, 0, 0); // core: SCSI
        feature(out, request, start, 0x0002, 0x07, 2, 0, 0, 0); // morphing: polled events
        feature(out, request, start, 0x0003, 0x03, 0x29, 0, 0, 0); // removable medium: tray, eject, lock
        feature(out, request, start, 0x0010, now, 0, 0, SECTOR_HIGH, 0, 0, 1, 0, 0); // random reading: 2048 bytes, one block
        feature(out, request, start, 0x001E, 0x08, 0, 0, 0, 0); // reading CDs
        feature(out, request, start, 0x001F, 0x08 | now, 0, 0, 0, 0); // reading DVDs
        feature(out, request, start, 0x0105, 0x07, 0, 0, 0, 0); // timeouts
        byte[] b = out.toByteArray();
        Wire.putBig32(b, 0, b.length - 4);
        Wire.putBig16(b, 6, medium ? PROFILE_DVD_ROM : 0);
        return b;
    }

    private static final int SECTOR_HIGH = DvdUnit.SECTOR >>> 8;

    private static void feature(ByteArrayOutputStream out, int request, int start, int number, int flags, int... data) {
        boolean wanted = switch (request) {
            case 0 -> number >= start;
            case 1 -> number >= start && (flags & 1) != 0;
            default -> number == start;
        };
        if (wanted) {
            out.write(number >>> 8);
            out.write(number);
            out.write(flags);
            out.write(data.length);
            for (int d : data) {
                out.write(d);
            }
        }
    }

    // ---- READ TOC/PMA/ATIP (section 6.25) ------------------------------------------------------------------------------------

    static byte[] tableOfContents(ScsiCommand c, long blocks) {
        boolean msf = c.bit(1, MSF);
        int format = c.field(2) & 0xF;
        int first = c.field(6);
        if (format == 0) {
            if (first > 1 && first != LEAD_OUT) {
                return null;
            }
            boolean onlyLeadOut = first == LEAD_OUT;
            byte[] b = new byte[onlyLeadOut ? 12 : 20];
            b[2] = 1;
            b[3] = 1;
            int at = 4;
            if (!onlyLeadOut) {
                track(b, at, 1, 0, msf);
                at += 8;
            }
            track(b, at, LEAD_OUT, blocks, msf);
            Wire.putBig16(b, 0, b.length - 2);
            return b;
        }
        if (format == 1) {
            byte[] b = new byte[12];
            b[2] = 1;
            b[3] = 1;
            track(b, 4, 1, 0, msf);
            Wire.putBig16(b, 0, b.length - 2);
            return b;
        }
        return null;
    }

    private static void track(byte[] b, int at, int number, long block, boolean msf) {
        b[at + 1] = DATA_TRACK;
        b[at + 2] = (byte) number;
        if (msf) {
            long frames = block + LEAD_IN_FRAMES;
            b[at + 5] = (byte) Math.min(frames / FRAMES / 60, 255);
            b[at + 6] = (byte) (frames / FRAMES % 60);
            b[at + 7] = (byte) (frames % FRAMES);
        } else {
            Wire.putBig32(b, at + 4, (int) block);
        }
    }

    // ---- READ DISC STRUCTURE (section 6.22) -------------------------------------------------------------------------------------

    static byte[] structure(ScsiCommand c, long blocks) {
        if ((c.field(1) & 0xF) != 0 || c.field(6) != 0) {
            // neither other kinds of discs nor a second layer
            return null;
        }
        byte[] b;
        switch (c.field(7)) {
            case 0x00 -> {
                b = new byte[4 + 2048];
                b[4] = 0x01; // DVD-ROM, part version 1
                b[5] = 0x0F; // 120 mm, no least rate
                b[6] = 0x01; // one layer, embossed
                Wire.putBig32(b, 8, DVD_START);
                Wire.putBig32(b, 12, (int) (DVD_START + blocks - 1));
            }
            case 0x01 -> b = new byte[4 + 4]; // no copyright protection, all regions
            case 0x04 -> b = new byte[4 + 2048];
            case 0xFF -> {
                b = new byte[4 + 12];
                int at = 4;
                for (int[] f : new int[][] {{0x00, 2052}, {0x01, 8}, {0x04, 2052}}) {
                    b[at] = (byte) f[0];
                    b[at + 1] = 0x40; // can be read
                    Wire.putBig16(b, at + 2, f[1]);
                    at += 4;
                }
            }
            default -> {
                return null;
            }
        }
        Wire.putBig16(b, 0, b.length - 2);
        return b;
    }

    // ---- others ----------------------------------------------------------------------------------------------------------------

    /** READ DISC INFORMATION (section 6.21): one complete session with one track. */
    static byte[] discInformation(ScsiCommand c) {
        if ((c.field(1) & 7) != 0) {
            return null;
        }
        byte[] b = new byte[34];
        Wire.putBig16(b, 0, 32);
        b[2] = 0x0E; // disc and last session are complete
        b[3] = 1;
        b[4] = 1;
        b[5] = 1;
        b[6] = 1;
        b[7] = 0x20; // unrestricted use
        Arrays.fill(b, 16, 24, (byte) 0xFF); // no further session, no lead-out
        return b;
    }

    /** READ TRACK INFORMATION (section 6.26) of the only track, by its number, its session's, or a block in it. */
    static byte[] trackInformation(ScsiCommand c, long blocks) {
        long which = Wire.big32(c.cdb(), 2);
        boolean there = switch (c.field(1) & 3) {
            case 0 -> which < blocks;
            case 1, 2 -> which == 1;
            default -> false;
        };
        if (!there) {
            return null;
        }
        byte[] b = new byte[36];
        Wire.putBig16(b, 0, b.length - 2);
        b[2] = 1;
        b[3] = 1;
        b[5] = 0x04; // a data track
        b[6] = 0x01; // in mode 1
        Wire.putBig32(b, 24, (int) blocks);
        return b;
    }

    /** MECHANISM STATUS (section 6.9) of a drive with one slot. */
    static byte[] mechanismStatus(boolean open) {
        byte[] b = new byte[8];
        b[1] = (byte) (open ? 0x10 : 0);
        return b;
    }
}
