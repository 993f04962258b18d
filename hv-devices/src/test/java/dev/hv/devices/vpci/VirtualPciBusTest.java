package dev.hv.devices.vpci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.DeviceBus;
import dev.hv.core.machine.MmioHandler;
import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.devices.pci.PciEndpoint;
import dev.hv.devices.pci.PciMachine;
import dev.hv.vmbus.guest.GuestChannel;
import dev.hv.vmbus.guest.GuestPacket;
import dev.hv.vmbus.guest.TestGuest;
import dev.hv.vmbus.protocol.Guid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The protocol as a guest's driver meets it, with numbers of the public headers written anew. */
class VirtualPciBusTest {

    private static final int BASE = 0x4249_0000;
    private static final long WINDOW = 0xF900_0000L;
    private static final long BAR = 0xF910_0000L;
    private static final long MEMORY = 0x10_0000L;

    private final PciMachine machine = new PciMachine();
    final PciEndpoint device = new PciEndpoint(machine.site, machine.site.slot(3), 0, 0x1414, 0xB111, 0x010802, 2);
    private final DeviceBus child = new DeviceBus();
    private final List<String> interrupts = new ArrayList<>();
    private final List<String> mappings = new ArrayList<>();
    private final TestGuest guest = new TestGuest();
    private final VirtualPciBus bus = new VirtualPciBus(device, new MmioHandler() {
        @Override
        public long readMmio(long offset, int size) {
            return machine.bus.readMmio(offset, size);
        }

        @Override
        public void writeMmio(long offset, int size, long value) {
            machine.bus.writeMmio(offset, size, value);
        }
    }, child, new Asked(), new Mapped(), Guid.of("00000000-1234-5678-0000-000000000000"), 7);
    private GuestChannel channel;
    private long register;

    /** The machine's side of interrupts, which writes down what it is asked for. */
    private final class Asked implements FunctionInterrupts {
        private long next = 0x60_FEE0_1230L;

        @Override
        public long make(int vector, int count, long processors) {
            interrupts.add("%x+%d:%x".formatted(vector, count, processors));
            next += 1L << 32;
            return next;
        }

        @Override
        public void delete(long message) {
            interrupts.add("no %x".formatted(message));
        }
    }

    /** The machine's side of registers: no page of it is the child's memory but one. */
    private final class Mapped implements FunctionMemory {
        @Override
        public boolean map(long at, long from, long length) {
            mappings.add("%x %x %x".formatted(at, from, length));
            return at != MEMORY;
        }

        @Override
        public void unmap(long at, long length) {
            mappings.add("no %x %x".formatted(at, length));
        }
    }

    VirtualPciBusTest() {
        device.memory(0, true, false, 0x4000, new MmioHandler() {
            @Override
            public long readMmio(long offset, int size) {
                return register;
            }

            @Override
            public void writeMmio(long offset, int size, long value) {
                register = value;
            }
        });
        device.vectors(4, 3);
        device.plug();
    }

