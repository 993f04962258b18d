package dev.hv.devices.e1000e;

import static dev.hv.devices.e1000e.E1000eFormat.*;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.WordRegisters;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.network.EthernetAdapter;
import dev.hv.devices.network.FrameHeaders;
import dev.hv.devices.network.LargeSend;
import dev.hv.devices.network.MacAddress;
import dev.hv.devices.network.VirtualSwitch;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import java.util.Arrays;

/**
 * Intel's 82574L (Intel 82574 GbE Controller Family datasheet) at a port of a switch: two queues each way, check sums, segmentation and VLANs, MSI-X, MSI and the pin. Without flash memory, its window of I/O ports,
 * wake-up, management and time stamps of frames. What a system does wrong loses packets, or stops a queue until a reset.
 */
public final class E1000eAdapter implements EthernetAdapter, WordRegisters, Saveable {

    static final int VENDOR = 0x8086;
    static final int DEVICE = 0x10D3;

    private static final int STATE_VERSION = 1;
    private static final int CLASS = 0x020000;
    private static final int VECTOR_BAR = 4;
    private static final int SUBSYSTEM = 0x2C;
    private static final int LEAST_FRAME = 60;
    /** Segments of one packet: a small segment size must not make work without bounds. */
    private static final int MOST_SEGMENTS = 2048;
    /** Descriptors and bytes that are sent in one go; the rest follows so many ns later. */
    private static final int MOST_DESCRIPTORS = 256;
    private static final int MOST_BYTES = 256 << 10;
    private static final long PAUSE = 1_000;

    private final MacAddress address;
    private final PciEndpoint endpoint;
    private final VirtualSwitch.Port port;
    private final Clock clock;
    private final NonVolatileMemory nvm;
    private final Phy phy;
    private final RegisterFile registers = new RegisterFile();
    private final Statistics statistics = new Statistics();
    private final SystemTime time;
    private final Interrupts interrupts;
    private final Receiver receiver;
    private final TransmitQueue[] transmit = new TransmitQueue[QUEUES];
    private final Clock.Timer transmitLater;
    private final FrameHeaders headers = new FrameHeaders();
    private boolean linkWas;

    /**
     * An adapter, plugged in and connected.
     *
     * @param station name of its owner, for the switch
     */
    public E1000eAdapter(PciSite site, PciSlot slot, Clock clock, MacAddress address, VirtualSwitch network, String station) {
        this.address = address;
        this.clock = clock;
        endpoint = new PciEndpoint(site, slot, 0, VENDOR, DEVICE, CLASS, 0);
        endpoint.config().set(SUBSYSTEM, 4, DEVICE << 16 | VENDOR);
        endpoint.memory(0, false, false, BAR_BYTES, this);
        endpoint.vectors(VECTOR_BAR, VECTORS);
        endpoint.onReset(this::reset);
        endpoint.config().onBusMaster(this::goOn);
        nvm = new NonVolatileMemory(address);
        time = new SystemTime(clock);
        interrupts = new Interrupts(endpoint, clock, station, statistics);
        receiver = new Receiver(endpoint, registers, interrupts, statistics);
        for (int i = 0; i < QUEUES; i++) {
            transmit[i] = new TransmitQueue(i, endpoint, this::send);
        }
        transmitLater = clock.timer("descriptors of " + station, this::transmit);
        phy = new Phy(clock, station, this::linkMayHaveChanged);
        registers.reset(nvm);
        port = network.connect(station, (bytes, offset, length) -> {
            if (linkUp()) {
                receiver.frame(bytes, offset, length);
            }
        });
        endpoint.plug();
    }

    /** The function it is. */
    public PciEndpoint endpoint() {
        return endpoint;
    }

    @Override
    public MacAddress address() {
        return address;
    }

    @Override
    public VirtualSwitch.Port port() {
        return port;
    }

    @Override
    public void setLink(boolean up) {
        phy.cable(up);
    }

    @Override
    public void forbidOtherAddresses() {
        port.permitOnly(address);
    }

    @Override
    public long dropped() {
        return receiver.dropped();
    }

    /** Hardware reset: as after power-on; the cable and what stands in its memory stay. The configuration space is reset with the bus that it is on. */
    public void reset() {
        resetController();
        nvm.reset();
        phy.powerOn();
        linkWas = linkUp();
    }

