package dev.hv.devices.ahci;

import static dev.hv.devices.ahci.AhciFormat.*;
import static dev.hv.devices.ide.AtaFormat.*;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/**
 * A port and the disk at it, if any. The port takes commands from its list while it is started: queued ones (NCQ) as many as there are, others one
 * after another. After an error it takes none until the system has stopped it.
 */
final class AhciPort implements Saveable {

    private static final int IDLE = READY | SEEK_COMPLETE;
    private static final int NO_DEVICE = 0x7F;
    private static final int LAST_PRDS = 0xFFFF;

    private final DmaView memory;
    private final Runnable raised;
    /** Null without a disk. */
    private AhciDrive drive;
    private long list;
    private long received;
    private int status;
    private int enabled;
    private int command;
    private int task = NO_DEVICE;
    private int control;
    private int link;
    private int errors;
    private int queued;
    private int issued;
    private final AhciCommand[] active = new AhciCommand[SLOTS];
    private boolean failed;
    /** The system has begun a reset of the device by a frame. */
    private boolean inSoftReset;
    private final byte[] header = new byte[HEADER];

    /**
     * A port without a disk.
     *
     * @param raised told when there is something to interrupt for
     */
    AhciPort(DmaView memory, Runnable raised) {
        this.memory = memory;
        this.raised = raised;
    }

    void attach(AhciDrive newDrive) {
        drive = newDrive;
        connect();
    }

    boolean free() {
        return drive == null;
    }

    void close() {
        if (drive != null) {
            drive.close();
        }
    }

    /** Whether it has something to interrupt for. */
    boolean pending() {
        return (status & enabled) != 0;
    }

    // ---- life ----------------------------------------------------------------------------------------------------------------

    void reset() {
        forget();
        list = 0;
        received = 0;
        status = 0;
        enabled = 0;
        command = 0;
        control = 0;
        errors = 0;
        link = 0;
        task = NO_DEVICE;
        if (drive != null) {
            drive.powerOn();
            connect();
        }
    }

    private void connect() {
        link = LINK_UP;
        task = IDLE | DIAGNOSTIC_PASSED << 8;
        inSoftReset = false;
    }

    /** All commands are given up; what the disk still does of them touches nothing of the system's. */
    private void forget() {
        if (drive != null) {
            drive.forget();
        }
        Arrays.fill(active, null);
        issued = 0;
        queued = 0;
        failed = false;
    }

    private boolean started() {
        return (command & START) != 0;
    }

    private void raise(int bits) {
        status |= bits;
        raised.run();
    }

    // ---- commands ------------------------------------------------------------------------------------------------------------

    /** Takes what may be taken from the list. */
    void run() {
        for (int slot = 0; slot < SLOTS && issued != 0; slot++) {
            if ((issued >>> slot & 1) != 0 && active[slot] == null) {
                if (!started() || failed || drive == null || !take(slot)) {
                    return;
                }
            }
        }
    }

    private boolean fatal() {
        failed = true;
        raise(BUS_FATAL_ERROR);
        return false;
    }

    private boolean header(int slot) {
        return memory.read(list + (long) slot * HEADER, header, 0, HEADER);
    }

    private long table() {
        return LittleEndian.u64(header, 8) & ~0x7FL;
    }

    /** Takes the command of a slot; false when it has to wait, or nothing goes on. */
    private boolean take(int slot) {
        byte[] fis = new byte[FIS_BYTES];
        if (!header(slot) || !memory.read(table(), fis, 0, FIS_BYTES) || (fis[0] & 0xFF) != HOST_TO_DEVICE) {
            return fatal();
        }
        var c = new AhciCommand(slot, fis);
        if ((fis[1] & FIS_COMMAND) == 0) {
            issued &= ~(1 << slot);
            softReset((fis[15] & SOFT_RESET) != 0);
            return true;
        }
        for (AhciCommand other : active) {
            if (other != null && !(other.queued() && c.queued())) {
                return false;
            }
        }
        if (c.queued() && c.tag() != slot) {
            refuse(c);
            return false;
        }
        if (c.queued()) {
            issued &= ~(1 << slot);
        }
        active[slot] = c;
        drive.begin(c);
        return !failed;
    }