    private static ByteBuffer message(int type, int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).putInt(0, BASE + type);
    }

    ByteBuffer ask(ByteBuffer m) {
        channel.send(m.array(), 5, true);
        ByteBuffer unasked = null;
        for (GuestPacket p = channel.receive(); p != null; p = channel.receive()) {
            ByteBuffer b = ByteBuffer.wrap(p.payload()).order(ByteOrder.LITTLE_ENDIAN);
            if (p.type() == 11) {
                return b;
            }
            unasked = b;
        }
        throw new AssertionError("no answer; " + unasked);
    }

    private void open() {
        bus.offered(guest.bus().offer(bus.offer(), bus));
        channel = guest.open(guest.connect().getFirst(), 8);
    }

    void enter(int version) {
        open();
        assertThat(ask(message(0x13, 8).putInt(4, version)).getInt(0)).isZero();
        assertThat(ask(message(0x07, 16).putLong(8, WINDOW)).getInt(0)).isZero();
    }

    private int config(int at, int size) {
        return (int) child.readMmio(WINDOW + 0x1000 + at, size);
    }

    void configure(int at, int size, int value) {
        child.writeMmio(WINDOW + 0x1000 + at, size, value);
    }

    /** The driver is loaded again, whatever was before. */
    void again() {
        channel.close();
        channel = guest.open(channel.offer(), 8);
        assertThat(ask(message(0x13, 8).putInt(4, 0x1_0004)).getInt(0)).isZero();
        assertThat(ask(message(0x07, 16).putLong(8, WINDOW)).getInt(0)).isZero();
        map();
        child.writeMmio(BAR, 4, 0x99);
        assertThat(register).isEqualTo(0x99);
    }

    private void map() {
        configure(0x10, 4, (int) BAR);
        configure(0x14, 4, 0);
        configure(0x20, 4, 0x0100_0000);
        configure(0x24, 4, 0x2);
        configure(0x04, 2, 0x406);
    }

    @Test
    void versionsOf11To14AreSpoken() {
        open();
        assertThat(ask(message(0x07, 16).putLong(8, WINDOW)).getInt(0)).as("nothing before a version").isNotZero();
        assertThat(ask(message(0x13, 8).putInt(4, 0x1_0005)).getInt(0)).isEqualTo(0xC000_0059);
        assertThat(ask(message(0x13, 8).putInt(4, 0x1_0004)).getInt(0)).isZero();
    }

    @Test
    void relationsDescribeTheFunction() {
        for (int version : new int[] {0x1_0002, 0x1_0004}) {
            var each = new VirtualPciBusTest();
            each.enter(version);
            each.channel.send(message(0x01, 4).array(), 0, false);
            ByteBuffer m = ByteBuffer.wrap(each.channel.receive().payload()).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(m.getInt(0)).isEqualTo(BASE + (version >= 0x1_0003 ? 0x19 : 0));
            assertThat(m.getInt(4)).isEqualTo(1);
            assertThat(m.getInt(8)).isEqualTo(0xB111_1414);
            assertThat(m.getInt(12)).as("class").isEqualTo(0x0108_0202);
            assertThat(m.getInt(24)).as("serial").isEqualTo(7);
        }
    }

    @Test
    void rangesLieWhereTheChildPutsThem() {
        enter(0x1_0004);
        ByteBuffer probed = ask(message(0x05, 8));
        assertThat(probed.getInt(4)).isEqualTo(0xFFFF_C004);
        assertThat(probed.getInt(8)).isEqualTo(-1);
        assertThat(probed.getInt(12)).isZero();
        assertThat(probed.getInt(20)).isEqualTo(0xFFFF_E00C);
        configure(0x10, 4, -1);
        assertThat(config(0x10, 4)).isEqualTo(0xFFFF_C004);
        map();
        assertThat(config(0x10, 4)).isEqualTo((int) BAR | 4);
        child.writeMmio(BAR + 8, 4, 0x1234);
        assertThat(register).isEqualTo(0x1234);
        assertThat(child.readMmio(BAR + 8, 4)).isEqualTo(0x1234);
        assertThat(child.readMmio(0x2_0100_000CL, 4)).as("a masked vector").isEqualTo(1);
        configure(0x04, 2, 0x404);
        assertThat(child.readMmio(BAR + 8, 4)).as("not decoded").isEqualTo(0xFFFF_FFFFL);
        assertThat(config(0x04, 2) & 2).isZero();
        assertThat(config(0x3D, 1)).as("no pin").isZero();
    }

    @Test
    void rangesAreMapped() {
        enter(0x1_0004);
        map();
        long first = device.config().where(0);
        assertThat(mappings).containsExactly("f9100000 %x 4000".formatted(first), "201000000 %x 2000".formatted(device.config().where(4)));
        mappings.clear();
        configure(0x10, 4, (int) MEMORY);
        configure(0x10, 4, (int) BAR + 0x4000);
        assertThat(mappings).as("what was refused is not taken away").containsExactly("no f9100000 4000", "100000 %x 4000".formatted(first), "f9104000 %x 4000".formatted(first));
        mappings.clear();
        configure(0x04, 2, 0x404);
        assertThat(mappings).containsExactly("no f9104000 4000", "no 201000000 2000");
    }

    @Test
    void otherSlotsAreEmpty() {
        enter(0x1_0001);
        child.writeMmio(WINDOW, 4, 1);
        assertThat(config(0, 4)).isEqualTo(-1);
        child.writeMmio(WINDOW, 4, 0);
        assertThat(config(0, 4)).isEqualTo(0xB111_1414);
        assertThat(ask(message(0x05, 8).putInt(4, 3)).getInt(0)).isNotZero();
    }

    private ByteBuffer made(int version) {
        return switch (version) {
            case 0x1_0001 -> ask(message(0x14, 24).put(8, (byte) 0x41).putShort(10, (short) 1).putLong(16, 4));
            case 0x1_0002, 0x1_0003 -> ask(message(0x17, 78).put(8, (byte) 0x41).putShort(10, (short) 1).putShort(12, (short) 1).putShort(14, (short) 2));
            default -> ask(message(0x1B, 82).putInt(8, 0x41).putShort(14, (short) 1).putShort(16, (short) 1).putShort(18, (short) 2));
        };
    }

    private void vector(ByteBuffer made) {
        child.writeMmio(0x2_0100_0000L, 8, made.getLong(16));
        child.writeMmio(0x2_0100_0008L, 4, made.getInt(12));
        child.writeMmio(0x2_0100_000CL, 4, 0);
        int msix = config(0x34, 1);
        while (config(msix, 1) != 0x11) {
            msix = config(msix + 1, 1);
        }
        configure(msix + 2, 2, 0x8000);
    }

    private void send(ByteBuffer made) {
        machine.messages.clear();
        device.message(0);
        assertThat(machine.messages).containsExactly("18 %x %x".formatted(made.getLong(16), made.getInt(12)));
    }

    @Test
    void interruptsAreTheMachines() {
        for (int version = 0x1_0001; version <= 0x1_0004; version++) {
            var each = new VirtualPciBusTest();
            each.enter(version);
            each.map();
            ByteBuffer made = each.made(version);
            assertThat(made.getInt(0)).isZero();
            assertThat(made.getLong(16)).isEqualTo(0xFEE0_1230L);
            assertThat(made.getInt(12)).isEqualTo(0x61);
            each.vector(made);
            each.send(made);
            assertThat(each.interrupts).containsExactly("41+1:4");
            assertThat(each.bus.deviceId()).isEqualTo(0x1234_5678L);
            each.ask(message(0x15, 24).putInt(12, 0x62).putLong(16, made.getLong(16)));
            assertThat(each.interrupts).as("one that the child does not have").hasSize(1);
            each.ask(message(0x15, 24).putInt(12, made.getInt(12)).putLong(16, made.getLong(16)));
            assertThat(each.interrupts).containsExactly("41+1:4", "no 61fee01230");
        }
    }

    @Test
    void interruptsEndWithTheBus() {
        enter(0x1_0004);
        made(0x1_0004);
        made(0x1_0004);
        assertThat(ask(message(0x1B, 82).putInt(8, 0x0F).putShort(14, (short) 1)).getInt(0)).as("no vector").isEqualTo(0xC000_009A);
        assertThat(ask(message(0x1B, 82).putInt(8, 0x41).putShort(14, (short) 33)).getInt(0)).as("too many").isEqualTo(0xC000_009A);
        channel.close();
        assertThat(interrupts).containsExactly("41+1:4", "41+1:4", "no 61fee01230", "no 62fee01230");
    }

    @Test
    void whenTheChildLetsGoTheFunctionIsReset() {
        enter(0x1_0004);
        map();
        int[] resets = {0};
        device.onReset(() -> resets[0]++);
        assertThat(ask(message(0x08, 4)).getInt(0)).isZero();
        assertThat(resets[0]).isEqualTo(1);
        assertThat(device.mastering()).isFalse();
        assertThat(child.readMmio(BAR, 4)).isEqualTo(0xFFFF_FFFFL);
        assertThat(child.readMmio(WINDOW + 0x1000, 4)).isEqualTo(0xFFFF_FFFFL);
        assertThat(ask(message(0x07, 16).putLong(8, WINDOW)).getInt(0)).as("and again").isZero();
        map();
        assertThat(child.readMmio(BAR, 4)).isEqualTo(register);
    }

    @Test
    void anEjectionWaitsForTheChild() {
        enter(0x1_0004);
        bus.eject();
        ByteBuffer m = ByteBuffer.wrap(channel.receive().payload()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(m.getInt(0)).isEqualTo(BASE + 0x0B);
        assertThat(bus.offered()).isTrue();
        channel.send(message(0x0F, 12).array(), 0, false);
        assertThat(bus.offered()).isFalse();
        assertThat(child.readMmio(WINDOW + 0x1000, 4)).isEqualTo(0xFFFF_FFFFL);
    }

    @Test
    void powerFollows() {
        enter(0x1_0004);
        map();
        ByteBuffer off = ask(message(0x04, 16).putInt(8, 4));
        assertThat(off.getInt(0)).isZero();
        assertThat(off.getInt(8)).isEqualTo(4);
        assertThat(device.mastering()).isFalse();
        assertThat(ask(message(0x04, 16).putInt(8, 1)).getInt(0)).isZero();
        assertThat(device.mastering()).isTrue();
        assertThat(ask(message(0x04, 16).putInt(8, 9)).getInt(0)).isNotZero();
    }

    /** Short, unknown and misplaced messages, and nonsense in every register. */
    @Test
    void nonsenseIsAnswered() {
        open();
        for (int round = 0; round < 2; round++) {
            for (int type = 0; type < 0x20; type++) {
                for (int size : new int[] {4, 8, 12, 16, 80, 96}) {
                    ByteBuffer m = message(type, size);
                    for (int i = 4; i + 4 <= size; i += 4) {
                        m.putInt(i, round == 0 ? -1 : 0x1234_5678);
                    }
                    if (size > 4 && type == 0x13) {
                        m.putInt(4, 0x1_0004);
                    }
                    ask(m);
                }
            }
            ask(message(0x07, 16).putLong(8, WINDOW));
            for (int register = 0; register < 0x1000; register += 2) {
                configure(register, 2, round == 0 ? -1 : 0x5555);
            }
            for (int offset = 0; offset < 0x2000; offset += 3) {
                child.readMmio(WINDOW + offset, 1 << offset % 4);
            }
        }
        assertThat(ask(message(0x07, 16).putLong(8, 0x1001)).getInt(0)).isNotZero();
    }

    @Test
    void stateGoesOnElsewhere() {
        enter(0x1_0004);
        map();
        made(0x1_0004);
        var other = new VirtualPciBusTest();
        other.enter(0x1_0004);
        RecordedState.copy(device, other.device);
        other.mappings.clear();
        RecordedState.copy(bus, other.bus);
        assertThat(other.mappings).as("the tables are restored with the partition").isEmpty();
        other.child.writeMmio(BAR, 4, 0x77);
        assertThat(other.register).isEqualTo(0x77);
        other.channel.close();
        assertThat(other.interrupts).containsExactly("no 61fee01230");
    }
}