    /** What CTRL.RST does: the transceiver goes on as it was. */
    private void resetController() {
        transmitLater.cancel();
        interrupts.reset();
        statistics.reset();
        time.reset();
        registers.reset(nvm);
        receiver.reset();
        for (TransmitQueue q : transmit) {
            q.reset();
        }
        linkWas = linkUp();
    }

    // ---- link ----------------------------------------------------------------------------------------------------------------

    private boolean linkUp() {
        return (registers.get(CTRL) & SET_LINK_UP) != 0 && phy.link();
    }

    private void linkMayHaveChanged() {
        boolean up = linkUp();
        if (up != linkWas) {
            linkWas = up;
            interrupts.raise(LINK_CHANGE);
            goOn();
        }
    }

    private int status() {
        int control = registers.get(CTRL);
        return FULL_DUPLEX | SPEED_1000 | (linkUp() ? LINK_UP : 0) | ((control & MASTER_DISABLE) == 0 ? MASTER_ENABLED : 0) | registers.get(STATUS) & PHY_RESET_ASSERTED;
    }

    // ---- sending -------------------------------------------------------------------------------------------------------------

    /** The function may access memory again, or something else is in the way no more. */
    private void goOn() {
        receiver.goOn();
        transmit();
    }

    private boolean maySend() {
        return (registers.get(TCTL) & TRANSMIT_ENABLE) != 0 && endpoint.mastering();
    }

    private void transmit() {
        int causes = 0;
        int bytes = 0;
        int descriptors = 0;
        for (int i = 0; i < QUEUES; i++) {
            boolean any = false;
            while (maySend() && transmit[i].waits() && descriptors < MOST_DESCRIPTORS && bytes < MOST_BYTES) {
                int before = transmit[i].gathered();
                causes |= transmit[i].next() ? TRANSMIT_WRITTEN_BACK | TRANSMIT_QUEUE << i : 0;
                bytes += Math.max(0, transmit[i].gathered() - before);
                descriptors++;
                any = true;
            }
            if (any && !transmit[i].waits()) {
                causes |= TRANSMIT_EMPTY;
            }
        }
        if (maySend() && (transmit[0].waits() || transmit[1].waits())) {
            transmitLater.arm(clock.nanos() + PAUSE);
        }
        if (causes != 0) {
            interrupts.raise(causes);
        }
    }

    /** A packet that the system wants to have sent. */
    private void send(byte[] packet, int bytes, int wanted, int tag) {
        int length = bytes;
        if (length < FrameHeaders.ETHERNET || wanted == 0 && length > Receiver.MOST_FRAME) {
            return;
        }
        int segment = wanted;
        if (wanted > 0) {
            if (!LargeSend.complete(packet, 0, length, headers) || headers.end - headers.payload > (long) wanted * MOST_SEGMENTS || headers.payload + wanted > Receiver.MOST_FRAME) {
                statistics.count(Statistics.TSCTFC);
                return;
            }
            statistics.count(Statistics.TSCTC);
            segment = headers.end - headers.payload <= wanted ? 0 : wanted;
        }
        byte[] frame = packet;
        if (tag >= 0) {
            frame = FrameHeaders.tagged(packet, 0, length, tag);
            length = frame.length;
        }
        if (length < LEAST_FRAME && (registers.get(TCTL) & PAD_SHORT) != 0) {
            frame = Arrays.copyOf(Arrays.copyOf(frame, length), LEAST_FRAME);
            length = LEAST_FRAME;
        }
        leave(frame, length, segment);
    }

    private void leave(byte[] frame, int length, int segment) {
        boolean back = phy.loopback() || (registers.get(RCTL) & 3 * LOOPBACK) == LOOPBACK;
        if (segment == 0) {
            statistics.sent(frame, 0, length);
            if (back) {
                receiver.frame(frame, 0, length);
            }
        } else {
            LargeSend.split(frame, 0, length, segment, (b, at, n) -> {
                statistics.sent(b, at, n);
                if (back) {
                    receiver.frame(b, at, n);
                }
            });
        }
        if (!back && linkUp()) {
            port.send(frame, 0, length, segment);
        }
    }

    // ---- registers -----------------------------------------------------------------------------------------------------------

