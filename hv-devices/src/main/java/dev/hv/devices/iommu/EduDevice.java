package dev.hv.devices.iommu;

import dev.hv.core.machine.MmioHandler;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciSite;
import dev.hv.devices.pci.PciSlot;
import java.util.Arrays;

/**
 * A test device: QEMU's educational device (QEMU, docs/specs/edu), by which kvm-unit-tests try an IOMMU. It copies up to 4 KiB between memory and a buffer of its
 * own, and interrupts when it is told to, by its pin or by MSI. Copies are done when the write that starts them ends.
 */
public final class EduDevice implements MmioHandler, Saveable {

    private static final int VERSION = 1;
    private static final int VENDOR = 0x1234;
    private static final int DEVICE = 0x11E8;
    private static final int CLASS = 0x00FF00;
    private static final int REVISION = 0x10;
    private static final int RANGE = 1 << 20;
    /** Version 1.0, and what the device is known by. */
    private static final long IDENTITY = 0x0100_00ED;
    private static final int ALIVE = 0x04;
    private static final int FACTORIAL = 0x08;
    private static final int STATUS = 0x20;
    private static final int INTERRUPTS = 0x24;
    private static final int RAISE = 0x60;
    private static final int ACKNOWLEDGE = 0x64;
    private static final int SOURCE = 0x80;
    private static final int TARGET = 0x88;
    private static final int COUNT = 0x90;
    private static final int COMMAND = 0x98;
    private static final int INTERRUPT_WHEN_DONE = 0x80;
    private static final int FACTORIAL_DONE = 1;
    private static final int COPY_DONE = 0x100;
    private static final int START = 1;
    private static final int TO_MEMORY = 2;
    private static final int INTERRUPT = 4;
    private static final long BUFFER = 0x4_0000;
    private static final int BUFFER_SIZE = 4096;

    private final PciEndpoint endpoint;
    private final byte[] buffer = new byte[BUFFER_SIZE];
    private long alive;
    private long factorial;
    private long status;
    private long interrupts;
    private long source;
    private long target;
    private long count;
    private long command;

    /** A device, plugged in. */
    public EduDevice(PciSite site, PciSlot slot) {
        endpoint = new PciEndpoint(site, slot, 0, VENDOR, DEVICE, CLASS, REVISION);
        endpoint.memory(0, false, false, RANGE, this);
        endpoint.onReset(this::reset);
        endpoint.plug();
    }

    /** Hardware reset; the configuration space is reset with the bus. */
    public void reset() {
        Arrays.fill(buffer, (byte) 0);
        alive = 0;
        factorial = 0;
        status = 0;
        interrupts = 0;
        source = 0;
        target = 0;
        count = 0;
        command = 0;
        endpoint.pin(false);
    }

    @Override
    public long readMmio(long offset, int size) {
        return switch ((int) offset) {
            case 0 -> IDENTITY;
            case ALIVE -> ~alive;
            case FACTORIAL -> factorial;
            case STATUS -> status;
            case INTERRUPTS -> interrupts;
            case SOURCE -> source;
            case TARGET -> target;
            case COUNT -> count;
            case COMMAND -> command;
            default -> -1;
        };
    }

    @Override
    public void writeMmio(long offset, int size, long value) {
        switch ((int) offset) {
            case ALIVE -> alive = value;
            case FACTORIAL -> {
                int product = 1;
                // every further factor leaves it zero
                for (int n = 2; n <= Math.min(value, 64); n++) {
                    product *= n;
                }
                factorial = product & 0xFFFF_FFFFL;
                if ((status & INTERRUPT_WHEN_DONE) != 0) {
                    raise(FACTORIAL_DONE);
                }
            }
            case STATUS -> status = value & INTERRUPT_WHEN_DONE;
            case RAISE -> raise(value & 0xFFFF_FFFFL);
            case ACKNOWLEDGE -> {
                interrupts &= ~value;
                if (interrupts == 0) {
                    endpoint.pin(false);
                }
            }
            case SOURCE -> source = value;
            case TARGET -> target = value;
            case COUNT -> count = value;
            case COMMAND -> {
                command = value & ~START;
                if ((value & START) != 0) {
                    copy();
                }
            }
            default -> { }
        }
    }

    private void raise(long bits) {
        interrupts |= bits;
        if (interrupts == 0) {
            return;
        }
        if (endpoint.sendsMessages()) {
            endpoint.message(0);
        } else {
            endpoint.pin(true);
        }
    }

    private void copy() {
        boolean out = (command & TO_MEMORY) != 0;
        long within = (out ? source : target) - BUFFER;
        if (within >= 0 && within < BUFFER_SIZE && count > 0 && count <= BUFFER_SIZE - within) {
            if (out) {
                endpoint.write(target, buffer, (int) within, (int) count);
            } else {
                endpoint.read(source, buffer, (int) within, (int) count);
            }
        }
        if ((command & INTERRUPT) != 0) {
            raise(COPY_DONE);
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("edu", VERSION);
        endpoint.save(out);
        out.put("buffer", buffer, 0, buffer.length);
        out.put("alive", alive);
        out.put("factorial", factorial);
        out.put("status", status);
        out.put("interrupts", interrupts);
        out.put("source", source);
        out.put("target", target);
        out.put("count", count);
        out.put("command", command);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("edu", VERSION);
        endpoint.restore(in);
        System.arraycopy(in.takeBytes(), 0, buffer, 0, buffer.length);
        alive = in.take();
        factorial = in.take();
        status = in.take();
        interrupts = in.take();
        source = in.take();
        target = in.take();
        count = in.take();
        command = in.take();
        in.end();
    }
}
