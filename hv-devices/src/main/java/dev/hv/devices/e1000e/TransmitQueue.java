package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.core.machine.DmaView;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** A queue of descriptors to send (datasheet, 7.2): legacy ones, contexts and data, gathered until a packet is whole. */
final class TransmitQueue implements Saveable {

    /** A packet that is segmented has at most 64 KiB behind its Ethernet header; a longer one is dropped. */
    private static final int MOST_PACKET = (64 << 10) + 32;
    private static final int STATUS_AT = 12;

    private final DmaView memory;
    private final SentPackets packets;
    private final DescriptorRing ring;
    private final byte[] descriptor = new byte[DESCRIPTOR];
    private final byte[] written = new byte[4];
    private final OffloadContext context = new OffloadContext();
    /** What has been gathered of a packet, how many bytes that is, and with which options its first descriptor came. */
    private byte[] packet = new byte[2048];
    private int gathered;
    private int options;
    private boolean tooLong;
    private boolean broken;

    TransmitQueue(int number, DmaView memory, SentPackets packets) {
        this.memory = memory;
        this.packets = packets;
        ring = new DescriptorRing("transmit-ring-" + number);
    }

    void reset() {
        ring.reset();
        context.clear();
        gathered = 0;
        options = 0;
        tooLong = false;
        broken = false;
    }

    DescriptorRing ring() {
        return ring;
    }

    /** Whether there is something to do. */
    boolean waits() {
        return !broken && ring.available() > 0;
    }

    /**
     * Carries the next descriptor out. One that cannot be read stops the queue until the adapter is reset.
     *
     * @return whether the system asked to be told
     */
    boolean next() {
        long at = ring.address(0);
        if (!memory.read(at, descriptor, 0, DESCRIPTOR)) {
            broken = true;
            return false;
        }
        int command = LittleEndian.u32(descriptor, 8);
        if ((command & EXTENDED) == 0) {
            data(command & 0xFFFF, command, 0);
        } else if ((command >>> TYPE_SHIFT & 0xF) == CONTEXT) {
            context.load(descriptor);
        } else if ((command >>> TYPE_SHIFT & 0xF) == DATA) {
            data(command & LENGTH_MASK, command, gathered == 0 ? LittleEndian.u32(descriptor, STATUS_AT) >>> 8 & 0xFF : options);
        }
        boolean report = (command & REPORT_STATUS) != 0;
        if (report) {
            System.arraycopy(descriptor, STATUS_AT, written, 0, 4);
            written[0] |= (byte) DONE;
            report = memory.write(at + STATUS_AT, written, 0, 4);
        }
        ring.advance(1);
        return report;
    }

    /** Bytes of a packet that is not whole yet. */
    int gathered() {
        return gathered;
    }

    private void data(int length, int command, int itsOptions) {
        options = itsOptions;
        if (tooLong || gathered + length > MOST_PACKET) {
            tooLong = true;
        } else {
            if (gathered + length > packet.length) {
                packet = java.util.Arrays.copyOf(packet, Math.max(gathered + length, 2 * packet.length));
            }
            if (!memory.read(LittleEndian.u64(descriptor, 0), packet, gathered, length)) {
                tooLong = true;
            }
            gathered += length;
        }
        if ((command & END) != 0) {
            if (!tooLong) {
                send(command);
            }
            gathered = 0;
            options = 0;
            tooLong = false;
        }
    }

    private void send(int command) {
        int tag = (command & INSERT_VLAN) != 0 ? LittleEndian.u16(descriptor, 14) : -1;
        if ((command & EXTENDED) == 0) {
            if ((command & INSERT_CHECKSUM) != 0) {
                OffloadContext.insert(packet, gathered, descriptor[13] & 0xFF, command >>> 16 & 0xFF, 0, false);
            }
            packets.send(packet, gathered, 0, tag);
        } else if ((command & SEGMENT) != 0) {
            packets.send(packet, gathered, context.segment(), tag);
        } else {
            context.complete(packet, gathered, options);
            packets.send(packet, gathered, 0, tag);
        }
    }

    @Override
    public void save(StateWriter out) {
        ring.save(out);
        context.save(out);
        out.put("gathered", packet, 0, gathered);
        out.put("options", options);
        out.put("too-long", tooLong);
        out.put("broken", broken);
    }

    @Override
    public void restore(StateReader in) {
        ring.restore(in);
        context.restore(in);
        byte[] bytes = in.takeBytes();
        gathered = bytes.length;
        packet = java.util.Arrays.copyOf(bytes, Math.max(2048, bytes.length));
        options = (int) in.take();
        tooLong = in.takeBoolean();
        broken = in.takeBoolean();
    }
}