    /** The queue whose registers these are; -1 when they are none's. */
    private static int queue(int register, int first) {
        int queue = (register - first) / QUEUE_BYTES;
        return register >= first && queue < QUEUES ? queue : -1;
    }

    @Override
    public int readWord(int register) {
        int rx = queue(register, RECEIVE_QUEUES);
        int tx = queue(register, TRANSMIT_QUEUES);
        int within = register % QUEUE_BYTES;
        if ((rx >= 0 || tx >= 0) && within <= TAIL) {
            return rx >= 0 ? receiver.ring(rx).read(within) : transmit[tx].ring().read(within);
        }
        if (register >= Statistics.FIRST && register < Statistics.END) {
            return statistics.read(register);
        }
        if (register >= ICR && register < EITR + 4 * VECTORS) {
            return interrupts.read(register);
        }
        return switch (register) {
            case STATUS -> status();
            case EECD -> nvm.control();
            case EERD -> nvm.readRegister();
            case EEWR -> nvm.writeRegister();
            case EEMNGCTL -> CONFIGURATION_DONE;
            case MDIC -> phy.access();
            case SWSM -> {
                int value = registers.get(SWSM);
                registers.set(SWSM, value | SOFTWARE_SEMAPHORE);
                yield value;
            }
            case SYSTIML, SYSTIMH, TIMINCA, TIMADJL, TIMADJH -> time.read(register);
            default -> register < PLAIN_BYTES ? registers.get(register) : 0;
        };
    }

    @Override
    public void writeWord(int register, int value) {
        int rx = queue(register, RECEIVE_QUEUES);
        int tx = queue(register, TRANSMIT_QUEUES);
        int within = register % QUEUE_BYTES;
        if (rx >= 0 && receiver.ring(rx).write(within, value)) {
            if (within == TAIL) {
                receiver.goOn();
            }
        } else if (tx >= 0 && transmit[tx].ring().write(within, value)) {
            if (within == TAIL && !transmitLater.armed()) {
                transmit();
            }
        } else if (register >= ICR && register < EITR + 4 * VECTORS) {
            interrupts.write(register, value);
        } else {
            control(register, value);
        }
    }

    private void control(int register, int value) {
        switch (register) {
            case CTRL -> {
                if ((value & RESET) != 0) {
                    resetController();
                    return;
                }
                registers.set(CTRL, value);
                if ((value & PHY_RESET) != 0) {
                    registers.set(STATUS, PHY_RESET_ASSERTED);
                    phy.reset();
                }
                linkMayHaveChanged();
            }
            case STATUS -> registers.set(STATUS, registers.get(STATUS) & value & PHY_RESET_ASSERTED);
            case CTRL_EXT -> {
                registers.set(register, value);
                interrupts.extended(value);
            }
            case EECD -> nvm.control(value);
            case EERD -> nvm.readRegister(value);
            case EEWR -> nvm.writeRegister(value);
            case MDIC -> phy.access(value);
            case RCTL -> {
                registers.set(register, value);
                receiver.goOn();
            }
            case TCTL -> {
                registers.set(register, value);
                transmit();
            }
            case SYSTIML, SYSTIMH, TIMINCA, TIMADJL, TIMADJH -> time.write(register, value);
            case EEMNGCTL -> { }
            default -> {
                if (register < PLAIN_BYTES && (register < Statistics.FIRST || register >= Statistics.END)) {
                    registers.set(register, value);
                }
            }
        }
    }

    // ---- state ---------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("e1000e", STATE_VERSION);
        endpoint.save(out);
        nvm.save(out);
        phy.save(out);
        registers.save(out);
        statistics.save(out);
        time.save(out);
        interrupts.save(out);
        receiver.save(out);
        for (int i = 0; i < QUEUES; i++) {
            out.item("transmit-queue", i);
            transmit[i].save(out);
        }
        out.endItems();
        out.name("transmit-later");
        transmitLater.save(out);
        out.put("link-was", linkWas);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("e1000e", STATE_VERSION);
        endpoint.restore(in);
        nvm.restore(in);
        phy.restore(in);
        registers.restore(in);
        statistics.restore(in);
        time.restore(in);
        interrupts.restore(in);
        receiver.restore(in);
        for (TransmitQueue q : transmit) {
            q.restore(in);
        }
        transmitLater.restore(in);
        linkWas = in.takeBoolean();
        in.end();
    }
}
