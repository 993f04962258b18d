package dev.hv.devices.pci;

import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.InterruptLine;
import dev.hv.core.machine.MmioHandler;
import dev.hv.core.machine.MsiPort;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.chipset.PciConfigSpace;
import dev.hv.devices.chipset.PciFunction;

/**
 * What every PCI Express function has beside its device: configuration space with the capabilities power management, MSI, MSI-X and PCI Express; its
 * requester id, by which all of its accesses to memory and all of its messages are known; and the choice between the three kinds of interrupts.
 */
public final class PciEndpoint implements PciFunction, DmaView, Saveable {

    private static final int STATE_VERSION = 1;
    private static final int STATUS = 0x06;
    private static final int INTERRUPT_STATUS = 1 << 3;
    private static final int INTERRUPT_DISABLE = 1 << 10;
    private static final int PIN = 0x3D;
    private static final int LINE = 0x3C;
    private static final int POWER = 0x01;
    private static final int POWER_LENGTH = 8;
    /** Version 3 of the specification, no events; state is kept on the way from D3hot to D0. */
    private static final int POWER_VERSION = 3;
    private static final int POWER_STATE = 4;
    private static final int NO_SOFT_RESET = 1 << 3;
    private static final int MSI = 0x05;
    private static final int MSI_LENGTH = 24;
    private static final int MSI_64_AND_MASKS = 1 << 7 | 1 << 8;
    private static final int MSIX = 0x11;
    private static final int MSIX_LENGTH = 12;
    private static final int MSIX_ENABLE = 1 << 15;
    private static final int MSIX_MASK = 1 << 14;
    private static final int EXPRESS = 0x10;
    private static final int EXPRESS_LENGTH = 0x3C;
    private static final int ENDPOINT = 0;
    private static final int ROOT_COMPLEX_ENDPOINT = 9;

    private final PciConfigSpace config;
    private final PciSite site;
    private final PciSlot slot;
    private final int function;
    private final int power;
    private final int express;
    private final int msi;
    private int msix;
    private MsixTable vectors;
    /** Its pin. */
    private final InterruptLine line;
    private Runnable reset = () -> { };
    /** Bus number that the next two are of; -1 before they are asked for. */
    private int known = -1;
    private DmaView memory;
    private MsiPort messages;
    /** The device asks for an interrupt by its pin. */
    private boolean asked;
    private boolean driven;

    /**
     * A function in a slot, without base address registers yet; {@link #plug} follows.
     *
     * @param classCode base class, subclass and interface
     */
    public PciEndpoint(PciSite site, PciSlot slot, int function, int vendor, int device, int classCode, int revision) {
        this.site = site;
        this.slot = slot;
        this.function = function;
        config = PciConfigSpace.express(vendor, device, classCode, revision);
        power = config.capability(POWER, POWER_LENGTH);
        config.set(power + 2, 2, POWER_VERSION);
        config.set(power + POWER_STATE, 2, NO_SOFT_RESET);
        config.allow(power + POWER_STATE, 2, 3);
        msi = config.capability(MSI, MSI_LENGTH);
        config.set(msi + 2, 2, MSI_64_AND_MASKS);
        config.allow(msi + 2, 2, 1);
        config.allow(msi + 4, 4, ~3);
        config.allow(msi + 8, 4, -1);
        config.allow(msi + 12, 2, 0xFFFF);
        config.allow(msi + 16, 4, 1);
        express = config.capability(EXPRESS, EXPRESS_LENGTH);
        ExpressCapability.fill(config, express, slot.bus() == 0 ? ROOT_COMPLEX_ENDPOINT : ENDPOINT, 0);
        config.set(PIN, 1, 1);
        int interrupt = slot.interrupt(1);
        config.set(LINE, 1, interrupt);
        line = site.line(interrupt);
        config.onWritten(this::written);
        config.behind(address -> slot.passes(address) && powered());
    }

    /** Its configuration space, for registers of its own. */
    public PciConfigSpace config() {
        return config;
    }

    /** Has something run when the guest resets this function alone (PCI Express Base 4.0, 6.6.2), after its configuration was. */
    public void onReset(Runnable action) {
        reset = action;
    }

    /** Gives it a range of addresses, placed by firmware; see {@link PciConfigSpace#memory}. */
    public void memory(int bar, boolean wide, boolean prefetchable, long size, MmioHandler handler) {
        config.memory(bar, wide, prefetchable, size, site.bus(), handler);
        config.put(bar, slot.room(size, wide && prefetchable));
    }

    /** Gives it an expansion ROM: whole pages, a power of two. */
    public void rom(byte[] image) {
        config.rom(image, site.bus());
    }

    /**
     * Gives it vectors of MSI-X in a base address register of their own.
     *
     * @param bar of 64 bits, so the next is taken, too
     */
    public void vectors(int bar, int count) {
        int half = Math.max(0x1000, Integer.highestOneBit(count * 16 - 1) << 1);
        vectors = new MsixTable(count, half, (address, data) -> send(address, data));
        msix = config.capability(MSIX, MSIX_LENGTH);
        config.set(msix + 2, 2, count - 1);
        config.allow(msix + 2, 2, MSIX_ENABLE | MSIX_MASK);
        config.set(msix + 4, 4, bar);
        config.set(msix + 8, 4, half | bar);
        memory(bar, true, true, 2L * half, vectors);
    }

