package dev.hv.devices.chipset;

import dev.hv.core.machine.InterruptAcknowledge;
import dev.hv.core.machine.InterruptLine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The two 8259A of a PC: master at ports 0x20 and 0x21, slave at 0xA0 and 0xA1 behind the master's IR2, edge/level control at
 * 0x4D0 and 0x4D1.
 */
public final class PicPair implements BytePorts, InterruptAcknowledge, Saveable {

    static final int MASTER = 0x20;
    static final int SLAVE = 0xA0;
    static final int ELCR = 0x4D0;
    private static final int CASCADE = 2;

    // IRQ 0, 1, 2 and 8, 13 are edges whatever ELCR says.
    private final Pic8259 master = new Pic8259(0xF8);
    private final Pic8259 slave = new Pic8259(0xDE);
    private final InterruptLine intr;
    /** Level of the output: it is driven only when it changes. */
    private boolean output;

    /** The pair after reset; {@code intr} is the master's INT output. */
    public PicPair(InterruptLine intr) {
        this.intr = intr;
    }

    /** Hardware reset. */
    public void reset() {
        master.reset();
        slave.reset();
        update();
    }

    /** Input of an ISA interrupt, 0 … 15 but 2. */
    public InterruptLine line(int irq) {
        if (irq < 0 || irq > 15 || irq == CASCADE) {
            throw new IllegalArgumentException("IRQ " + irq + " has no input");
        }
        return high -> {
            (irq < 8 ? master : slave).setLine(irq & 7, high);
            update();
        };
    }

    private void update() {
        master.setCascade(CASCADE, slave.request(-1) >= 0);
        drive(requesting());
    }

    private void drive(boolean level) {
        if (output != level) {
            output = level;
            intr.set(level);
        }
    }

    @Override
    public boolean requesting() {
        return master.request(CASCADE) >= 0;
    }

    @Override
    public int acknowledge() {
        int line = master.acknowledge(CASCADE);
        int vector = line == CASCADE ? slave.vector(slave.acknowledge(-1)) : master.vector(line);
        // The output falls during the cycle and rises again if there is more, so that edges are seen.
        drive(false);
        update();
        return vector;
    }

    @Override
    public int readByte(int port) {
        int value = switch (port) {
            case ELCR -> master.elcr();
            case ELCR + 1 -> slave.elcr();
            default -> port < SLAVE ? master.read(port & 1, CASCADE) : slave.read(port & 1, -1);
        };
        update();
        return value;
    }

    @Override
    public void writeByte(int port, int value) {
        switch (port) {
            case ELCR -> master.setElcr(value);
            case ELCR + 1 -> slave.setElcr(value);
            default -> (port < SLAVE ? master : slave).write(port & 1, value);
        }
        update();
    }

    @Override
    public void save(StateWriter out) {
        out.begin("pic", 1);
        master.save(out);
        slave.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("pic", 1);
        master.restore(in);
        slave.restore(in);
        in.end();
        update();
    }
}
