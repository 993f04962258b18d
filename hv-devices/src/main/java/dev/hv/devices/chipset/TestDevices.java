package dev.hv.devices.chipset;

import dev.hv.core.machine.InterruptLine;
import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MmioHandler;
import dev.hv.core.machine.PortHandler;
import dev.hv.core.machine.PowerControl;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * What kvm-unit-tests expect of their machine: debug exit (0xF4), the test device (latches at 0xE0 and 0xE8, interrupt lines from
 * 0x2000, 64 KiB of memory-like registers at 0xFF000000) and the firmware configuration port (0x510, 0x511).
 */
public final class TestDevices implements Saveable {

    private static final int DEBUG_EXIT = 0xF4;
    private static final int LATCH = 0xE0;
    private static final int FLUSH = 0xE4;
    private static final int BYTE_LATCH = 0xE8;
    private static final int LINES = 0x2000;
    private static final int LINE_COUNT = 24;
    private static final int SELECT = 0x510;
    private static final int DATA = 0x511;
    private static final int KEY_PROCESSORS = 5;
    private static final long MEMORY = 0xFF00_0000L;
    private static final int MEMORY_SIZE = 0x10000;

    private final PowerControl power;
    private final IntFunction<InterruptLine> lines;
    private final int processors;
    private final byte[] memory = new byte[MEMORY_SIZE];
    private int latch;
    private int byteLatch;
    private int key;
    private int position;

    /**
     * Claims the devices' ports and memory.
     *
     * @param lines interrupt lines by number, 0 … 23
     */
    public TestDevices(IoBus bus, PowerControl power, IntFunction<InterruptLine> lines, int processors) {
        this.power = power;
        this.lines = lines;
        this.processors = processors;
        bus.claimPorts(DEBUG_EXIT, 4, new DebugExit());
        bus.claimPorts(LATCH, 12, new Latches());
        bus.claimPorts(LINES, LINE_COUNT, new Lines());
        bus.claimPorts(SELECT, 2, new FirmwareConfiguration());
        bus.claimMmio(MEMORY, MEMORY_SIZE, new TestMemory());
    }

    private static int mask(int value, int size) {
        return size == 4 ? value : value & (1 << (size << 3)) - 1;
    }

    private final class DebugExit implements PortHandler {

        @Override
        public int readPort(int port, int size) {
            return 0;
        }

        @Override
        public void writePort(int port, int size, int value) {
            power.debugExit(mask(value, size));
        }
    }

    private final class Latches implements PortHandler {

        @Override
        public int readPort(int port, int size) {
            if (port >= BYTE_LATCH) {
                return byteLatch;
            }
            return port < FLUSH ? mask(latch >>> (port - LATCH << 3), size) : 0;
        }

        @Override
        public void writePort(int port, int size, int value) {
            if (port >= BYTE_LATCH) {
                byteLatch = value & 0xFF;
            } else if (port < FLUSH) {
                int shift = port - LATCH << 3;
                int mask = mask(-1, size) << shift;
                latch = latch & ~mask | value << shift & mask;
            }
            // A write to 0xE4 names a page whose host mapping to drop; there is no mapping to drop here.
        }
    }

    private final class Lines implements PortHandler {

        @Override
        public int readPort(int port, int size) {
            return 0;
        }

        /** Single bytes only: a wider write is not for this device. */
        @Override
        public void writePort(int port, int size, int value) {
            if (size == 1) {
                lines.apply(port - LINES).set(value != 0);
            }
        }
    }

    private final class FirmwareConfiguration implements PortHandler {

        @Override
        public int readPort(int port, int size) {
            if (port != DATA) {
                return 0;
            }
            int value = key == KEY_PROCESSORS && position < 2 ? processors >> (position << 3) & 0xFF : 0;
            position++;
            return value;
        }

        @Override
        public void writePort(int port, int size, int value) {
            if (port == SELECT) {
                key = value & 0xFFFF;
                position = 0;
            }
        }
    }

    private final class TestMemory implements MmioHandler {

        @Override
        public long readMmio(long offset, int size) {
            return LittleEndian.get(memory, (int) offset, size);
        }

        @Override
        public void writeMmio(long offset, int size, long value) {
            LittleEndian.put(memory, (int) offset, size, value);
        }
    }

    /** Hardware reset. */
    void reset() {
        Arrays.fill(memory, (byte) 0);
        latch = 0;
        byteLatch = 0;
        key = 0;
        position = 0;
        for (int i = 0; i < LINE_COUNT; i++) {
            lines.apply(i).set(false);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("test-devices", 1);
        out.put("memory", memory, 0, memory.length);
        out.put("latch", latch);
        out.put("byte-latch", byteLatch);
        out.put("key", key);
        out.put("position", position);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("test-devices", 1);
        System.arraycopy(in.takeBytes(), 0, memory, 0, memory.length);
        latch = (int) in.take();
        byteLatch = (int) in.take();
        key = (int) in.take();
        position = (int) in.take();
        in.end();
    }
}
