package dev.hv.devices.ahci;

import static dev.hv.devices.ahci.AhciFormat.*;

import dev.hv.core.machine.WordRegisters;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;

/** A host adapter with six ports (AHCI 1.3.1), AHCI only, with native command queuing and addresses of 64 bits. */
public final class AhciController implements WordRegisters, Saveable {

    /** Disks that fit. */
    public static final int DISKS = 6;

    private static final int STATE_VERSION = 2;
    private static final int VENDOR = 0x1414;
    private static final int DEVICE = 0xB112;
    private static final int CLASS = 0x010601;
    private static final int BAR = 5;
    /** 64-bit addresses, NCQ, override of the command list, AHCI only, third generation, 32 slots. */
    private static final int CAPABILITIES = 1 << 31 | 1 << 30 | 1 << 24 | 1 << 18 | 3 << 20 | SLOTS - 1 << 8 | DISKS - 1;

    private final PciEndpoint endpoint;
    private final DiskQueues queues;
    private final AhciPort[] ports = new AhciPort[DISKS];
    private boolean interrupts;
    /** Ports that have something to interrupt for, until the system says that it knows. */
    private int pending;

    /**
     * An adapter without disks, plugged in.
     *
     * @param queues how its disks' requests are carried out
     */
    public AhciController(PciSite site, PciSlot slot, DiskQueues queues) {
        this.queues = queues;
        endpoint = new PciEndpoint(site, slot, 0, VENDOR, DEVICE, CLASS, 0);
        endpoint.memory(BAR, false, false, BAR_BYTES, this);
        endpoint.onReset(this::reset);
        for (int i = 0; i < DISKS; i++) {
            ports[i] = new AhciPort(endpoint, this::raised);
        }
        endpoint.plug();
    }

    /**
     * Plugs a disk in before the guest starts; it then belongs to the adapter.
     *
     * @param serial up to 20 characters
     * @return false when all ports are taken
     */
    public boolean attach(Disk disk, String serial) {
        for (int i = 0; i < DISKS; i++) {
            if (ports[i].free()) {
                ports[i].attach(new AhciDrive(ports[i], disk, queues.queue("ahci " + i), serial));
                return true;
            }
        }
        return false;
    }

    /** The function it is. */
    public PciEndpoint endpoint() {
        return endpoint;
    }

    /** Hardware reset: requests under way are forgotten. The configuration space is reset with the bus that it is on. */
    public void reset() {
        interrupts = false;
        pending = 0;
        for (AhciPort p : ports) {
            p.reset();
        }
        endpoint.pin(false);
    }

    /** Gives the disks back: at once, or when the host has ended what it is carrying out on one. */
    public void close() {
        for (AhciPort p : ports) {
            p.close();
        }
    }

    private void note() {
        for (int i = 0; i < DISKS; i++) {
            pending |= ports[i].pending() ? 1 << i : 0;
        }
        endpoint.pin(interrupts && pending != 0);
    }

    private void raised() {
        note();
        message();
    }

    private void message() {
        if (interrupts && pending != 0 && endpoint.sendsMessages()) {
            endpoint.message(0);
        }
    }

    @Override
    public int readWord(int register) {
        int port = register - PORTS;
        if (port >= 0) {
            return port / PORT_BYTES < DISKS ? ports[port / PORT_BYTES].read(port % PORT_BYTES) : 0;
        }
        return switch (register) {
            case CAP -> CAPABILITIES;
            case GHC -> AHCI_ENABLE | (interrupts ? INTERRUPT_ENABLE : 0);
            case IS -> pending;
            case PI -> (1 << DISKS) - 1;
            case VS -> VERSION;
            default -> 0;
        };
    }

    @Override
    public void writeWord(int register, int value) {
        int port = register - PORTS;
        if (port >= 0) {
            if (port / PORT_BYTES < DISKS) {
                ports[port / PORT_BYTES].write(port % PORT_BYTES, value);
                note();
            }
            return;
        }
        switch (register) {
            case GHC -> {
                if ((value & HOST_RESET) != 0) {
                    reset();
                } else {
                    interrupts = (value & INTERRUPT_ENABLE) != 0;
                    note();
                    message();
                }
            }
            case IS -> {
                pending &= ~value;
                note();
                message();
            }
            default -> { }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("ahci", STATE_VERSION);
        endpoint.save(out);
        out.put("interrupts", interrupts);
        out.put("pending", pending);
        for (int i = 0; i < DISKS; i++) {
            out.item("port", i);
            ports[i].save(out);
        }
        out.endItems();
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("ahci", STATE_VERSION);
        endpoint.restore(in);
        interrupts = in.takeBoolean();
        pending = (int) in.take();
        for (AhciPort p : ports) {
            p.restore(in);
        }
        in.end();
    }
}
