package dev.hv.devices.chipset;

import dev.hv.core.machine.InterruptLine;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * A 16550A serial port (National PC16550D data sheet). Bytes are transmitted the moment they are written, so the transmitter
 * is always empty; received bytes wait in a queue before the receiver, so the line never overruns the FIFO.
 */
public final class Uart16550 implements BytePorts, Saveable {

    /** Received bytes that may wait for the guest. */
    public static final int QUEUE = 4096;

    private static final int FIFO = 16;
    private static final int TRIGGER_LEVELS = 14 << 24 | 8 << 16 | 4 << 8 | 1;

    private static final int IER_RECEIVED = 1;
    private static final int IER_TRANSMIT = 1 << 1;
    private static final int IER_LINE = 1 << 2;
    private static final int IER_MODEM = 1 << 3;

    private static final int IIR_NONE = 0x01;
    private static final int IIR_MODEM = 0x00;
    private static final int IIR_TRANSMIT = 0x02;
    private static final int IIR_RECEIVED = 0x04;
    private static final int IIR_LINE = 0x06;
    private static final int IIR_TIMEOUT = 0x0C;
    private static final int IIR_FIFOS = 0xC0;

    private static final int FCR_ENABLE = 1;
    private static final int FCR_CLEAR_RECEIVER = 1 << 1;

    private static final int LCR_DLAB = 1 << 7;

    private static final int MCR_OUT2 = 1 << 3;
    private static final int MCR_LOOPBACK = 1 << 4;

    private static final int LSR_DATA_READY = 1;
    private static final int LSR_OVERRUN = 1 << 1;
    private static final int LSR_BREAK = 1 << 4;
    private static final int LSR_ERRORS = 0x1E;
    private static final int LSR_TRANSMITTER_EMPTY = 0x60;
    private static final int LSR_ERROR_IN_FIFO = 1 << 7;

    private static final int MSR_INPUTS = 0xF0;
    private static final int MSR_DELTAS = 0x0F;
    private static final int MSR_RI = 1 << 6;
    /** CTS, DSR and DCD: somebody listens. */
    private static final int CONNECTED = 0xB0;
    /** 9600 baud. */
    private static final int USUAL_DIVISOR = 12;

    private final int base;
    private final InterruptLine irq;
    private final SerialOutput output;

    private int ier;
    private int lcr;
    private int mcr;
    private int scratch;
    private int divisor = USUAL_DIVISOR;
    private boolean fifos;
    private int trigger = 1;
    /** Line errors of the character at the FIFO's head and overrun, until LSR is read. */
    private int errors;
    private int msr = CONNECTED;
    private boolean transmitInterrupt;
    /** Receiver FIFO: data in bits 7:0, LSR error bits above, at 8. */
    private final int[] fifo = new int[FIFO];
    private int fifoHead;
    private int fifoCount;
    /** Bytes on their way, in the FIFO's format. */
    private final int[] queue = new int[QUEUE];
    private int queueHead;
    private int queueCount;
    /** What is sent behind the queue, however long, as the guest takes it. */
    private byte[] backlog = {};
    private int backlogAt;

    /**
     * A serial port after reset.
     *
     * @param base first of its eight ports
     */
    public Uart16550(int base, InterruptLine irq, SerialOutput output) {
        this.base = base;
        this.irq = irq;
        this.output = output;
    }

    /** Master reset; the scratch register, the divisor and bytes not yet received stay. */
    public void reset() {
        ier = 0;
        lcr = 0;
        mcr = 0;
        fifos = false;
        trigger = 1;
        errors = 0;
        fifoCount = 0;
        transmitInterrupt = false;
        msr = CONNECTED;
        feed();
        update();
    }

    /** The port as firmware leaves it: {@link #reset}, and what that lets stand. Bytes not yet received stay. */
    void powerOn() {
        scratch = 0;
        divisor = USUAL_DIVISOR;
        reset();
    }

    /** What was sent and not yet received is lost: whom it was for is gone. */
    void forgetInput() {
        queueCount = 0;
        backlog = new byte[0];
        backlogAt = 0;
    }

    // ---- the line ------------------------------------------------------------------------------------------------

    /**
     * Takes a byte from the other end.
     *
     * @return false when the queue is full; the byte is not taken
     */
    public boolean receive(int value) {
        return enqueue(value & 0xFF);
    }

