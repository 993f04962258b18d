package dev.hv.devices.pci;

import dev.hv.core.machine.DeviceBus;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.PowerControl;
import dev.hv.devices.chipset.Chipset;
import dev.hv.devices.chipset.ChipsetConfig;
import dev.hv.devices.chipset.PciHost;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A machine for functions of PCI: memory, configuration space, and what they send. */
public final class PciMachine {

    public static final long LOW = 0xF800_0000L;
    public static final long HIGH = 1L << 33;

    public final byte[] memory = new byte[4 << 20];
    public final DeviceBus bus = new DeviceBus();
    /** Messages as they came: requester, address and data. */
    public final List<String> messages = new ArrayList<>();
    /** In whose names memory was asked for. */
    public final Set<Long> requesters = new TreeSet<>();
    /** Global interrupts that are high. */
    public final Set<Integer> high = new TreeSet<>();
    public final PciSite site;
    public final PciHost host;

    public PciMachine() {
        var chipset = new Chipset(new ChipsetConfig(576, 1 << 20, 0, 1, false), bus, new TestClock(), new PowerControl() {
            @Override
            public void powerOff() {}

            @Override
            public void reset() {}

            @Override
            public void debugExit(int value) {}
        }, (d, l, m, v, t) -> { }, level -> { }, value -> { });
        host = chipset.pci();
        site = new PciSite(bus, host, requester -> new Memory(requester), requester -> (address, data) -> messages.add("%x %x %x".formatted(requester.low(), address, data)),
                number -> level -> {
                    if (level) {
                        high.add(number);
                    } else {
                        high.remove(number);
                    }
                }, new MemoryRange(LOW, 64 << 20), new MemoryRange(HIGH, 512 << 20));
    }

    private final class Memory implements DmaView {
        private final DmaRequester requester;

        Memory(DmaRequester requester) {
            this.requester = requester;
        }

        private boolean there(long address, int length) {
            requesters.add(requester.low());
            return address >= 0 && address <= memory.length - length;
        }

        @Override
        public boolean read(long address, byte[] to, int offset, int length) {
            if (!there(address, length)) {
                return false;
            }
            System.arraycopy(memory, (int) address, to, offset, length);
            return true;
        }

        @Override
        public boolean write(long address, byte[] from, int offset, int length) {
            if (!there(address, length)) {
                return false;
            }
            System.arraycopy(from, offset, memory, (int) address, length);
            return true;
        }
    }

    private static long place(int busNumber, int device, int register) {
        return PciHost.ECAM + ((long) busNumber << 20 | device << 15 | register);
    }

    /** Reads configuration space, of function 0. */
    public int config(int busNumber, int device, int register, int size) {
        return (int) bus.readMmio(place(busNumber, device, register), size);
    }

    /** Writes configuration space. */
    public void configure(int busNumber, int device, int register, int size, int value) {
        bus.writeMmio(place(busNumber, device, register), size, value);
    }

    /** Where a capability of a function is; 0 when it has none. */
    public int capability(int busNumber, int device, int id) {
        int at = config(busNumber, device, 0x34, 1);
        while (at != 0 && config(busNumber, device, at, 1) != id) {
            at = config(busNumber, device, at + 1, 1);
        }
        return at;
    }
}