    /** Connects it: the guest finds it from now on. */
    public void plug() {
        slot.plug(function, this, this::moved);
    }

    private void moved() {
        config.place();
    }

    // ---- memory --------------------------------------------------------------------------------------------------------------

    /** Who it is to an IOMMU, by the numbers that its bus has now. */
    public DmaRequester requester() {
        return DmaRequester.pci(slot.bus(), slot.device(), function);
    }

    private void locate() {
        int bus = slot.bus();
        if (bus != known) {
            known = bus;
            memory = site.dma().view(requester());
            messages = site.messages().port(requester());
        }
    }

    private boolean powered() {
        return (config.readConfig(power + POWER_STATE, 2) & 3) == 0;
    }

    /** Whether it may access memory: bus master enable here and in front, and full power. */
    public boolean mastering() {
        return config.busMaster() && slot.upstream() && powered();
    }

    @Override
    public boolean read(long address, byte[] to, int offset, int length) {
        locate();
        return mastering() && memory.read(address, to, offset, length);
    }

    @Override
    public boolean write(long address, byte[] from, int offset, int length) {
        locate();
        return mastering() && memory.write(address, from, offset, length);
    }

    // ---- interrupts ----------------------------------------------------------------------------------------------------------

    private void send(long address, int data) {
        locate();
        if (mastering()) {
            messages.send(address, data);
        }
    }

    /** Whether there are several vectors: the guest uses MSI-X. */
    public boolean manyVectors() {
        return vectors != null && (config.readConfig(msix + 2, 2) & MSIX_ENABLE) != 0;
    }

    private boolean msiEnabled() {
        return (config.readConfig(msi + 2, 2) & 1) != 0;
    }

    /** Whether interrupts are messages, and not levels of the pin. */
    public boolean sendsMessages() {
        return manyVectors() || msiEnabled();
    }

    /** Sends a message: vector of MSI-X, or the only one of MSI; nothing while the guest wants none. */
    public void message(int vector) {
        if (manyVectors()) {
            vectors.raise(vector);
        } else if (msiEnabled()) {
            config.change(msi + 20, 4, 1);
            flush();
        }
    }

    private void flush() {
        boolean masked = (config.readConfig(msi + 16, 4) & 1) != 0;
        if (msiEnabled() && !masked && (config.readConfig(msi + 20, 4) & 1) != 0) {
            config.change(msi + 20, 4, 0);
            send(config.readConfig(msi + 4, 4) & 0xFFFF_FFFFL | (long) config.readConfig(msi + 8, 4) << 32, config.readConfig(msi + 12, 2));
        }
    }

    /** Drives the pin, as far as the guest has not disabled it. */
    public void pin(boolean high) {
        asked = high;
        drive();
    }

    private void drive() {
        int status = config.readConfig(STATUS, 2);
        config.change(STATUS, 2, asked ? status | INTERRUPT_STATUS : status & ~INTERRUPT_STATUS);
        boolean level = asked && !sendsMessages() && (config.readConfig(PciConfigSpace.COMMAND, 2) & INTERRUPT_DISABLE) == 0;
        if (level != driven) {
            driven = level;
            line.set(level);
        }
    }

    // ---- configuration -------------------------------------------------------------------------------------------------------

    private void written() {
        int control = config.readConfig(express + ExpressCapability.DEVICE_CONTROL, 2);
        if ((control & ExpressCapability.FUNCTION_RESET) != 0) {
            resetFunction();
            return;
        }
        if (vectors != null) {
            int vectorControl = config.readConfig(msix + 2, 2);
            vectors.control((vectorControl & MSIX_ENABLE) != 0, (vectorControl & MSIX_MASK) != 0);
        }
        flush();
        drive();
    }

    /** Resets the function alone, as a guest does by its PCI Express capability: it decodes nothing, and reaches no memory, until it is told to. */
    public void resetFunction() {
        reset();
        reset.run();
        config.change(PciConfigSpace.COMMAND, 2, 0);
        config.place();
    }

    /** Puts the function into a power state, 0 (D0) … 3 (D3hot). */
    public void power(int state) {
        writeConfig(power + POWER_STATE, 2, state);
    }

    @Override
    public void reset() {
        asked = false;
        config.reset();
        if (vectors != null) {
            vectors.reset();
        }
        drive();
    }

    @Override
    public int lastRegister() {
        return config.lastRegister();
    }

    @Override
    public int readConfig(int offset, int size) {
        return config.readConfig(offset, size);
    }

    @Override
    public void writeConfig(int offset, int size, int value) {
        config.writeConfig(offset, size, value);
    }

    @Override
    public void save(StateWriter out) {
        out.begin("pci-endpoint", STATE_VERSION);
        config.save(out);
        out.put("asked", asked);
        out.put("driven", driven);
        if (vectors != null) {
            vectors.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("pci-endpoint", STATE_VERSION);
        config.restore(in);
        asked = in.takeBoolean();
        driven = in.takeBoolean();
        if (vectors != null) {
            vectors.restore(in);
        }
        in.end();
    }
}
