package dev.hv.devices.e1000e;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.network.MacAddress;

/** The EEPROM beside the controller (datasheet, chapter 6): 128 words, of which the first 64 have a check sum. Its registers answer at once. */
final class NonVolatileMemory implements Saveable {

    private static final int WORDS = 128;
    private static final int CHECKSUM = 0x3F;
    private static final int SUM = 0xBABA;
    private static final int START = 1;
    private static final int DONE = 1 << 1;
    private static final int ADDRESS_SHIFT = 2;
    private static final int ADDRESS_MASK = 0x3FFF;
    /** In EECD: granted, present, read after reset, and the size as a power of two from 64 words on. */
    private static final int STATUS = 1 << 7 | 1 << 8 | 1 << 9 | 1 << 11;
    private static final int WRITABLE = 0x4F;

    private final int[] words = new int[WORDS];
    private int control;
    private int read;
    private int write;

    NonVolatileMemory(MacAddress address) {
        long a = address.value();
        for (int i = 0; i < 3; i++) {
            int pair = (int) (a >>> 32 - 16 * i) & 0xFFFF;
            words[i] = Integer.reverseBytes(pair) >>> 16;
        }
        words[0x05] = 0x2010;
        // the number of the board, of which nobody asks more than that it is there
        words[0x08] = 0xFFFF;
        words[0x09] = 0xFFFF;
        words[0x0A] = 0x026B;
        words[0x0B] = E1000eAdapter.DEVICE;
        words[0x0C] = E1000eAdapter.VENDOR;
        words[0x0D] = E1000eAdapter.DEVICE;
        words[0x0F] = 0x8000;
        int sum = 0;
        for (int i = 0; i < CHECKSUM; i++) {
            sum += words[i];
        }
        words[CHECKSUM] = SUM - sum & 0xFFFF;
        reset();
    }

    /** Its registers are as after power-on; what is in it stays. */
    void reset() {
        control = 0;
        read = 0;
        write = 0;
    }

    /** The station's address as it stands here: the low word of the receive address register, and the high one. */
    int address(boolean high) {
        return high ? words[2] : words[1] << 16 | words[0];
    }

    int control() {
        return control | STATUS;
    }

    void control(int value) {
        control = value & WRITABLE;
    }

    int readRegister() {
        return read;
    }

    void readRegister(int value) {
        int word = value >>> ADDRESS_SHIFT & ADDRESS_MASK;
        read = value & ADDRESS_MASK << ADDRESS_SHIFT | DONE;
        if ((value & START) != 0 && word < WORDS) {
            read |= words[word] << 16;
        }
    }

    int writeRegister() {
        return write | DONE;
    }

    void writeRegister(int value) {
        int word = value >>> ADDRESS_SHIFT & ADDRESS_MASK;
        write = value & ~(START | DONE);
        if ((value & START) != 0 && word < WORDS) {
            words[word] = value >>> 16;
        }
    }

    @Override
    public void save(StateWriter out) {
        out.put("nvm-control", control);
        out.put("nvm-read", read);
        out.put("nvm-write", write);
        for (int i = 0; i < WORDS; i++) {
            out.item("nvm-word", i);
            out.put("value", words[i]);
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        control = (int) in.take();
        read = (int) in.take();
        write = (int) in.take();
        for (int i = 0; i < WORDS; i++) {
            words[i] = (int) in.take();
        }
    }
}