    /** Has bytes come from the other end as fast as the guest takes them, behind those that wait already. */
    public void send(byte[] bytes) {
        int left = backlog.length - backlogAt;
        byte[] all = new byte[left + bytes.length];
        System.arraycopy(backlog, backlogAt, all, 0, left);
        System.arraycopy(bytes, 0, all, left, bytes.length);
        backlog = all;
        backlogAt = 0;
        feed();
        update();
    }

    /** Takes a break condition from the other end; false when the queue is full. */
    public boolean receiveBreak() {
        return enqueue(LSR_BREAK << 8);
    }

    /** How many more bytes {@link #receive} takes now. */
    public int room() {
        return QUEUE - queueCount;
    }

    private boolean enqueue(int character) {
        if (queueCount == QUEUE) {
            return false;
        }
        queue[(queueHead + queueCount++) % QUEUE] = character;
        feed();
        update();
        return true;
    }

    /** Moves waiting bytes into the receiver. */
    private void feed() {
        int depth = fifos ? FIFO : 1;
        while (backlogAt < backlog.length && queueCount < depth) {
            queue[(queueHead + queueCount++) % QUEUE] = backlog[backlogAt++] & 0xFF;
        }
        while (queueCount > 0 && fifoCount < depth && (mcr & MCR_LOOPBACK) == 0) {
            push(queue[queueHead]);
            queueHead = (queueHead + 1) % QUEUE;
            queueCount--;
        }
    }

    private void push(int character) {
        fifo[(fifoHead + fifoCount++) % FIFO] = character;
        if (fifoCount == 1) {
            errors |= character >> 8;
        }
    }

    /** A byte that the transmitter sent comes back. */
    private void loop(int value) {
        if (fifoCount < (fifos ? FIFO : 1)) {
            push(value);
            return;
        }
        errors |= LSR_OVERRUN;
        if (!fifos) {
            // Without the FIFO the new character overwrites the old one; with it, the new one is lost.
            fifo[fifoHead] = value;
        }
    }

    private int readReceiver() {
        if (fifoCount == 0) {
            return 0;
        }
        int value = fifo[fifoHead] & 0xFF;
        fifoHead = (fifoHead + 1) % FIFO;
        fifoCount--;
        if (fifoCount > 0) {
            errors |= fifo[fifoHead] >> 8;
        }
        feed();
        update();
        return value;
    }

    // ---- registers -----------------------------------------------------------------------------------------------

    @Override
    public int readByte(int port) {
        boolean dlab = (lcr & LCR_DLAB) != 0;
        return switch (port - base) {
            case 0 -> dlab ? divisor & 0xFF : readReceiver();
            case 1 -> dlab ? divisor >> 8 : ier;
            case 2 -> readInterruptIdentification();
            case 3 -> lcr;
            case 4 -> mcr;
            case 5 -> readLineStatus();
            case 6 -> readModemStatus();
            default -> scratch;
        };
    }

    @Override
    public void writeByte(int port, int value) {
        boolean dlab = (lcr & LCR_DLAB) != 0;
        switch (port - base) {
            case 0 -> {
                if (dlab) {
                    divisor = divisor & 0xFF00 | value;
                } else {
                    transmit(value);
                }
            }
            case 1 -> {
                if (dlab) {
                    divisor = divisor & 0xFF | value << 8;
                } else {
                    // Enabling the interrupt of an empty transmitter raises it.
                    transmitInterrupt |= (value & ~ier & IER_TRANSMIT) != 0;
                    ier = value & 0xF;
                }
            }
            case 2 -> writeFifoControl(value);
            case 3 -> lcr = value;
            case 4 -> {
                mcr = value & 0x1F;
                setModemInputs((mcr & MCR_LOOPBACK) != 0 ? looped() : CONNECTED);
                feed();
            }
            case 5, 6 -> { }
            default -> scratch = value;
        }
        update();
    }

    /** The word length is not applied: what a guest prints before it sets LCR is worth reading. */
    private void transmit(int value) {
        if ((mcr & MCR_LOOPBACK) != 0) {
            loop(value);
        } else {
            output.transmit(value);
        }
        transmitInterrupt = true;
    }

    private void writeFifoControl(int value) {
        boolean enable = (value & FCR_ENABLE) != 0;
        if (enable != fifos || enable && (value & FCR_CLEAR_RECEIVER) != 0) {
            fifoCount = 0;
            errors &= LSR_OVERRUN;
        }
        fifos = enable;
        trigger = enable ? TRIGGER_LEVELS >> (value >> 6 << 3) & 0xFF : 1;
        feed();
    }

