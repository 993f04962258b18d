package dev.hv.devices.storage;

import static dev.hv.devices.storage.ScsiOpcode.*;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.vmbus.protocol.Guid;

/** A DVD-ROM drive (MMC-6) that reads images of 2048-byte sectors. */
public final class DvdUnit extends LogicalUnit {

    /** Bytes of a sector. */
    public static final int SECTOR = 2048;

    private static final int TYPE = 5;
    private static final int MEDIA_CLASS = 4;
    private static final int MEDIA_CLASS_BIT = 1 << MEDIA_CLASS;
    private static final int NO_EVENT_AVAILABLE = 0x80;
    private static final int EVENT_NONE = 0;
    private static final int EVENT_EJECT_REQUEST = 1;
    private static final int EVENT_NEW_MEDIA = 2;
    private static final int EVENT_REMOVAL = 3;

    private final Guid identity;
    private final DvdModes modes = new DvdModes();
    /** Null when the tray is empty. */
    private Disk medium;
    private boolean trayOpen;
    private int event = EVENT_NONE;

    /**
     * A drive.
     *
     * @param medium what is in it, which it owns; null for nothing
     * @throws IllegalArgumentException when the medium's sectors are not of 2048 bytes
     */
    public DvdUnit(Disk medium, Guid identity) {
        super(TYPE, true, "Virtual DVD-ROM");
        this.identity = identity;
        this.medium = checked(medium);
    }

    private static Disk checked(Disk medium) {
        if (medium != null && medium.sectorSize() != SECTOR) {
            throw new IllegalArgumentException("sectors of " + medium.sectorSize() + " bytes in a DVD drive");
        }
        return medium;
    }

    /** Changes what is in the drive, locked or not, and closes the tray; null takes the medium out. The old one is closed. */
    public void change(Disk newMedium) {
        Disk old = exchange(newMedium);
        if (old != null) {
            old.close();
        }
    }

    /** As {@link #change}, but for closing the old medium, which is returned: null when there was none. */
    Disk exchange(Disk newMedium) {
        checked(newMedium);
        Disk old = medium;
        event = newMedium != null ? EVENT_NEW_MEDIA : medium != null ? EVENT_REMOVAL : event;
        medium = newMedium;
        trayOpen = false;
        if (newMedium != null) {
            attention(Sense.MEDIUM_MAY_HAVE_CHANGED);
        }
        return old;
    }

    /** Presses the button on the drive: the tray opens, or the guest that has locked it hears of the wish. */
    public void pressEject() {
        if (modes.locked()) {
            event = EVENT_EJECT_REQUEST;
        } else {
            openTray();
        }
    }

    @Override
    Disk medium() {
        return medium;
    }

    /** Whether a medium can be read. */
    public boolean ready() {
        return medium != null && !trayOpen;
    }

    @Override
    boolean needsMedium(int opcode) {
        return opcode == READ_10 || opcode == READ_12;
    }

    @Override
    public void close() {
        if (medium != null) {
            medium.close();
        }
    }

    @Override
    void resetParameters() {
        modes.setLocked(false);
    }

    private void openTray() {
        if (!trayOpen && medium != null) {
            event = EVENT_REMOVAL;
        }
        trayOpen = true;
    }

    private void closeTray() {
        if (trayOpen && medium != null) {
            event = EVENT_NEW_MEDIA;
            attention(Sense.MEDIUM_MAY_HAVE_CHANGED);
        }
        trayOpen = false;
    }

    @Override
    void command(ScsiCommand c) {
        switch (c.opcode()) {
            case START_STOP_UNIT -> startStop(c);
            case PREVENT_ALLOW_MEDIUM_REMOVAL -> modes.setLocked(c.bit(4, 1));
            case MODE_SENSE_6, MODE_SENSE_10 -> ModePages.sense(c, modes);
            case MODE_SELECT_6, MODE_SELECT_10 -> ModePages.select(c, modes);
            case GET_CONFIGURATION -> reply(c, DvdAnswers.configuration(c, ready()), 7);
            case GET_EVENT_STATUS_NOTIFICATION -> eventStatus(c);
            case MECHANISM_STATUS -> {
                byte[] b = DvdAnswers.mechanismStatus(trayOpen);
                c.reply(b, b.length, Wire.big16(c.cdb(), 8));
            }
            case SET_CD_SPEED -> {}
            case TEST_UNIT_READY, READ_10, READ_12, READ_CAPACITY_10, READ_TOC, READ_DVD_STRUCTURE, READ_DISC_INFORMATION,
                    READ_TRACK_INFORMATION, VERIFY_10, SYNCHRONIZE_CACHE_10 -> {
                if (ready()) {
                    mediumCommand(c);
                } else {
                    c.check(trayOpen ? Sense.MEDIUM_NOT_PRESENT_TRAY_OPEN : Sense.MEDIUM_NOT_PRESENT_TRAY_CLOSED);
                }
            }
            default -> c.check(Sense.INVALID_COMMAND_OPERATION_CODE);
        }
    }

