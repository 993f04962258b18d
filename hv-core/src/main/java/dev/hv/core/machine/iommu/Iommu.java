package dev.hv.core.machine.iommu;

import dev.hv.core.machine.DmaBus;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.MmioHandler;
import dev.hv.core.machine.MsiBus;
import dev.hv.core.machine.MsiMessages;
import dev.hv.core.machine.MsiPort;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;

/**
 * An I/O memory management unit: between devices on one side, memory and local APICs on the other. It knows devices by their requester ids on PCI
 * (bus 15:8, device 7:3, function 2:0). What it refuses it reports by its own registers and logs; the device only learns that nothing was moved.
 */
public interface Iommu extends DmaBus, MsiBus, MmioHandler, Saveable {

    /** Answer of {@link #translate}: this requester may not. */
    long REFUSED = -1;

    /** Where its registers are. */
    MemoryRange registers();

    /** Requester id that interrupts of the I/O APIC come under. */
    int ioApic();

    /** Memory behind it, by physical address. */
    DmaView memory();

    /**
     * Finds the physical address of one that a device gives; good up to the end of its page of 4 KiB.
     *
     * @param requester id of the device
     * @return the physical address, or {@link #REFUSED}, which has been reported
     */
    long translate(int requester, long address, boolean write);

    /** A device's write of four bytes to an address that interrupt controllers answer at: delivered, or refused and reported. */
    void interrupt(int requester, long address, int data);

    /** Somebody sees from now on what the unit is told to do and what it refuses. */
    void watch(IommuWatch watch);

    /** Hardware reset. */
    void reset();

    @Override
    default DmaView view(DmaRequester requester) {
        return new RemappedMemory(this, id(requester));
    }

    @Override
    default MsiPort port(DmaRequester requester) {
        int id = id(requester);
        var elsewhere = new RemappedMemory(this, id);
        return (address, data) -> {
            if (MsiMessages.isMessage(address)) {
                interrupt(id, address, data);
            } else {
                // a message is a write like any other
                byte[] word = new byte[4];
                LittleEndian.put32(word, 0, data);
                elsewhere.write(address, word, 0, word.length);
            }
        };
    }

    private static int id(DmaRequester requester) {
        if (requester.bus() != DmaRequester.Bus.PCI) {
            throw new IllegalArgumentException("an IOMMU knows devices on PCI alone, not " + requester);
        }
        return (int) requester.low() & 0xFFFF;
    }
}
