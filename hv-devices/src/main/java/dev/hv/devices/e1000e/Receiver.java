package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.network.FrameHeaders;
import dev.hv.devices.network.FrameSink;
import dev.hv.devices.network.PortVlans;
import dev.hv.devices.pci.PciEndpoint;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.zip.CRC32;

/** The way of frames from the cable into the system's memory (datasheet, 7.1): filters, the packet buffer, where they wait for descriptors, and what is found out about them. */
final class Receiver implements FrameSink, Saveable {

    private static final int LEAST_FRAME = 60;
    private static final int CRC_BYTES = 4;
    /** Without check sequence and with a tag; longer ones are long packets, of which the hardware takes those up to the second number. */
    private static final int USUAL_FRAME = 1518;
    static final int MOST_FRAME = 9234;
    private static final int TAG_AT = 12;
    private static final int KIBIBYTE = 1024;

    private final PciEndpoint endpoint;
    private final RegisterFile registers;
    private final Interrupts interrupts;
    private final Statistics statistics;
    private final ReceiveFilter filter;
    private final ReceiveHash hash;
    private final FrameHeaders headers = new FrameHeaders();
    private final DescriptorRing[] rings = new DescriptorRing[QUEUES];
    private final byte[] descriptor = new byte[2 * DESCRIPTOR];
    private final byte[] writeBack = new byte[2 * DESCRIPTOR];
    /** Frames that wait in the packet buffer. */
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private long dropped;

    Receiver(PciEndpoint endpoint, RegisterFile registers, Interrupts interrupts, Statistics statistics) {
        this.endpoint = endpoint;
        this.registers = registers;
        this.interrupts = interrupts;
        this.statistics = statistics;
        filter = new ReceiveFilter(registers);
        hash = new ReceiveHash(registers);
        for (int i = 0; i < QUEUES; i++) {
            rings[i] = new DescriptorRing("receive-ring-" + i);
        }
    }

    void reset() {
        for (DescriptorRing r : rings) {
            r.reset();
        }
        waiting.clear();
        waitingBytes = 0;
    }

    DescriptorRing ring(int queue) {
        return rings[queue];
    }

    /** Frames that found no room. */
    long dropped() {
        return dropped;
    }

    @Override
    public void frame(byte[] bytes, int offset, int length) {
        if ((registers.get(RCTL) & RECEIVE_ENABLE) == 0) {
            return;
        }
        statistics.came(Math.max(length, LEAST_FRAME));
        ReceiveFilter.Verdict verdict = filter.judge(bytes, offset, length);
        if (verdict == ReceiveFilter.Verdict.DROPPED) {
            return;
        }
        boolean tagged = PortVlans.tag(bytes, offset, length) >= 0;
        int longest = (registers.get(RCTL) & LONG_PACKETS) != 0 ? MOST_FRAME : USUAL_FRAME - (tagged ? 0 : FrameHeaders.VLAN_TAG);
        if (length > longest) {
            statistics.count(Statistics.ROC);
            return;
        }
        byte[] frame = Arrays.copyOf(Arrays.copyOfRange(bytes, offset, offset + length), Math.max(length, LEAST_FRAME));
        statistics.received(frame, 0, frame.length);
        if (!waiting.isEmpty() || !deliver(frame)) {
            await(frame);
        }
    }

    private void await(byte[] frame) {
        statistics.count(Statistics.RNBC);
        if (waitingBytes + frame.length > (registers.get(PBA) & 0xFFFF) * KIBIBYTE) {
            dropped++;
            statistics.count(Statistics.MISSED);
            statistics.count(Statistics.ICRXOC);
            interrupts.raise(RECEIVE_OVERRUN);
            return;
        }
        waiting.add(frame);
        waitingBytes += frame.length;
    }

    /** There may be room again. */
    void goOn() {
        while (!waiting.isEmpty() && (registers.get(RCTL) & RECEIVE_ENABLE) != 0 && deliver(waiting.peek())) {
            waitingBytes -= waiting.poll().length;
        }
    }

