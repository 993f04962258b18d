package dev.hv.devices.vpci;

import static dev.hv.cpu.memory.LittleEndian.put16;
import static dev.hv.cpu.memory.LittleEndian.put32;
import static dev.hv.cpu.memory.LittleEndian.put64;
import static dev.hv.cpu.memory.LittleEndian.u16;
import static dev.hv.cpu.memory.LittleEndian.u32;
import static dev.hv.cpu.memory.LittleEndian.u64;
import static dev.hv.devices.vpci.VpciFormat.*;

import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.MmioHandler;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.ChannelHandler;
import dev.hv.vmbus.protocol.ChannelOffer;
import dev.hv.vmbus.protocol.Guid;
import dev.hv.vmbus.ring.Packet;

/**
 * The provider of a virtual PCI bus with one function of the machine's in slot 0 (protocol versions 1.1 to 1.4). The child puts a window to configuration
 * space and the function's ranges where it wants them. What the function reaches, and whom it interrupts, is the machine's business; this only asks it for
 * interrupts. When the child lets go of the bus the function is reset.
 */
public final class VirtualPciBus implements ChannelHandler, Saveable {

    /** Kind of device. */
    public static final Guid INTERFACE = Guid.of("44c4f61d-4444-4400-9d52-802e27ede19f");

    private static final int STATE_VERSION = 2;
    /** Windows' name for full power; D3 is 4. */
    private static final int POWER_D0 = 1;
    private static final int POWER_D3 = 4;

    private final AssignedFunction function;
    private final IoBus child;
    private final VpciInterrupts interrupts;
    private final Guid instance;
    private final int serial;
    private final Packet packet = new Packet();
    private final Window window = new Window();
    private Channel channel;
    private boolean open;
    private int version;
    /** Where the window is; 0 while the bus is off. */
    private long windowAt;
    private int slot;
    private boolean ejecting;

    /**
     * A bus that the child has not found yet.
     *
     * @param device the function, which nobody else uses from now on
     * @param machine what is at the machine's physical addresses
     * @param child the child's device memory
     * @param machineInterrupts makes its interrupts
     * @param memory maps its registers
     * @param instance its identity; bytes 5 and 4 become the number of the guest's PCI domain
     * @param serial number of the function on it, unique in a machine
     */
    public VirtualPciBus(PciEndpoint device, MmioHandler machine, IoBus child, FunctionInterrupts machineInterrupts, FunctionMemory memory, Guid instance, int serial) {
        this.child = child;
        this.instance = instance;
        this.serial = serial;
        function = new AssignedFunction(device, machine, child, memory);
        interrupts = new VpciInterrupts(machineInterrupts);
    }

    /** The offer for the bus. */
    public ChannelOffer offer() {
        return ChannelOffer.of(INTERFACE, instance, "pci" + serial, false);
    }

    /** The channel that VMBus made of {@link #offer}; null when it was taken back. */
    public void offered(Channel made) {
        channel = made;
    }

    /** The function on it. */
    public PciEndpoint function() {
        return function.device();
    }

    /** Whether the bus is offered. */
    public boolean offered() {
        return channel != null;
    }

    /** By which the child names its function in HvCallRetargetDeviceInterrupt. */
    public long deviceId() {
        byte[] id = new byte[Guid.SIZE];
        instance.put(id, 0);
        return (id[5] & 0xFFL) << 24 | (id[4] & 0xFFL) << 16 | (id[7] & 0xFFL) << 8 | id[6] & 0xF8;
    }

    /** Asks the child to let go of the function, and takes the offer back when it has; at once where no driver listens. */
    public void eject() {
        byte[] m = message(EJECT, 8);
        ejecting = windowAt != 0 && channel.send(m, 0, m.length, 0, false);
        if (!ejecting) {
            withdraw();
        }
    }

    private void withdraw() {
        ejecting = false;
        Channel was = channel;
        channel = null;
        was.rescind();
    }

    // ---- channel ---------------------------------------------------------------------------------------------------------------

    @Override
    public int opened(Channel opened) {
        open = true;
        version = 0;
        return SUCCESS;
    }

    @Override
    public void closed(Channel was) {
        leave();
        open = false;
        version = 0;
        if (ejecting) {
            withdraw();
        }
    }

