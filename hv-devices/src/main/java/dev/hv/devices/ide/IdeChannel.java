package dev.hv.devices.ide;

import static dev.hv.devices.ide.AtaFormat.*;

import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.InterruptLine;
import dev.hv.core.machine.PortHandler;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueue;
import java.util.function.BooleanSupplier;

/** One IDE channel with up to two drives: command block, control port, interrupt. */
final class IdeChannel implements PortHandler, Saveable {

    /** What nobody drives reads as. */
    private static final int FLOATING = 0xFF;
    private static final int STATE_VERSION = 2;

    private final int commandBlock;
    private final InterruptLine line;
    private final BusMaster master;
    private final TaskFile file = new TaskFile();
    private final AtaDrive[] drives = new AtaDrive[2];
    private int control;
    private boolean interrupting;

    IdeChannel(int commandBlock, InterruptLine line, DmaView memory, BooleanSupplier busMaster) {
        this.commandBlock = commandBlock;
        this.line = line;
        master = new BusMaster(memory, busMaster);
        file.signature();
    }

    BusMaster master() {
        return master;
    }

    void attach(int drive, Disk disk, DiskQueue queue, String serial) {
        drives[drive] = new AtaDrive(disk, queue, master, serial, file, this::interrupt);
    }

    void close() {
        for (AtaDrive d : drives) {
            if (d != null) {
                d.close();
            }
        }
    }

    private AtaDrive selected() {
        return drives[(file.device & DEVICE_ONE) == 0 ? 0 : 1];
    }

    private boolean empty() {
        return drives[0] == null && drives[1] == null;
    }

    private void interrupt() {
        interrupting = true;
        master.interrupted();
        drive();
    }

    private void drive() {
        line.set(interrupting && (control & CONTROL_NO_INTERRUPT) == 0);
    }

    private void acknowledge() {
        interrupting = false;
        drive();
    }

    /** Hardware reset: what was under way is forgotten. */
    void reset() {
        control = 0;
        for (AtaDrive d : drives) {
            if (d != null) {
                d.powerOn();
            }
        }
        file.powerOn();
        softwareReset();
        master.reset();
    }

    private void softwareReset() {
        for (AtaDrive d : drives) {
            if (d != null) {
                d.reset();
            }
        }
        file.signature();
        acknowledge();
    }

    @Override
    public int readPort(int port, int size) {
        int register = port - commandBlock;
        if (empty()) {
            return -1;
        }
        AtaDrive drive = selected();
        if (register == DATA) {
            return drive == null ? 0 : drive.readData(size);
        }
        if (register > COMMAND) {
            return status(drive);
        }
        int value = 0;
        for (int i = 0; i < size; i++) {
            value |= readByte(register + i, drive) << (i << 3);
        }
        return value;
    }

    private int readByte(int register, AtaDrive drive) {
        if (register > COMMAND) {
            return FLOATING;
        }
        if (register == COMMAND) {
            int s = status(drive);
            acknowledge();
            return s;
        }
        if (register == DEVICE) {
            return file.device;
        }
        if (drive == null) {
            return 0;
        }
        return register == FEATURES ? drive.error() : file.read(register, (control & CONTROL_HOB) != 0);
    }

    private int status(AtaDrive drive) {
        if (drive == null) {
            return 0;
        }
        return (control & CONTROL_RESET) != 0 ? BUSY : drive.status();
    }

    @Override
    public void writePort(int port, int size, int value) {
        int register = port - commandBlock;
        AtaDrive drive = selected();
        if (register > COMMAND) {
            control(value & 0xFF);
        } else if (register == DATA) {
            if (drive != null) {
                drive.writeData(size, value);
            }
        } else {
            for (int i = 0; i < size && register + i <= COMMAND; i++) {
                writeByte(register + i, value >>> (i << 3) & 0xFF);
            }
        }
    }

    private void writeByte(int register, int value) {
        control &= ~CONTROL_HOB;
        if (register != COMMAND) {
            file.write(register, value);
            return;
        }
        acknowledge();
        // every drive carries the diagnostic out, and the first one answers
        AtaDrive drive = value == DIAGNOSTIC && drives[0] != null ? drives[0] : selected();
        if (drive != null && (control & CONTROL_RESET) == 0) {
            drive.command(value);
            master.run(drive);
        }
    }

    private void control(int value) {
        boolean rises = (value & ~control & CONTROL_RESET) != 0;
        control = value;
        if (rises) {
            softwareReset();
        }
        drive();
    }

    /** The bus master may access memory now. */
    void masterEnabled() {
        master.run(selected());
    }

    /** Writes a byte of the bus master's registers. */
    void writeMaster(int offset, int value) {
        if (master.write(offset, value)) {
            master.run(selected());
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("ide-channel", STATE_VERSION);
        file.save(out);
        master.save(out);
        out.put("control", control);
        out.put("interrupting", interrupting);
        for (AtaDrive d : drives) {
            if (d != null) {
                d.save(out);
            }
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("ide-channel", STATE_VERSION);
        file.restore(in);
        master.restore(in);
        control = (int) in.take();
        interrupting = in.takeBoolean();
        for (AtaDrive d : drives) {
            if (d != null) {
                d.restore(in);
            }
        }
        in.end();
    }
}