    private int readInterruptIdentification() {
        int id = identification();
        if (id == IIR_TRANSMIT) {
            transmitInterrupt = false;
            update();
        }
        return id | (fifos ? IIR_FIFOS : 0);
    }

    private int readLineStatus() {
        int status = LSR_TRANSMITTER_EMPTY | errors | (fifoCount > 0 ? LSR_DATA_READY : 0);
        if (fifos) {
            for (int i = 0; i < fifoCount; i++) {
                if (fifo[(fifoHead + i) % FIFO] >> 8 != 0) {
                    status |= LSR_ERROR_IN_FIFO;
                }
            }
        }
        if (errors != 0) {
            errors = 0;
            if (fifoCount > 0) {
                fifo[fifoHead] &= 0xFF;
            }
            update();
        }
        return status;
    }

    private int readModemStatus() {
        int status = msr;
        msr &= MSR_INPUTS;
        update();
        return status;
    }

    /** In loopback DTR, RTS, OUT1 and OUT2 come back as DSR, CTS, RI and DCD. */
    private int looped() {
        return (mcr & 1) << 5 | (mcr & 2) << 3 | (mcr & 4) << 4 | (mcr & 8) << 4;
    }

    private void setModemInputs(int inputs) {
        int changed = (msr ^ inputs) & MSR_INPUTS;
        // The ring indicator's delta is its trailing edge.
        int deltas = changed >> 4 & ~(inputs & MSR_RI) >> 4 & 4 | changed >> 4 & 0xB;
        msr = inputs | (msr | deltas) & MSR_DELTAS;
    }

    private int identification() {
        if ((ier & IER_LINE) != 0 && (errors & LSR_ERRORS) != 0) {
            return IIR_LINE;
        }
        if ((ier & IER_RECEIVED) != 0 && fifoCount >= trigger) {
            return IIR_RECEIVED;
        }
        // The time-out needs four silent character times on silicon; here silence is known at once.
        if ((ier & IER_RECEIVED) != 0 && fifoCount > 0) {
            return IIR_TIMEOUT;
        }
        if ((ier & IER_TRANSMIT) != 0 && transmitInterrupt) {
            return IIR_TRANSMIT;
        }
        if ((ier & IER_MODEM) != 0 && (msr & MSR_DELTAS) != 0) {
            return IIR_MODEM;
        }
        return IIR_NONE;
    }

    /** PCs gate the interrupt with OUT2, whose pin is inactive in loopback. */
    private void update() {
        irq.set((mcr & (MCR_OUT2 | MCR_LOOPBACK)) == MCR_OUT2 && identification() != IIR_NONE);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("uart", 2);
        out.put("ier", ier);
        out.put("lcr", lcr);
        out.put("mcr", mcr);
        out.put("scratch", scratch);
        out.put("divisor", divisor);
        out.put("trigger", trigger);
        out.put("errors", errors);
        out.put("msr", msr);
        out.put("fifos", fifos);
        out.put("transmit-interrupt", transmitInterrupt);
        out.put("fifo-count", fifoCount);
        for (int i = 0; i < fifoCount; i++) {
            out.put("fifo", fifo[(fifoHead + i) % FIFO]);
        }
        out.put("queue-count", queueCount);
        for (int i = 0; i < queueCount; i++) {
            out.put("queue", queue[(queueHead + i) % QUEUE]);
        }
        out.put("backlog", backlog, backlogAt, backlog.length - backlogAt);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("uart", 2);
        ier = (int) in.take();
        lcr = (int) in.take();
        mcr = (int) in.take();
        scratch = (int) in.take();
        divisor = (int) in.take();
        trigger = (int) in.take();
        errors = (int) in.take();
        msr = (int) in.take();
        fifos = in.takeBoolean();
        transmitInterrupt = in.takeBoolean();
        fifoHead = 0;
        fifoCount = Math.clamp(in.take(), 0, FIFO);
        for (int i = 0; i < fifoCount; i++) {
            fifo[i] = (int) in.take();
        }
        queueHead = 0;
        queueCount = Math.clamp(in.take(), 0, QUEUE);
        for (int i = 0; i < queueCount; i++) {
            queue[i] = (int) in.take();
        }
        backlog = in.takeBytes();
        backlogAt = 0;
        in.end();
        update();
    }
}
