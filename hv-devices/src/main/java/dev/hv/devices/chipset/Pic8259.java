package dev.hv.devices.chipset;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * One 8259A interrupt controller (Intel 8259A data sheet), in 8086 mode, with the edge/level control register of PCI chipsets.
 * The pair and its cascade are {@link PicPair}.
 */
final class Pic8259 {

    /** Writable bits of the edge/level control register. */
    private final int elcrMask;

    /** Input levels. */
    private int lines;
    private int irr;
    private int isr;
    private int imr;
    private int elcr;
    private int vectorBase;
    /** Level at lowest priority; the one after it is highest. */
    private int lowest = 7;
    /** Next initialisation command word expected, 0 for none. */
    private int expected;
    private boolean single;
    private boolean needsIcw4;
    private boolean levelMode;
    private boolean autoEoi;
    private boolean rotateOnAutoEoi;
    private boolean specialMask;
    private boolean fullyNested;
    private boolean readIsr;
    private boolean poll;

    Pic8259(int elcrMask) {
        this.elcrMask = elcrMask;
    }

    void reset() {
        irr = 0;
        isr = 0;
        imr = 0;
        elcr = 0;
        vectorBase = 0;
        expected = 0;
        levelMode = false;
        autoEoi = false;
        rotateOnAutoEoi = false;
        fullyNested = false;
        clearModes();
    }

    private void clearModes() {
        lowest = 7;
        specialMask = false;
        readIsr = false;
        poll = false;
    }

    private boolean level(int line) {
        return levelMode || (elcr >> line & 1) != 0;
    }

    /**
     * Drives an input. An edge stays requested even when the line falls before it is acknowledged (silicon would answer with the
     * spurious vector): lines are pulsed here in no time.
     */
    void setLine(int line, boolean high) {
        int bit = 1 << line;
        if (high) {
            if ((lines & bit) == 0 || level(line)) {
                irr |= bit;
            }
            lines |= bit;
        } else {
            if (level(line)) {
                irr &= ~bit;
            }
            lines &= ~bit;
        }
    }

    /** Drives the cascade input, which is a request exactly as long as the other chip asks. */
    void setCascade(int line, boolean high) {
        int bit = 1 << line;
        irr = high ? irr | bit : irr & ~bit;
    }

    /** Position of a level in the priority order, 0 highest. */
    private int rank(int line) {
        return line - lowest - 1 & 7;
    }

    private int highest(int set) {
        for (int i = 0; i < 8; i++) {
            int line = lowest + 1 + i & 7;
            if ((set >> line & 1) != 0) {
                return line;
            }
        }
        return -1;
    }

    /**
     * The level to interrupt for, or -1.
     *
     * @param cascade the cascade input, which special fully nested mode lets interrupt itself; -1 for none
     */
    int request(int cascade) {
        int line = highest(irr & ~imr);
        if (line < 0) {
            return -1;
        }
        int blocking = specialMask ? isr & ~imr : isr;
        if (fullyNested && cascade >= 0) {
            blocking &= ~(1 << cascade);
        }
        int service = highest(blocking);
        return service < 0 || rank(line) < rank(service) ? line : -1;
    }

    /** Takes a level into service, unless EOI is automatic. */
    private void serve(int line) {
        int bit = 1 << line;
        if (!level(line)) {
            irr &= ~bit;
        }
        if (!autoEoi) {
            isr |= bit;
        } else if (rotateOnAutoEoi) {
            lowest = line;
        }
    }

    /** An acknowledge cycle: the level now in service, or -1 when nothing requests any more. */
    int acknowledge(int cascade) {
        int line = request(cascade);
        if (line >= 0) {
            serve(line);
        }
        return line;
    }

    /** The vector of a level; without one that of level 7, the spurious one. */
    int vector(int line) {
        return vectorBase | (line < 0 ? 7 : line);
    }

    // ---- registers -----------------------------------------------------------------------------------------------

    /** Reads with A0 = {@code a0}; the answer to a poll command acknowledges what {@link #request} gives. */
    int read(int a0, int cascade) {
        if (poll) {
            poll = false;
            int line = acknowledge(cascade);
            return line < 0 ? 0 : 0x80 | line;
        }
        return a0 != 0 ? imr : readIsr ? isr : irr;
    }

