package dev.hv.devices.chipset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DeviceBus;
import dev.hv.core.machine.DmaView;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.disk.TimedQueues;
import dev.hv.devices.ide.IdeController;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a guest has written to a PC's devices: a hardware reset leaves them as they are in a machine that was just made, to the last bit. */
class ResetTest {

    private static final DmaView MEMORY = new DmaView() {
        @Override
        public boolean read(long address, byte[] to, int offset, int length) {
            return true;
        }

        @Override
        public boolean write(long address, byte[] from, int offset, int length) {
            return true;
        }
    };
    /** All ports with devices but those of the battery-backed clock. */
    private static final int[][] PORTS = {{0x20, 2}, {0xA0, 2}, {0x4D0, 2}, {0x40, 4}, {0x61, 1}, {0x400, 16}, {0x3F8, 8}, {0x2F8, 8}, {0x92, 1}, {0x60, 1}, {0x64, 1},
        {0xCF8, 8}, {0xF0, 1}, {0xE0, 12}, {0x2000, 24}, {0x510, 2}, {0x1F0, 8}, {0x170, 8}, {0x3F6, 1}, {0x376, 1}, {0xC000, 16}};

    /** A chipset and a controller with two disks. */
    private static final class Pc {
        final TestClock clock = new TestClock();
        final DeviceBus bus = new DeviceBus();
        final Chipset chipset = new Chipset(new ChipsetConfig(576, 64 << 20, 0, 2, true), bus, clock, new FakePower(), (d, l, m, v, level) -> { }, new FakeLine(), b -> { });
        final IdeController ide = new IdeController(bus, chipset, device -> MEMORY, new TimedQueues(clock), 1);

        Pc() {
            ide.attach(0, new MemoryDisk(new byte[1 << 20], 512, false), "one");
            ide.attach(3, new MemoryDisk(new byte[1 << 20], 512, false), "two");
        }

        void reset() {
            ide.reset();
            chipset.reset();
        }

        List<String> state() {
            var out = new Listing();
            chipset.save(out);
            ide.save(out);
            return out.lines;
        }
    }

    /** State as lines: section, number of the value in it, value. */
    private static final class Listing implements StateWriter {
        final List<String> lines = new ArrayList<>();
        private final Deque<String> names = new ArrayDeque<>();
        private int number;

        @Override
        public void begin(String name, int version) {
            names.addLast(name);
            number = 0;
        }

        @Override
        public void end() {
            names.removeLast();
        }

        @Override
        public void put(long value) {
            if (names.getLast().equals("disk-queue")) {
                // when the host's disk is free again is no state of the machine's
                return;
            }
            lines.add(String.join("/", names) + " " + number++ + ": " + value);
        }

        @Override
        public void put(byte[] from, int offset, int length) {
            lines.add(String.join("/", names) + " " + number++ + ": " + HexFormat.of().formatHex(from, offset, offset + length));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void nothingIsLeftOfWhatAGuestHasDone(long seed) {
        var random = new Random(seed);
        var pc = new Pc();
        List<String> fresh = pc.state();
        for (int i = 0; i < 20_000; i++) {
            abuse(pc, random);
        }
        assertThat(pc.state()).as("it was used").isNotEqualTo(fresh);
        pc.reset();
        List<String> left = new ArrayList<>(pc.state());
        left.removeAll(fresh);
        assertThat(left).as("what differs").isEmpty();
        assertThat(pc.state()).isEqualTo(new Pc().state());
        pc.reset();
        assertThat(pc.state()).as("again").isEqualTo(fresh);
    }

    private static void abuse(Pc pc, Random random) {
        int[] range = PORTS[random.nextInt(PORTS.length)];
        int port = range[0] + random.nextInt(range[1]);
        switch (random.nextInt(8)) {
            case 0 -> pc.bus.in(port, 1);
            case 1 -> pc.bus.writeMmio(0xFEC00000L + 16 * random.nextInt(2), 4, random.nextInt() & (random.nextBoolean() ? 0x3F : -1));
            case 2 -> {
                pc.bus.out(0xCF8, 4, 0x8000_0000 | random.nextInt(2) << 11 | random.nextInt(64) << 2);
                pc.bus.out(0xCFC, 4, random.nextInt());
            }
            case 3 -> pc.bus.out(port, 4, random.nextInt());
            // a disk's commands
            case 4 -> pc.bus.out(random.nextBoolean() ? 0x1F7 : 0x177, 1, random.nextInt(256));
            default -> pc.bus.out(port, 1, random.nextInt(256));
        }
    }

    @Test
    void timeAndMemoryOfTheBatteryBackedClockStay() {
        var pc = new Pc();
        pc.bus.out(0x70, 1, 0x50);
        pc.bus.out(0x71, 1, 0xA5);
        pc.reset();
        pc.bus.out(0x70, 1, 0x50);
        assertThat(pc.bus.in(0x71, 1)).isEqualTo(0xA5);
    }
}
