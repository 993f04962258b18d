package dev.hv.devices.nvme;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.disk.MemoryDisk;
import dev.hv.devices.pci.PciMachine;
import java.util.Arrays;
import java.util.Random;

/** A machine with an NVMe controller, and a system's driver for it: admin queues of 8 entries, one pair of 16 for input and output. */
final class NvmeGuest {

    static final int ADMIN_SQ = 0x1_0000;
    static final int ADMIN_CQ = 0x1_1000;
    static final int SQ = 0x1_2000;
    static final int CQ = 0x1_3000;
    static final int DATA = 0x4_0000;
    static final int BLOCKS = 4096;
    private static final int ENTRIES = 16;
    private static final int ADMIN_ENTRIES = 8;

    final PciMachine machine = new PciMachine();
    final byte[] contents = new byte[BLOCKS * 512];
    final byte[] other = new byte[64 << 10];
    /** Of the first namespace. */
    final DiskFaults faults = new DiskFaults();
    final NvmeController controller;
    final long base;
    private int adminTail;
    private int adminHead;
    private int tail;
    private int head;
    private int ids;

    NvmeGuest(DiskQueues queues) {
        new Random(1).nextBytes(contents);
        controller = new NvmeController(machine.site, machine.site.slot(2), queues, "serial");
        controller.attach(new MemoryDisk(contents, 512, false) {
            @Override
            public DiskFaults faults() {
                return faults;
            }
        }, "first");
        controller.attach(new MemoryDisk(other, 4096, true), "second");
        base = machine.config(0, 2, 0x10, 4) & 0xFFFF_FFF0L;
        machine.configure(0, 2, 4, 2, 6);
    }

    long register(int at) {
        return machine.bus.readMmio(base + at, 4);
    }

    void write(int at, long value) {
        machine.bus.writeMmio(base + at, 4, value);
    }

    /** Enables the controller. */
    void enable() {
        write(0x24, (ADMIN_ENTRIES - 1) * 0x1_0001L);
        machine.bus.writeMmio(base + 0x28, 8, ADMIN_SQ);
        machine.bus.writeMmio(base + 0x30, 8, ADMIN_CQ);
        write(0x14, 0x0046_0001);
    }

    /** Enables it, and makes queues for input and output; interrupts of vector 1. */
    void up() {
        enable();
        admin(0x05, 0, CQ, (ENTRIES - 1) << 16 | 1, 1 << 16 | 3);
        admin(0x01, 0, SQ, (ENTRIES - 1) << 16 | 1, 1 << 16 | 1);
    }

    static byte[] command(int opcode, int id, int namespace, long prp1, long prp2, int... dwords) {
        byte[] c = new byte[64];
        c[0] = (byte) opcode;
        LittleEndian.put16(c, 2, id);
        LittleEndian.put32(c, 4, namespace);
        LittleEndian.put64(c, 24, prp1);
        LittleEndian.put64(c, 32, prp2);
        for (int i = 0; i < dwords.length; i++) {
            LittleEndian.put32(c, 40 + 4 * i, dwords[i]);
        }
        return c;
    }

    /** Puts an admin command into its queue and rings. */
    int sendAdmin(byte[] c) {
        LittleEndian.put16(c, 2, ++ids);
        System.arraycopy(c, 0, machine.memory, ADMIN_SQ + 64 * adminTail, 64);
        adminTail = (adminTail + 1) % ADMIN_ENTRIES;
        write(0x1000, adminTail);
        return ids;
    }

    /** The next admin completion, 16 bytes; reads it away. */
    byte[] adminCompletion() {
        byte[] e = Arrays.copyOfRange(machine.memory, ADMIN_CQ + 16 * adminHead, ADMIN_CQ + 16 * adminHead + 16);
        adminHead = (adminHead + 1) % ADMIN_ENTRIES;
        write(0x1004, adminHead);
        return e;
    }

    /** Executes an admin command; status without phase. */
    int admin(int opcode, int namespace, long prp1, int... dwords) {
        sendAdmin(command(opcode, 0, namespace, prp1, 0, dwords));
        return status(adminCompletion());
    }

    static int status(byte[] completion) {
        return (LittleEndian.u16(completion, 14) >> 1) & 0x3FFF;
    }

    /** Puts a command into the queue for input and output and rings. */
    int send(byte[] c) {
        LittleEndian.put16(c, 2, ++ids);
        System.arraycopy(c, 0, machine.memory, SQ + 64 * tail, 64);
        tail = (tail + 1) % ENTRIES;
        write(0x1008, tail);
        return ids;
    }

    /** The next completion, left where it is. */
    byte[] peek() {
        return Arrays.copyOfRange(machine.memory, CQ + 16 * head, CQ + 16 * head + 16);
    }

    /** The next completion; reads it away. */
    byte[] completion() {
        byte[] e = peek();
        head = (head + 1) % ENTRIES;
        write(0x100C, head);
        return e;
    }

    /** Executes a command that moves blocks by pages; status. */
    int execute(int opcode, int namespace, long block, int count, long prp1, long prp2) {
        send(command(opcode, 0, namespace, prp1, prp2, (int) block, (int) (block >>> 32), count - 1));
        return status(completion());
    }

    byte[] memory(int at, int length) {
        return Arrays.copyOfRange(machine.memory, at, at + length);
    }

    byte[] blocks(int first, int count) {
        return Arrays.copyOfRange(contents, first * 512, (first + count) * 512);
    }

    /** Another controller's driver goes on where this one is. */
    void follow(NvmeGuest other) {
        adminTail = other.adminTail;
        adminHead = other.adminHead;
        tail = other.tail;
        head = other.head;
        ids = other.ids;
        System.arraycopy(other.machine.memory, 0, machine.memory, 0, machine.memory.length);
    }
}