    private void softReset(boolean begins) {
        if (inSoftReset && !begins) {
            drive.forget();
            connect();
            frame(DEVICE_TO_HOST, RECEIVED_REGISTERS, 0, FIS_BYTES, new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 1});
        }
        inSoftReset = begins;
    }

    // ---- ends ----------------------------------------------------------------------------------------------------------------

    /** Ends a command in good order. */
    void succeed(AhciCommand c) {
        active[c.slot()] = null;
        task = IDLE;
        int bit = 1 << c.slot();
        if (c.queued()) {
            queued &= ~bit;
            byte[] bits = new byte[4];
            LittleEndian.put32(bits, 0, bit);
            bits(IDLE & ~SEEK_COMPLETE, 0, bits);
        } else {
            issued &= ~bit;
            moved(c);
            byte[] rest = Arrays.copyOfRange(c.fis(), 4, 14);
            if (c.pio() && !c.writes()) {
                byte[] setup = Arrays.copyOf(rest, 16);
                setup[11] = IDLE;
                LittleEndian.put16(setup, 12, SECTOR);
                frame(PIO_SETUP, RECEIVED_PIO, FIS_INTERRUPT | FIS_TO_HOST, FIS_BYTES, setup);
                raise(PIO_FIS);
            } else {
                frame(DEVICE_TO_HOST, RECEIVED_REGISTERS, FIS_INTERRUPT, FIS_BYTES, rest);
                raise(REGISTER_FIS);
            }
        }
        run();
    }

    private void bits(int state, int error, byte[] which) {
        byte[] frame = {(byte) SET_BITS, FIS_INTERRUPT, (byte) state, (byte) error, which[0], which[1], which[2], which[3]};
        if ((command & FIS_ENABLE) != 0) {
            memory.write(received + RECEIVED_BITS, frame, 0, frame.length);
        }
        raise(BITS_FIS);
    }

    /** The system reads in the header how much was moved. */
    private void moved(AhciCommand c) {
        int bytes = c.reads() || c.writes() ? c.sectors() * SECTOR : c.pio() ? SECTOR : 0;
        if (bytes > 0) {
            byte[] count = new byte[4];
            LittleEndian.put32(count, 0, bytes);
            memory.write(list + (long) c.slot() * HEADER + 4, count, 0, 4);
        }
    }

    /** A command that was not even taken. */
    private void refuse(AhciCommand c) {
        active[c.slot()] = c;
        fail(c, ABORTED);
    }

    /** Ends a command with an error (bits of the error register). */
    void fail(AhciCommand c, int error) {
        task = IDLE | ERROR | error << 8;
        // the device gives up what else is queued
        drive.forget();
        failed = true;
        if (c.queued()) {
            drive.remember(c, task);
            bits(task & ~SEEK_COMPLETE & 0xFF, error, new byte[4]);
        } else {
            frame(DEVICE_TO_HOST, RECEIVED_REGISTERS, FIS_INTERRUPT, FIS_BYTES, Arrays.copyOfRange(c.fis(), 4, 14));
        }
        command = command & ~(0x1F << 8) | c.slot() << 8;
        raise(TASK_FILE_ERROR | (c.queued() ? BITS_FIS : REGISTER_FIS));
    }

    /** Memory of the system's cannot be reached. */
    void unreachable(AhciCommand c) {
        failed = true;
        drive.forget();
        command = command & ~(0x1F << 8) | c.slot() << 8;
        raise(BUS_DATA_ERROR);
    }

    /** Writes a frame with status and error where the system receives frames, if it does. */
    private void frame(int type, int at, int flags, int length, byte[] rest) {
        if ((command & FIS_ENABLE) == 0) {
            return;
        }
        byte[] frame = new byte[length];
        frame[0] = (byte) type;
        frame[1] = (byte) flags;
        frame[2] = (byte) task;
        frame[3] = (byte) (task >> 8);
        System.arraycopy(rest, 0, frame, 4, Math.min(rest.length, length - 4));
        memory.write(received + at, frame, 0, length);
    }

    // ---- data ----------------------------------------------------------------------------------------------------------------

    /** Copies to the regions of a command, from a place in its data on; false when they end before, or are no memory. */
    boolean scatter(AhciCommand c, long from, byte[] data) {
        return walk(c, from, data, true);
    }

    /** Copies from the regions of a command. */
    boolean gather(AhciCommand c, long from, byte[] data) {
        return walk(c, from, data, false);
    }

    private boolean walk(AhciCommand c, long from, byte[] data, boolean toMemory) {
        if (!header(c.slot())) {
            return false;
        }
        int entries = LittleEndian.u16(header, 2) & LAST_PRDS;
        long at = table() + PRDT;
        long skip = from;
        int done = 0;
        byte[] entry = new byte[PRD];
        for (int i = 0; i < entries && done < data.length; i++, at += PRD) {
            if (!memory.read(at, entry, 0, PRD)) {
                return false;
            }
            long length = (LittleEndian.u32(entry, 12) & 0x3F_FFFF) + 1L;
            if (skip >= length) {
                skip -= length;
                continue;
            }
            int n = (int) Math.min(length - skip, data.length - done);
            long address = (LittleEndian.u64(entry, 0) & ~1L) + skip;
            if (!(toMemory ? memory.write(address, data, done, n) : memory.read(address, data, done, n))) {
                return false;
            }
            skip = 0;
            done += n;
        }
        return done == data.length;
    }

    // ---- registers -----------------------------------------------------------------------------------------------------------

    int read(int register) {
        return switch (register) {
            case CLB -> (int) list;
            case CLB + 4 -> (int) (list >>> 32);
            case FB -> (int) received;
            case FB + 4 -> (int) (received >>> 32);
            case PORT_IS -> status;
            case PORT_IE -> enabled;
            case CMD -> command | (started() ? LIST_RUNNING : 0) | ((command & FIS_ENABLE) != 0 ? FIS_RUNNING : 0);
            case TFD -> Arrays.stream(active).anyMatch(c -> c != null && !c.queued()) && !failed || inSoftReset ? task | BUSY : task;
            case SIG -> drive == null ? -1 : SIGNATURE;
            case SSTS -> link;
            case SCTL -> control;
            case SERR -> errors;
            case SACT -> queued;
            case CI -> issued;
            default -> 0;
        };
    }

    void write(int register, int value) {
        switch (register) {
            case CLB -> list = list & ~0xFFFF_FFFFL | value & 0xFFFF_FC00L;
            case CLB + 4 -> list = list & 0xFFFF_FFFFL | (long) value << 32;
            case FB -> received = received & ~0xFFFF_FFFFL | value & 0xFFFF_FF00L;
            case FB + 4 -> received = received & 0xFFFF_FFFFL | (long) value << 32;
            case PORT_IS -> status &= ~value | ((errors & EXCHANGED) != 0 ? CONNECT_CHANGE : 0);
            case PORT_IE -> enabled = value & WRITABLE_IE;
            case CMD -> command(value);
            case SCTL -> link(value);
            case SERR -> {
                errors &= ~value;
                if ((errors & EXCHANGED) == 0) {
                    status &= ~CONNECT_CHANGE;
                }
            }
            case SACT -> queued |= started() ? value : 0;
            case CI -> {
                issued |= started() ? value : 0;
                run();
            }
            default -> { }
        }
    }

    private void command(int value) {
        boolean before = started();
        boolean received0 = (command & FIS_ENABLE) != 0;
        command = command & ~WRITABLE_CMD | value & WRITABLE_CMD;
        if ((value & LIST_OVERRIDE) != 0) {
            task &= ~(BUSY | DATA_REQUEST);
            inSoftReset = false;
        }
        if (before && !started()) {
            forget();
            command &= ~(0x1F << 8);
        }
        if (!received0 && (command & FIS_ENABLE) != 0 && drive != null) {
            // the device's first frame has waited for a place
            frame(DEVICE_TO_HOST, RECEIVED_REGISTERS, 0, FIS_BYTES, new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 1});
        }
    }

    private void link(int value) {
        int before = control & 0xF;
        int now = value & 0xF;
        control = value & 0xFFF;
        if (drive == null) {
            return;
        }
        if (now == 1 || now == 4) {
            forget();
            link = now == 4 ? 4 : 0;
            task = BUSY;
        } else if (before == 1 || before == 4) {
            drive.powerOn();
            connect();
            errors |= EXCHANGED;
            frame(DEVICE_TO_HOST, RECEIVED_REGISTERS, 0, FIS_BYTES, new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 1});
            raise(CONNECT_CHANGE);
        }
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------

    private static final String[] REGISTERS = {"list", "received", "status", "enabled", "command", "task", "control", "link", "errors", "queued", "issued", "failed", "in-soft-reset"};

    @Override
    public void save(StateWriter out) {
        out.put(REGISTERS, new long[] {list, received, status, enabled, command, task, control, link, errors, queued, issued, failed ? 1 : 0, inSoftReset ? 1 : 0});
        for (int i = 0; i < SLOTS; i++) {
            out.item("slot", i);
            out.put("active", active[i] != null);
            if (active[i] != null) {
                out.put("fis", active[i].fis(), 0, FIS_BYTES);
            }
        }
        out.endItems();
        if (drive != null) {
            drive.save(out);
        }
    }

    @Override
    public void restore(StateReader in) {
        long[] v = new long[REGISTERS.length];
        in.take(v);
        list = v[0];
        received = v[1];
        status = (int) v[2];
        enabled = (int) v[3];
        command = (int) v[4];
        task = (int) v[5];
        control = (int) v[6];
        link = (int) v[7];
        errors = (int) v[8];
        queued = (int) v[9];
        issued = (int) v[10];
        failed = v[11] != 0;
        inSoftReset = v[12] != 0;
        for (int i = 0; i < SLOTS; i++) {
            active[i] = in.takeBoolean() ? new AhciCommand(i, Arrays.copyOf(in.takeBytes(), FIS_BYTES)) : null;
        }
        if (drive != null) {
            drive.restore(in, active);
        }
    }
}