    /** The bus is off: nothing of the child's leads here, and the function is as after power-on. */
    private void leave() {
        if (windowAt != 0) {
            child.releaseMmio(windowAt, WINDOW);
            windowAt = 0;
        }
        function.reset();
        interrupts.clear();
    }

    @Override
    public void packetsAvailable(Channel from) {
        while (from.receive(packet)) {
            if (packet.type() == Packet.Type.IN_BAND && packet.length() >= SECOND) {
                byte[] answer = message(packet.payload(), packet.length());
                if (packet.completionRequested()) {
                    from.complete(packet.transactionId(), answer, 0, answer.length);
                }
            }
        }
    }

    private static byte[] message(int type, int size) {
        byte[] m = new byte[size];
        put32(m, 0, type);
        return m;
    }

    private static byte[] status(int value) {
        byte[] m = new byte[4];
        put32(m, 0, value);
        return m;
    }

    /** Does what a message asks for; the answer, for those who want one. */
    private byte[] message(byte[] m, int length) {
        int type = u32(m, 0);
        if (type == QUERY_PROTOCOL_VERSION) {
            return status(length < 8 ? INVALID_PARAMETER : agree(u32(m, SECOND)));
        }
        if (version == 0) {
            return status(REVISION_MISMATCH);
        }
        return switch (type) {
            case QUERY_BUS_RELATIONS -> relations();
            case BUS_D0_ENTRY -> status(length < D0_SIZE ? INVALID_PARAMETER : enter(u64(m, D0_MMIO_BASE)));
            case BUS_D0_EXIT -> {
                leave();
                yield status(SUCCESS);
            }
            // what a function needs is asked while the bus is still off
            default -> length < 8 || windowAt == 0 && type != QUERY_RESOURCE_REQUIREMENTS || u32(m, SECOND) != 0 ? status(INVALID_PARAMETER) : ofFunction(type, m, length);
        };
    }

    /** Messages about the function in a slot. */
    private byte[] ofFunction(int type, byte[] m, int length) {
        return switch (type) {
            case QUERY_RESOURCE_REQUIREMENTS -> requirements();
            case RESOURCES_ASSIGNED, RESOURCES_ASSIGNED_2, RESOURCES_ASSIGNED_3 -> status(SUCCESS);
            case RESOURCES_RELEASED -> {
                function.release();
                yield status(SUCCESS);
            }
            case CREATE_INTERRUPT -> length < INTERRUPT_SIZE ? status(INVALID_PARAMETER) : make(m[INTERRUPT_VECTOR] & 0xFF, u16(m, INTERRUPT_COUNT), u64(m, INTERRUPT_MASK));
            case CREATE_INTERRUPT_2 -> length < INTERRUPT_2_SIZE ? status(INVALID_PARAMETER)
                    : make(m[INTERRUPT_VECTOR] & 0xFF, u16(m, INTERRUPT_COUNT), mask(m, u16(m, INTERRUPT_2_PROCESSORS), INTERRUPT_2_ARRAY));
            case CREATE_INTERRUPT_3 -> length < INTERRUPT_3_SIZE ? status(INVALID_PARAMETER)
                    : make(u32(m, INTERRUPT_VECTOR), u16(m, INTERRUPT_3_COUNT), mask(m, u16(m, INTERRUPT_3_PROCESSORS), INTERRUPT_3_ARRAY));
            case DELETE_INTERRUPT -> {
                if (length >= DELETED_SIZE) {
                    interrupts.delete(u64(m, DELETED_ADDRESS) & 0xFFFF_FFFFL | (long) u32(m, DELETED_DATA) << 32);
                }
                yield status(length < DELETED_SIZE ? INVALID_PARAMETER : SUCCESS);
            }
            case POWER_STATE_CHANGE -> length < POWER_SIZE ? status(INVALID_PARAMETER) : power(u32(m, POWER_STATE));
            case EJECTION_COMPLETE -> {
                if (ejecting) {
                    leave();
                    withdraw();
                }
                yield status(SUCCESS);
            }
            default -> status(NOT_SUPPORTED);
        };
    }

    private int agree(int wanted) {
        if (wanted < VERSION_1_1 || wanted > VERSION_1_4) {
            return REVISION_MISMATCH;
        }
        version = wanted;
        return SUCCESS;
    }