    private long blocks() {
        return medium.size() / SECTOR;
    }

    private void mediumCommand(ScsiCommand c) {
        switch (c.opcode()) {
            case READ_10, READ_12 -> read(c);
            case READ_CAPACITY_10 -> {
                byte[] b = new byte[8];
                Wire.putBig32(b, 0, (int) Math.min(blocks() - 1, 0xFFFF_FFFFL));
                Wire.putBig32(b, 4, SECTOR);
                c.reply(b, b.length, b.length);
            }
            case READ_TOC -> reply(c, DvdAnswers.tableOfContents(c, blocks()), 7);
            case READ_DVD_STRUCTURE -> reply(c, DvdAnswers.structure(c, blocks()), 8);
            case READ_DISC_INFORMATION -> reply(c, DvdAnswers.discInformation(c), 7);
            case READ_TRACK_INFORMATION -> reply(c, DvdAnswers.trackInformation(c, blocks()), 7);
            default -> {
                // ready; there is nothing to write out, and what is there can be read
            }
        }
    }

    /** Answers; null stands for a field of the CDB that is not valid. */
    private static void reply(ScsiCommand c, byte[] answer, int allocationAt) {
        if (answer == null) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
        } else {
            c.reply(answer, answer.length, Wire.big16(c.cdb(), allocationAt));
        }
    }

    private void read(ScsiCommand c) {
        BlockRange r = BlockRange.of(c);
        if (r.within(blocks())) {
            BlockTransfer.read(c, medium, r.first() * SECTOR, r.count() * SECTOR, () -> { }, () -> { });
        } else {
            c.check(Sense.LBA_OUT_OF_RANGE);
        }
    }

    private void startStop(ScsiCommand c) {
        boolean start = c.bit(4, 1);
        boolean tray = c.bit(4, 2);
        if (c.field(4) >>> 4 != 0 || !tray) {
            return;
        }
        if (start) {
            closeTray();
        } else if (modes.locked()) {
            c.check(Sense.MEDIUM_REMOVAL_PREVENTED);
        } else {
            openTray();
        }
    }

    private void eventStatus(ScsiCommand c) {
        if (!c.bit(1, 1)) {
            // only polling: there is no way to answer later
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        int allocated = Wire.big16(c.cdb(), 7);
        byte[] b = new byte[8];
        b[3] = MEDIA_CLASS_BIT;
        if (!c.bit(4, MEDIA_CLASS_BIT)) {
            Wire.putBig16(b, 0, 2);
            b[2] = (byte) NO_EVENT_AVAILABLE;
            c.reply(b, 4, allocated);
            return;
        }
        Wire.putBig16(b, 0, 6);
        b[2] = MEDIA_CLASS;
        b[4] = (byte) event;
        b[5] = (byte) ((trayOpen ? 1 : 0) | (ready() ? 2 : 0));
        c.reply(b, b.length, allocated);
        if (allocated > 4) {
            event = EVENT_NONE;
        }
    }

    @Override
    byte[] vitalProductData(int page) {
        return switch (page) {
            case VitalProductData.SUPPORTED -> VitalProductData.supported(TYPE, VitalProductData.SUPPORTED, VitalProductData.SERIAL_NUMBER,
                    VitalProductData.IDENTIFICATION);
            case VitalProductData.SERIAL_NUMBER -> VitalProductData.serialNumber(TYPE, identity);
            case VitalProductData.IDENTIFICATION -> VitalProductData.identification(TYPE, identity);
            default -> null;
        };
    }

    /** The medium is not part of it: whoever restores a drive puts it in. */
    @Override
    public void save(StateWriter out) {
        out.begin("scsi-dvd", 2);
        saveAttentions(out);
        out.put("locked", modes.locked());
        out.put("tray-open", trayOpen);
        out.put("event", event);
        DiskFaults.save(medium, out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("scsi-dvd", 2);
        restoreAttentions(in);
        modes.setLocked(in.takeBoolean());
        trayOpen = in.takeBoolean();
        event = (int) in.take();
        DiskFaults.restore(medium, in);
        in.end();
    }
}
