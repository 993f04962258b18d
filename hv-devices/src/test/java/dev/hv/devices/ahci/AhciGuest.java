package dev.hv.devices.ahci;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.disk.DiskStatus;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.pci.PciMachine;
import java.util.Arrays;
import java.util.Random;

/** A machine with a SATA adapter, a disk at its first port and one that is read-only at its second, and a system's driver for the first. */
final class AhciGuest {

    static final int LIST = 0x1_0000;
    static final int RECEIVED = 0x1_1000;
    static final int TABLES = 0x1_2000;
    static final int DATA = 0x4_0000;
    static final int PORT = 0x100;

    final PciMachine machine = new PciMachine();
    /** What is on the first disk: made once. */
    private static final byte[] FILLED = new byte[8192 * 512];
    final byte[] contents = FILLED.clone();
    final byte[] other = new byte[64 << 10];
    /** Of the first disk. */
    final DiskFaults faults = new DiskFaults();
    /** How the first disk's flushes end, and how many there were. */
    DiskStatus flushes = DiskStatus.OK;
    int flushed;
    final AhciController controller;
    final long base;

    static {
        new Random(1).nextBytes(FILLED);
    }

    AhciGuest(DiskQueues queues) {
        controller = new AhciController(machine.site, machine.site.slot(3), queues);
        controller.attach(new MemoryDisk(contents, 512, false) {
            @Override
            public DiskFaults faults() {
                return faults;
            }

            @Override
            public DiskStatus flush() {
                flushed++;
                return flushes;
            }
        }, "serial");
        controller.attach(new MemoryDisk(other, 512, true), "other");
        base = machine.config(0, 3, 0x24, 4) & 0xFFFF_FFF0L;
        machine.configure(0, 3, 4, 2, 6);
    }

    int register(int at) {
        return (int) machine.bus.readMmio(base + at, 4);
    }

    void write(int at, int value) {
        machine.bus.writeMmio(base + at, 4, value);
    }

    /** Starts the first port, with interrupts. */
    void up() {
        write(4, 2);
        write(PORT, LIST);
        write(PORT + 8, RECEIVED);
        write(PORT + 0x14, -1);
        write(PORT + 0x18, 0x16);
        write(PORT + 0x18, 0x17);
    }

    /** Puts a command into a slot: data in one region, or none. */
    void put(int slot, int code, long sector, int count, int features, int data, int bytes) {
        byte[] m = machine.memory;
        Arrays.fill(m, LIST + 32 * slot, LIST + 32 * slot + 32, (byte) 0);
        int table = TABLES + 0x400 * slot;
        LittleEndian.put32(m, LIST + 32 * slot, 5 | (bytes > 0 ? 1 << 16 : 0));
        LittleEndian.put32(m, LIST + 32 * slot + 8, table);
        Arrays.fill(m, table, table + 0x90, (byte) 0);
        m[table] = 0x27;
        m[table + 1] = (byte) 0x80;
        m[table + 2] = (byte) code;
        m[table + 3] = (byte) features;
        LittleEndian.put(m, table + 4, 3, sector);
        m[table + 7] = 0x40;
        LittleEndian.put(m, table + 8, 3, sector >> 24);
        m[table + 11] = (byte) (features >> 8);
        LittleEndian.put16(m, table + 12, count);
        region(slot, 0, data, bytes);
    }

    void region(int slot, int index, int data, int bytes) {
        int at = TABLES + 0x400 * slot + 0x80 + 16 * index;
        LittleEndian.put64(machine.memory, at, data);
        LittleEndian.put32(machine.memory, at + 8, 0);
        LittleEndian.put32(machine.memory, at + 12, bytes - 1);
        LittleEndian.put16(machine.memory, LIST + 32 * slot + 2, bytes > 0 ? index + 1 : index);
    }

    void issue(int slots) {
        write(PORT + 0x38, slots);
    }

    /** Executes a command in slot 0; status in bits 7:0, error above. */
    int execute(int code, long sector, int count, int bytes) {
        put(0, code, sector, count, 0, DATA, bytes);
        issue(1);
        return register(PORT + 0x20);
    }

    byte[] memory(int at, int length) {
        return Arrays.copyOfRange(machine.memory, at, at + length);
    }

    byte[] sectors(int first, int count) {
        return Arrays.copyOfRange(contents, first * 512, (first + count) * 512);
    }
}