    /** Tells which functions there are, beside the answer. */
    private byte[] relations() {
        boolean newer = version >= VERSION_1_3;
        byte[] m = message(newer ? BUS_RELATIONS_2 : BUS_RELATIONS, RELATIONS_FUNCTIONS + (newer ? FUNCTION_2_SIZE : FUNCTION_SIZE));
        put32(m, SECOND, 1);
        PciEndpoint device = function.device();
        put32(m, RELATIONS_FUNCTIONS, device.readConfig(0, 4));
        put32(m, RELATIONS_FUNCTIONS + 4, device.readConfig(8, 4));
        put32(m, RELATIONS_FUNCTIONS + FUNCTION_SUBSYSTEM, device.readConfig(0x2C, 4));
        put32(m, RELATIONS_FUNCTIONS + FUNCTION_SLOT, 0);
        put32(m, RELATIONS_FUNCTIONS + FUNCTION_SERIAL, serial);
        // a ring without room for this is one whose reader does not read
        channel.send(m, 0, m.length, 0, false);
        return status(SUCCESS);
    }

    private int enter(long base) {
        if (windowAt != 0 || base <= 0 || !child.mmioFree(base, WINDOW)) {
            return INVALID_PARAMETER;
        }
        child.claimMmio(base, WINDOW, window);
        windowAt = base;
        slot = 0;
        function.reset();
        return SUCCESS;
    }

    private byte[] requirements() {
        byte[] m = new byte[RESOURCES_SIZE];
        for (int bar = 0; bar < BARS; bar++) {
            put32(m, 4 + 4 * bar, function.probed(bar));
        }
        return m;
    }

    private static long mask(byte[] m, int count, int array) {
        long mask = 0;
        for (int i = 0; i < Math.min(count, MOST_PROCESSORS); i++) {
            int processor = u16(m, array + 2 * i);
            mask |= processor < Long.SIZE ? 1L << processor : 0;
        }
        return mask;
    }

    private byte[] make(int vector, int count, long mask) {
        long message = interrupts.make(vector, count, mask);
        if (message == FunctionInterrupts.NONE) {
            return status(INSUFFICIENT_RESOURCES);
        }
        byte[] m = new byte[MADE_SIZE];
        put16(m, MADE_COUNT, count);
        put32(m, MADE_DATA, (int) (message >>> 32));
        put64(m, MADE_ADDRESS, message & 0xFFFF_FFFFL);
        return m;
    }

    private byte[] power(int state) {
        if (state < POWER_D0 || state > POWER_D3) {
            return status(INVALID_PARAMETER);
        }
        function.device().power(state - POWER_D0);
        byte[] m = new byte[POWER_SIZE];
        put32(m, 8, state);
        return m;
    }

    /** What the child sees of configuration space. */
    private final class Window implements MmioHandler {

        private boolean there(long offset, int size) {
            return slot == 0 && offset >= WINDOW_REGISTERS && offset - WINDOW_REGISTERS + size <= function.device().lastRegister() + 1 && (offset & size - 1) == 0 && size <= 4;
        }

        @Override
        public long readMmio(long offset, int size) {
            if (offset < WINDOW_REGISTERS) {
                return offset == 0 ? slot & 0xFFFF_FFFFL : 0;
            }
            return there(offset, size) ? function.readConfig((int) offset - WINDOW_REGISTERS, size) : -1;
        }

        @Override
        public void writeMmio(long offset, int size, long value) {
            if (offset == 0 && size == 4) {
                slot = (int) value;
            } else if (there(offset, size)) {
                function.writeConfig((int) offset - WINDOW_REGISTERS, size, (int) value);
            }
        }
    }

    // ---- state -----------------------------------------------------------------------------------------------------------------

    @Override
    public void save(StateWriter out) {
        out.begin("virtual-pci-bus", STATE_VERSION);
        out.put("offered", offered());
        out.put("open", open);
        out.put("version", version);
        out.put("window", windowAt);
        out.put("slot", slot);
        out.put("ejecting", ejecting);
        function.save(out);
        interrupts.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("virtual-pci-bus", STATE_VERSION);
        if (!in.takeBoolean()) {
            channel = null;
        }
        open = in.takeBoolean();
        version = (int) in.take();
        if (windowAt != 0) {
            child.releaseMmio(windowAt, WINDOW);
        }
        windowAt = in.take();
        if (windowAt != 0) {
            child.claimMmio(windowAt, WINDOW, window);
        }
        slot = (int) in.take();
        ejecting = in.takeBoolean();
        function.restore(in);
        interrupts.restore(in);
        in.end();
    }
}
