package dev.hv.devices.ide;

import dev.hv.core.machine.DeviceBus;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.PowerControl;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.chipset.ChipsetConfig;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.vmbus.guest.TestClock;
import java.util.Random;

/** A machine with an IDE controller, a disk at its first and one at its last place, and a guest's driver for the first channel. */
final class IdeGuest {

    private static final int BLOCK = 0x1F0;
    private static final int MASTER = 0xC000;
    private static final int SECTORS = 4096;

    final byte[] contents = new byte[SECTORS * 512];
    final byte[] memory = new byte[1 << 20];
    final DeviceBus bus = new DeviceBus();
    /** Of the first disk. */
    final DiskFaults faults = new DiskFaults();
    final IdeController controller;
    /** In whose name the controller asks for memory. */
    DmaRequester requester;

    IdeGuest(DiskQueues queues) {
        new Random(1).nextBytes(contents);
        var chipset = new Chipset(new ChipsetConfig(576, 1 << 20, 0, 1, false), bus, new TestClock(), new PowerControl() {
            @Override
            public void powerOff() {}

            @Override
            public void reset() {}

            @Override
            public void debugExit(int value) {}
        }, (d, l, m, v, t) -> { }, high -> { }, value -> { });
        var view = new DmaView() {
            @Override
            public boolean read(long address, byte[] to, int offset, int length) {
                if (address + length > memory.length) {
                    return false;
                }
                System.arraycopy(memory, (int) address, to, offset, length);
                return true;
            }

            @Override
            public boolean write(long address, byte[] from, int offset, int length) {
                if (address + length > memory.length) {
                    return false;
                }
                System.arraycopy(from, offset, memory, (int) address, length);
                return true;
            }
        };
        controller = new IdeController(bus, chipset, device -> {
            requester = device;
            return view;
        }, queues, 1);
        controller.attach(0, new MemoryDisk(contents, 512, false) {
            @Override
            public DiskFaults faults() {
                return faults;
            }
        }, "serial-0");
        controller.attach(3, new MemoryDisk(new byte[512 * 100], 512, true), "serial-3");
        busMastering(true);
    }

    /** Writes the command register of the function: I/O space stays on. */
    void busMastering(boolean on) {
        bus.out(0xCF8, 4, 0x8000_0804);
        bus.out(0xCFC, 2, on ? 5 : 1);
    }

    void command(int code, int lba, int count) {
        bus.out(BLOCK + 6, 1, 0xE0 | lba >>> 24);
        bus.out(BLOCK + 2, 1, count);
        bus.out(BLOCK + 3, 1, lba);
        bus.out(BLOCK + 4, 1, lba >>> 8);
        bus.out(BLOCK + 5, 1, lba >>> 16);
        bus.out(BLOCK + 7, 1, code);
    }

    byte[] readPio(int bytes) {
        byte[] b = new byte[bytes];
        for (int i = 0; i < bytes; i += 2) {
            int word = bus.in(BLOCK, 2);
            b[i] = (byte) word;
            b[i + 1] = (byte) (word >>> 8);
        }
        return b;
    }

    boolean interruptRequested() {
        bus.out(0xA0, 1, 0x0A);
        return (bus.in(0xA0, 1) & 1 << 6) != 0;
    }

    void region(int entry, int address, int length, boolean last) {
        for (int i = 0; i < 4; i++) {
            memory[0x100 + entry * 8 + i] = (byte) (address >>> 8 * i);
        }
        memory[0x104 + entry * 8] = (byte) length;
        memory[0x105 + entry * 8] = (byte) (length >>> 8);
        memory[0x106 + entry * 8] = 0;
        memory[0x107 + entry * 8] = (byte) (last ? 0x80 : 0);
    }

    void dma(int code, int lba, int count, boolean toMemory) {
        bus.out(MASTER + 4, 4, 0x100);
        bus.out(MASTER + 2, 1, 6);
        command(code, lba, count);
        bus.out(MASTER, 1, toMemory ? 9 : 1);
    }
}