    /** Puts a frame into the system's memory; false while there is no room. */
    private boolean deliver(byte[] frame) {
        if (!endpoint.mastering()) {
            return false;
        }
        boolean parsed = headers.parse(frame, 0, frame.length, false);
        hash.of(frame, headers);
        DescriptorRing ring = rings[hash.queue()];
        int tag = -1;
        byte[] data = frame;
        int status = filter.judge(frame, 0, frame.length) == ReceiveFilter.Verdict.INEXACT ? PASSED_INEXACTLY : 0;
        int headerBytes = parsed ? headers.payload : headers.version != 0 ? headers.transport : 0;
        ReceivedChecks.Result checks = ReceivedChecks.of(frame, headers, parsed, registers.get(RXCSUM));
        status |= checks.status();
        if ((registers.get(CTRL) & VLAN_MODE) != 0 && PortVlans.tag(frame, 0, frame.length) >= 0) {
            tag = FrameHeaders.u16(frame, TAG_AT + 2);
            data = FrameHeaders.untagged(frame, 0, frame.length);
            headerBytes = Math.max(0, headerBytes - FrameHeaders.VLAN_TAG);
            status |= VLAN_PACKET;
        }
        if ((registers.get(RCTL) & STRIP_CRC) == 0) {
            data = withCrc(data, frame);
        }
        boolean split = (registers.get(RFCTL) & EXTENDED_STATUS) != 0 && (registers.get(RCTL) >>> 10 & 3) == 1;
        int[] sizes = split ? splitSizes() : new int[] {bufferSize()};
        int most = Arrays.stream(sizes).sum();
        int step = split ? 2 : 1;
        int needed = most == 0 ? Integer.MAX_VALUE : Math.ceilDiv(data.length, most) * step;
        if (ring.units() < needed || ring.available() < needed) {
            return false;
        }
        boolean headerAlone = split && headerBytes > 0 && headerBytes <= sizes[0] && headerBytes < data.length && data.length - headerBytes <= most - sizes[0];
        for (int at = 0; at < data.length; ) {
            long address = ring.address(0);
            if (!endpoint.read(address, descriptor, 0, step * DESCRIPTOR)) {
                return lost();
            }
            Arrays.fill(writeBack, (byte) 0);
            int before = at;
            for (int i = 0; i < sizes.length && at < data.length; i++) {
                int n = Math.min(headerAlone && i == 0 ? headerBytes : sizes[i], data.length - at);
                if (n > 0 && !endpoint.write(LittleEndian.u64(descriptor, 8 * i), data, at, n)) {
                    return lost();
                }
                at += n;
                LittleEndian.put16(writeBack, i == 0 ? 12 : 16 + 2 * i, n);
            }
            int done = DONE | (at == data.length ? END_OF_PACKET | status : 0);
            finish(split, headerAlone ? HEADER_SPLIT | headerBytes : 0, at - before, done, checks, Math.max(0, tag));
            if (!endpoint.write(address, writeBack, 0, step * DESCRIPTOR)) {
                return lost();
            }
            ring.advance(step);
        }
        int causes = RECEIVED | RECEIVE_QUEUE << hash.queue();
        if (ring.available() <= ring.units() >>> 1 + Math.min(2, registers.get(RCTL) >>> 8 & 3)) {
            statistics.count(Statistics.ICRXDMTC);
            causes |= RECEIVE_THRESHOLD;
        }
        interrupts.raise(causes);
        return true;
    }

    /** The rest of a descriptor as the hardware leaves it. */
    private void finish(boolean split, int headerStatus, int bytes, int status, ReceivedChecks.Result checks, int tag) {
        if ((registers.get(RFCTL) & EXTENDED_STATUS) == 0) {
            System.arraycopy(descriptor, 0, writeBack, 0, 8);
            LittleEndian.put16(writeBack, 8, bytes);
            LittleEndian.put16(writeBack, 10, checks.sum());
            writeBack[12] = (byte) status;
            writeBack[13] = (byte) checks.errors();
            LittleEndian.put16(writeBack, 14, tag);
            return;
        }
        int length = split ? LittleEndian.u16(writeBack, 12) : bytes;
        boolean hashed = (registers.get(RXCSUM) & HASH_INSTEAD) != 0;
        LittleEndian.put32(writeBack, 0, hashed ? hash.type() | hash.queue() << 8 : 0);
        LittleEndian.put32(writeBack, 4, hashed ? hash.value() : checks.identification() | checks.sum() << 16);
        LittleEndian.put32(writeBack, 8, status | checks.errors() << 24);
        LittleEndian.put16(writeBack, 12, length);
        LittleEndian.put16(writeBack, 14, tag);
        if (split) {
            LittleEndian.put16(writeBack, 16, headerStatus);
        }
    }

    /** A frame whose descriptor or buffers are no memory. */
    private boolean lost() {
        dropped++;
        return true;
    }

    private static byte[] withCrc(byte[] data, byte[] frame) {
        var crc = new CRC32();
        crc.update(frame);
        byte[] all = Arrays.copyOf(data, data.length + CRC_BYTES);
        LittleEndian.put32(all, data.length, (int) crc.getValue());
        return all;
    }

    private int bufferSize() {
        int control = registers.get(RCTL);
        int whole = control >>> 27 & 0xF;
        if (whole != 0) {
            return whole * KIBIBYTE;
        }
        int size = 2048 >>> (control >>> 16 & 3);
        // with the extension 2048 is reserved
        return (control & SIZE_EXTENSION) != 0 && size < 2048 ? size * 16 : size;
    }

    private int[] splitSizes() {
        int sizes = registers.get(PSRCTL);
        return new int[] {(sizes & 0x7F) * 128, (sizes >>> 8 & 0x3F) * KIBIBYTE, (sizes >>> 16 & 0x3F) * KIBIBYTE, (sizes >>> 24 & 0x3F) * KIBIBYTE};
    }

    @Override
    public void save(StateWriter out) {
        for (DescriptorRing r : rings) {
            r.save(out);
        }
        out.put("dropped", dropped);
        out.put("waiting-count", waiting.size());
        int i = 0;
        for (byte[] frame : waiting) {
            out.item("waiting", i++);
            out.put("frame", frame, 0, frame.length);
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        for (DescriptorRing r : rings) {
            r.restore(in);
        }
        dropped = in.take();
        waiting.clear();
        waitingBytes = 0;
        for (long n = in.take(); n > 0; n--) {
            byte[] frame = in.takeBytes();
            waiting.add(frame);
            waitingBytes += frame.length;
        }
    }
}