    void write(int a0, int value) {
        if (a0 == 0) {
            if ((value & 0x10) != 0) {
                initialise(value);
            } else if ((value & 0x08) != 0) {
                control(value);
            } else {
                end(value);
            }
        } else {
            switch (expected) {
                case 2 -> {
                    vectorBase = value & 0xF8;
                    expected = !single ? 3 : needsIcw4 ? 4 : 0;
                }
                case 3 -> expected = needsIcw4 ? 4 : 0;
                case 4 -> {
                    autoEoi = (value & 2) != 0;
                    fullyNested = (value & 0x10) != 0;
                    expected = 0;
                }
                default -> imr = value;
            }
        }
    }

    /** ICW1. */
    private void initialise(int value) {
        needsIcw4 = (value & 1) != 0;
        single = (value & 2) != 0;
        levelMode = (value & 8) != 0;
        imr = 0;
        isr = 0;
        // The edge detectors start afresh; a level that is there is a request.
        irr = levelMode ? lines : lines & elcr;
        autoEoi = false;
        rotateOnAutoEoi = false;
        fullyNested = false;
        clearModes();
        expected = 2;
    }

    /** OCW3. */
    private void control(int value) {
        poll = (value & 4) != 0;
        if ((value & 2) != 0) {
            readIsr = (value & 1) != 0;
        }
        if ((value & 0x40) != 0) {
            specialMask = (value & 0x20) != 0;
        }
    }

    /** OCW2: R, SL and EOI in bits 7:5. */
    private void end(int value) {
        int line = value & 7;
        switch (value >> 5) {
            case 0b000 -> rotateOnAutoEoi = false;
            case 0b100 -> rotateOnAutoEoi = true;
            case 0b001 -> endHighest(false);
            case 0b101 -> endHighest(true);
            case 0b011 -> isr &= ~(1 << line);
            case 0b111 -> {
                isr &= ~(1 << line);
                lowest = line;
            }
            case 0b110 -> lowest = line;
            default -> { }
        }
    }

    private void endHighest(boolean rotate) {
        // In special mask mode a non-specific EOI leaves the masked levels in service.
        int line = highest(specialMask ? isr & ~imr : isr);
        if (line >= 0) {
            isr &= ~(1 << line);
            if (rotate) {
                lowest = line;
            }
        }
    }

    int elcr() {
        return elcr;
    }

    void setElcr(int value) {
        int before = elcr;
        elcr = value & elcrMask;
        int toLevel = elcr & ~before;
        irr = irr & ~toLevel | lines & toLevel;
    }

    void save(StateWriter out) {
        out.put("lines", lines);
        out.put("irr", irr);
        out.put("isr", isr);
        out.put("imr", imr);
        out.put("elcr", elcr);
        out.put("vector-base", vectorBase);
        out.put("lowest", lowest);
        out.put("expected", expected);
        out.put("single", single);
        out.put("needs-icw4", needsIcw4);
        out.put("level-mode", levelMode);
        out.put("auto-eoi", autoEoi);
        out.put("rotate-on-auto-eoi", rotateOnAutoEoi);
        out.put("special-mask", specialMask);
        out.put("fully-nested", fullyNested);
        out.put("read-isr", readIsr);
        out.put("poll", poll);
    }

    void restore(StateReader in) {
        lines = (int) in.take();
        irr = (int) in.take();
        isr = (int) in.take();
        imr = (int) in.take();
        elcr = (int) in.take();
        vectorBase = (int) in.take();
        lowest = (int) in.take();
        expected = (int) in.take();
        single = in.takeBoolean();
        needsIcw4 = in.takeBoolean();
        levelMode = in.takeBoolean();
        autoEoi = in.takeBoolean();
        rotateOnAutoEoi = in.takeBoolean();
        specialMask = in.takeBoolean();
        fullyNested = in.takeBoolean();
        readIsr = in.takeBoolean();
        poll = in.takeBoolean();
    }
}
