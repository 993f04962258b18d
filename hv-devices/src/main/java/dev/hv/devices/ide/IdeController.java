package dev.hv.devices.ide;

import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.PortHandler;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.chipset.PciConfigSpace;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueues;

/**
 * The IDE function of a PIIX4 (Intel 82371AB data sheet): two channels in compatibility mode, at ports 0x1F0 and 0x170 with interrupts
 * 14 and 15, and a bus master.
 */
public final class IdeController implements Saveable {

    /** Drives that fit: first and second of the first channel, then those of the second. */
    public static final int DRIVES = 4;

    private static final int STATE_VERSION = 1;
    private static final int VENDOR_INTEL = 0x8086;
    private static final int PIIX4_IDE = 0x7111;
    /** IDE, both channels in compatibility mode, bus master. */
    private static final int CLASS = 0x010180;
    private static final int[] COMMAND_BLOCK = {0x1F0, 0x170};
    private static final int CONTROL_FROM_BLOCK = 0x206;
    private static final int[] IRQ = {14, 15};
    private static final int MASTER_BAR = 4;
    private static final int MASTER_PORTS = 0xC000;
    /** Configuration registers: timing of the channels with their decode enables, Ultra DMA control and timing. */
    private static final int TIMING = 0x40;
    private static final int DECODE_ENABLED = 0x8000_8000;
    private static final int ULTRA_CONTROL = 0x48;
    private static final int ULTRA_TIMING = 0x4A;

    private final IdeChannel[] channels = new IdeChannel[2];
    private final PciConfigSpace config;
    private final DiskQueues queues;

    /**
     * A controller without drives, in a PCI slot.
     *
     * @param dma gives the bus master its view of memory
     * @param queues how its disks' requests are carried out
     * @param slot PCI device number
     */
    public IdeController(IoBus bus, Chipset chipset, DmaBus dma, DiskQueues queues, int slot) {
        this.queues = queues;
        var memory = dma.view(DmaRequester.pci(0, slot, 0));
        config = new PciConfigSpace(VENDOR_INTEL, PIIX4_IDE, CLASS, 1);
        config.set(TIMING, 4, DECODE_ENABLED);
        config.allow(TIMING, 4, -1);
        config.allow(ULTRA_CONTROL, 1, 0x0F);
        config.allow(ULTRA_TIMING, 2, 0x3333);
        for (int i = 0; i < channels.length; i++) {
            channels[i] = new IdeChannel(COMMAND_BLOCK[i], chipset.line(IRQ[i]), memory, config::busMaster);
            bus.claimPorts(COMMAND_BLOCK[i], 8, channels[i]);
            bus.claimPorts(COMMAND_BLOCK[i] + CONTROL_FROM_BLOCK, 1, channels[i]);
        }
        config.ports(MASTER_BAR, MASTER_PORTS, 2 * BusMaster.SIZE, bus, new MasterPorts(channels));
        config.onBusMaster(() -> {
            for (IdeChannel c : channels) {
                c.masterEnabled();
            }
        });
        chipset.pci().add(slot, 0, config);
    }

    /**
     * Plugs a disk in before the guest starts; it then belongs to the controller.
     *
     * @param place 0 … 3
     * @param serial up to 20 characters
     */
    public void attach(int place, Disk disk, String serial) {
        channels[place >> 1].attach(place & 1, disk, queues.queue("ide " + place), serial);
    }

    /**
     * Hardware reset: requests under way are forgotten. What the host is carrying out ends before anything that comes later begins. The
     * configuration space is reset with the bus that it is on.
     */
    public void reset() {
        for (IdeChannel c : channels) {
            c.reset();
        }
    }

    /** Gives the disks back: at once, or when the host has ended what it is carrying out on one. */
    public void close() {
        for (IdeChannel c : channels) {
            c.close();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("ide", STATE_VERSION);
        config.save(out);
        for (IdeChannel c : channels) {
            c.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("ide", STATE_VERSION);
        config.restore(in);
        for (IdeChannel c : channels) {
            c.restore(in);
        }
        in.end();
    }

    /** Both halves of the bus master: 8 ports a channel, each accessible by bytes. */
    private record MasterPorts(IdeChannel[] channels) implements PortHandler {

        @Override
        public int readPort(int port, int size) {
            int value = 0;
            for (int i = 0; i < size && port + i < 2 * BusMaster.SIZE; i++) {
                value |= channels[port + i >> 3].master().read(port + i & 7) << (i << 3);
            }
            return value;
        }

        @Override
        public void writePort(int port, int size, int value) {
            for (int i = 0; i < size && port + i < 2 * BusMaster.SIZE; i++) {
                channels[port + i >> 3].writeMaster(port + i & 7, value >>> (i << 3) & 0xFF);
            }
        }
    }
}
