package dev.hv.devices.storage;

import static dev.hv.devices.storage.ScsiOpcode.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import java.util.ArrayDeque;

/** A SCSI unit: what all of them have in common (SPC-3). */
public abstract sealed class LogicalUnit implements Saveable permits DiskUnit, DvdUnit {

    /** Bytes of standard INQUIRY data. */
    static final int INQUIRY_SIZE = 36;
    private static final int SPC_3 = 5;
    private static final int RESPONSE_FORMAT = 2;
    private static final int COMMAND_QUEUEING = 2;
    private static final int REMOVABLE = 0x80;
    /** NACA bit of the control byte, the last of a CDB. */
    private static final int NACA = 4;
    private static final int MOST_ATTENTIONS = 8;

    private final int type;
    private final boolean removable;
    private final String product;
    private final ArrayDeque<Sense> attentions = new ArrayDeque<>();

    LogicalUnit(int type, boolean removable, String product) {
        this.type = type;
        this.removable = removable;
        this.product = product;
    }

    /** A command other than INQUIRY and REQUEST SENSE, with no attention pending. What needs the disk is left for later. */
    abstract void command(ScsiCommand c);

    /** Whether a command may have to do with the disk: it waits for those before it. Others are done at once. */
    abstract boolean needsMedium(int opcode);

    /** Looks, before a command, for what the host may have done to the unit, and has it known by {@link #attention}. */
    void look(int opcode) {}

    /** What it reads and writes; null when there is nothing in it. */
    abstract Disk medium();

    /** Nanoseconds that a command to the medium is put off. */
    final long late(ScsiCommand c) {
        return MediumFaults.late(c, medium());
    }

    /** A vital product data page, complete; null when there is none of this number. */
    abstract byte[] vitalProductData(int page);

    /** Parameters go back to their defaults. */
    abstract void resetParameters();

    /** The medium was changed or shall not be used any more: gives back what the host lent. */
    public abstract void close();

    /** Peripheral device type. */
    final int type() {
        return type;
    }

    /** Something has happened that the guest must hear of at its next command; once is enough. */
    final void attention(Sense s) {
        if (!attentions.contains(s) && attentions.size() < MOST_ATTENTIONS) {
            attentions.add(s);
        }
    }

    /** The guest has heard of something in another way. */
    final void clearAttention(Sense s) {
        attentions.remove(s);
    }

    /** As after power-on: the machine was reset, and nobody waits to hear of it. */
    void powerOn() {
        resetParameters();
        attentions.clear();
    }

    /** Reset of the unit or of its bus. */
    final void reset() {
        resetParameters();
        attentions.clear();
        attention(Sense.SCSI_BUS_RESET);
    }

    /** Does a command, up to what it leaves to be {@link ScsiCommand#carryOut carried out}. */
    final void execute(ScsiCommand c) {
        if (!c.complete()) {
            c.fail(SrbStatus.INVALID_REQUEST);
            return;
        }
        if (c.bit(ScsiOpcode.cdbLength(c.opcode()) - 1, NACA) && c.opcode() >>> 5 != 3 && c.opcode() < 0xC0) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        switch (c.opcode()) {
            case INQUIRY -> inquiry(c);
            case REQUEST_SENSE -> requestSense(c);
            default -> {
                look(c.opcode());
                Sense attention = attentions.poll();
                if (attention != null) {
                    c.check(attention);
                } else if (!MediumFaults.met(c, medium())) {
                    command(c);
                }
            }
        }
    }

    private void inquiry(ScsiCommand c) {
        int allocated = Wire.big16(c.cdb(), 3);
        if (c.bit(1, 1)) {
            byte[] page = vitalProductData(c.field(2));
            if (page == null) {
                c.check(Sense.INVALID_FIELD_IN_CDB);
            } else {
                c.reply(page, page.length, allocated);
            }
        } else if (c.field(2) != 0) {
            c.check(Sense.INVALID_FIELD_IN_CDB);
        } else {
            c.reply(standardInquiry(type, removable, product), INQUIRY_SIZE, allocated);
        }
    }

    /**
     * Standard INQUIRY data (SPC-3 section 6.4.2).
     *
     * @param first peripheral qualifier and type
     */
    static byte[] standardInquiry(int first, boolean removable, String product) {
        byte[] b = new byte[INQUIRY_SIZE];
        b[0] = (byte) first;
        b[1] = (byte) (removable ? REMOVABLE : 0);
        b[2] = SPC_3;
        b[3] = RESPONSE_FORMAT;
        b[4] = INQUIRY_SIZE - 5;
        b[7] = COMMAND_QUEUEING;
        Wire.putText(b, 8, 8, "Msft");
        Wire.putText(b, 16, 16, product);
        Wire.putText(b, 32, 4, "1.0");
        return b;
    }

    private void requestSense(ScsiCommand c) {
        if (c.bit(1, 1)) {
            // descriptor format
            c.check(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        Sense pending = attentions.poll();
        byte[] b = new byte[Sense.SIZE];
        (pending == null ? Sense.NONE : pending).put(b);
        c.reply(b, b.length, c.field(4));
    }

    final void saveAttentions(StateWriter out) {
        out.put("attentions-count", attentions.size());
        for (Sense s : attentions) {
            out.put("attentions", s.packed());
        }
    }

    final void restoreAttentions(StateReader in) {
        attentions.clear();
        for (long n = in.take(); n > 0; n--) {
            attentions.add(Sense.unpacked((int) in.take()));
        }
    }
}
