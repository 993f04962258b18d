package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.VirtualSwitch;
import dev.hv.devices.pci.PciMachine;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A machine with an adapter, and a system's driver for it: rings of 16 descriptors, receive buffers of 2048 bytes; and a station at the other end of the switch. */
final class E1000eGuest {

    static final int RX_RING = 0x1_0000;
    static final int TX_RING = 0x1_1000;
    static final int RX_RING_1 = 0x1_2000;
    static final int BUFFERS = 0x4_0000;
    static final int DATA = 0x8_0000;
    static final int ENTRIES = 16;
    static final MacAddress OWN = MacAddress.of("52:54:00:12:34:56");
    static final MacAddress OTHER = MacAddress.of("52:54:00:00:00:01");

    final PciMachine machine = new PciMachine();
    final TestClock clock = new TestClock();
    final E1000eAdapter adapter;
    final VirtualSwitch.Port station;
    /** Frames that came to the station. */
    final List<byte[]> came = new ArrayList<>();
    final long base;
    private int txTail;

    E1000eGuest() {
        var network = new VirtualSwitch("lab", clock);
        adapter = new E1000eAdapter(machine.site, machine.site.slot(8), clock, OWN, network, "guest");
        station = network.connect("station", (b, offset, length) -> came.add(Arrays.copyOfRange(b, offset, offset + length)));
        base = machine.config(0, 8, 0x10, 4) & 0xFFFF_FFF0L;
        machine.configure(0, 8, 4, 2, 6);
    }

    int read(int register) {
        return (int) machine.bus.readMmio(base + register, 4);
    }

    void write(int register, int value) {
        machine.bus.writeMmio(base + register, 4, value & 0xFFFF_FFFFL);
    }

    /** Link up, both directions on, extended descriptors, all but one receive descriptor given away. */
    void up() {
        write(CTRL, SET_LINK_UP);
        ring(TRANSMIT_QUEUES, TX_RING);
        ring(RECEIVE_QUEUES, RX_RING);
        for (int i = 0; i < ENTRIES; i++) {
            give(RX_RING, i);
        }
        write(RFCTL, EXTENDED_STATUS);
        write(RXCSUM, IP_CHECKSUMS | TRANSPORT_CHECKSUMS);
        write(TCTL, TRANSMIT_ENABLE | PAD_SHORT);
        write(RCTL, RECEIVE_ENABLE | BROADCAST_ACCEPT | STRIP_CRC);
        write(RECEIVE_QUEUES + TAIL, ENTRIES - 1);
        // the link has come up
        read(ICR);
    }

    void ring(int registers, int at) {
        write(registers + BASE_LOW, at);
        write(registers + BASE_HIGH, 0);
        write(registers + LENGTH, ENTRIES * DESCRIPTOR);
        write(registers + HEAD, 0);
        write(registers + TAIL, 0);
    }

    /** Writes a receive descriptor with the buffer that is its own. */
    void give(int ring, int i) {
        Arrays.fill(machine.memory, ring + i * DESCRIPTOR, ring + (i + 1) * DESCRIPTOR, (byte) 0);
        LittleEndian.put64(machine.memory, ring + i * DESCRIPTOR, BUFFERS + i * 2048);
    }

    /** Puts a descriptor into the transmit ring, without ringing. */
    void descriptor(long first, int command, int last) {
        int at = TX_RING + txTail * DESCRIPTOR;
        LittleEndian.put64(machine.memory, at, first);
        LittleEndian.put32(machine.memory, at + 8, command);
        LittleEndian.put32(machine.memory, at + 12, last);
        txTail = (txTail + 1) % ENTRIES;
    }

    void ring() {
        write(TRANSMIT_QUEUES + TAIL, txTail);
    }

    /** Sends a frame in a legacy descriptor. */
    void send(byte[] frame) {
        System.arraycopy(frame, 0, machine.memory, DATA, frame.length);
        descriptor(DATA, END | REPORT_STATUS | frame.length, 0);
        ring();
    }

    int status(int i) {
        return LittleEndian.u32(machine.memory, RX_RING + i * DESCRIPTOR + 8);
    }

    int length(int i) {
        return LittleEndian.u16(machine.memory, RX_RING + i * DESCRIPTOR + 12);
    }

    byte[] received(int i) {
        return Arrays.copyOfRange(machine.memory, BUFFERS + i * 2048, BUFFERS + i * 2048 + length(i));
    }

    void arrives(byte[] frame) {
        station.send(frame, 0, frame.length);
    }

    static byte[] frame(long to, long from, int length) {
        byte[] f = new byte[length];
        for (int i = 0; i < 6; i++) {
            f[i] = (byte) (to >>> 40 - 8 * i);
            f[6 + i] = (byte) (from >>> 40 - 8 * i);
        }
        f[12] = (byte) 0x88;
        f[13] = (byte) 0xB5;
        for (int i = 14; i < length; i++) {
            f[i] = (byte) (i * 7);
        }
        return f;
    }
}
