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

    private final DmaView memory;
    private final Runnable raised;
    /** Null without a disk. */
    private AhciDrive drive;
    private long list;
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
    private final ReceivedFrames frames;

    /**
     * A port without a disk.
     *
     * @param raised told when there is something to interrupt for
     */
    AhciPort(DmaView memory, Runnable raised) {
        this.memory = memory;
        this.raised = raised;
        frames = new ReceivedFrames(memory);
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
        frames.reset();
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
            frames.signature(task);
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
            frames.bits(IDLE & ~SEEK_COMPLETE, 0, bit);
            raise(BITS_FIS);
        } else {
            issued &= ~bit;
            moved(c);
            byte[] rest = Arrays.copyOfRange(c.fis(), 4, 14);
            if (c.pio() && !c.writes()) {
                frames.pioSetup(task, rest, IDLE);
                raise(PIO_FIS);
            } else {
                frames.registers(task, FIS_INTERRUPT, rest);
                raise(REGISTER_FIS);
            }
        }
        run();
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
            frames.bits(task & ~SEEK_COMPLETE & 0xFF, error, 0);
            raise(BITS_FIS);
        } else {
            frames.registers(task, FIS_INTERRUPT, Arrays.copyOfRange(c.fis(), 4, 14));
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

    // ---- data ----------------------------------------------------------------------------------------------------------------

    /** Copies to the regions of a command, from a place in its data on; false when they end before, or are no memory. */
    boolean scatter(AhciCommand c, long from, byte[] data) {
        return header(c.slot()) && DataRegions.move(memory, table(), regions(), from, data, true);
    }

    /** Copies from the regions of a command. */
    boolean gather(AhciCommand c, long from, byte[] data) {
        return header(c.slot()) && DataRegions.move(memory, table(), regions(), from, data, false);
    }

    private int regions() {
        return LittleEndian.u16(header, 2);
    }

    // ---- registers -----------------------------------------------------------------------------------------------------------

    int read(int register) {
        return switch (register) {
            case CLB -> (int) list;
            case CLB + 4 -> (int) (list >>> 32);
            case FB -> (int) frames.address();
            case FB + 4 -> (int) (frames.address() >>> 32);
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
            case FB -> frames.address(frames.address() & ~0xFFFF_FFFFL | value & 0xFFFF_FF00L);
            case FB + 4 -> frames.address(frames.address() & 0xFFFF_FFFFL | (long) value << 32);
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
        boolean received = (command & FIS_ENABLE) != 0;
        command = command & ~WRITABLE_CMD | value & WRITABLE_CMD;
        frames.enable((command & FIS_ENABLE) != 0);
        if ((value & LIST_OVERRIDE) != 0) {
            task &= ~(BUSY | DATA_REQUEST);
            inSoftReset = false;
        }
        if (before && !started()) {
            forget();
            command &= ~(0x1F << 8);
        }
        if (!received && (command & FIS_ENABLE) != 0 && drive != null) {
            // the device's first frame has waited for a place
            frames.signature(task);
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
            frames.signature(task);
            raise(CONNECT_CHANGE);
        }
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------

    private static final String[] REGISTERS = {"list", "received", "status", "enabled", "command", "task", "control", "link", "errors", "queued", "issued", "failed", "in-soft-reset"};

    @Override
    public void save(StateWriter out) {
        out.put(REGISTERS, new long[] {list, frames.address(), status, enabled, command, task, control, link, errors, queued, issued, failed ? 1 : 0, inSoftReset ? 1 : 0});
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
        frames.address(v[1]);
        status = (int) v[2];
        enabled = (int) v[3];
        command = (int) v[4];
        frames.enable((command & FIS_ENABLE) != 0);
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
