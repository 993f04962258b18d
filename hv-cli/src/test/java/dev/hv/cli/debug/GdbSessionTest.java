package dev.hv.cli.debug;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cli.debug.GdbSession.Next;
import dev.hv.cli.root.machine.BareMachine;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import dev.hv.cpu.state.HostDebug;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets and what they mean, without a connection. */
class GdbSessionTest {

    private static final String KINDS = "?gGpPmMXZzHTcsDkvqQb";
    private static final String CHARACTERS = "0123456789abcdef,:;=-$#+.vContqXfer";

    private final Machine machine = machine();
    private final Cpu cpu = machine.processors().getFirst();
    private final MachineTarget target = new MachineTarget(machine, machine.processors());
    private final List<HostDebug> debugs = target.debugs((number, why, address) -> {});
    private final GdbSession session = new GdbSession(target, debugs, null, MonitorCommands.NONE);

    private static Machine machine() {
        var model = CpuModels.parse("intel");
        return new BareMachine(model, 16 << 20, 2, VirtualClock.virtual(10_000, model.tscHz(), VirtualClock.EPOCH), c -> {}, false).machine();
    }

    @AfterEach
    void close() {
        machine.bus().memory().close();
    }

    private String ask(String packet) {
        return session.answer(packet).text();
    }

    @Test
    void registersAreWrittenAndReadByNumber() {
        assertThat(ask("P0=efcdab8967452301")).isEqualTo("OK");
        assertThat(cpu.gpr(Cpu.RAX)).isEqualTo(0x0123456789ABCDEFL);
        assertThat(ask("p0")).isEqualTo("efcdab8967452301");
        assertThat(ask("g")).startsWith("efcdab8967452301");
        assertThat(ask("Hg2") + ask("p0")).isEqualTo("OK" + "0000000000000000");
        assertThat(ask("p7fff")).isEqualTo("E01");
    }

    @Test
    void systemRegistersAreWrittenByTheRulesOfTheirInstructions() {
        String xml = ask("qXfer:features:read:target.xml:0,ffff");
        // real mode after power-on: paging without protection is impossible, as are reserved bits and addresses that are not canonical
        assertThat(write(xml, "cr0", 0x80000010L)).isEqualTo("E01");
        assertThat(write(xml, "cr0", 0x11)).isEqualTo("OK");
        assertThat(cpu.cr0).isEqualTo(0x11);
        assertThat(cpu.protectedMode()).isTrue();
        assertThat(write(xml, "cr4", 1L << 40)).isEqualTo("E01");
        assertThat(write(xml, "cr4", 0x20)).isEqualTo("OK");
        assertThat(write(xml, "efer", 0x400)).as("LMA cannot be written").isEqualTo("E01");
        assertThat(write(xml, "efer", 0x100)).isEqualTo("OK");
        assertThat(write(xml, "lstar", 1L << 62)).isEqualTo("E01");
        assertThat(write(xml, "lstar", 0xFFFF800000001234L)).isEqualTo("OK");
        assertThat(cpu.lstar()).isEqualTo(0xFFFF800000001234L);
        assertThat(write(xml, "pat", 0x0202020202020202L)).as("no memory type").isEqualTo("E01");
        assertThat(write(xml, "fs_base", 0x1234)).isEqualTo("OK");
        assertThat(cpu.segBase(Cpu.FS)).isEqualTo(0x1234);
        assertThat(write(xml, "dr7", 1L << 32)).isEqualTo("E01");
        assertThat(write(xml, "dr0", 0x4000)).isEqualTo("OK");
        assertThat(cpu.dr[0]).isEqualTo(0x4000);
        assertThat(ask("P%x=00000100".formatted(number(xml, "mxcsr")))).isEqualTo("E01");
        assertThat(ask("P%x=801f0000".formatted(number(xml, "mxcsr")))).isEqualTo("OK");
        assertThat(cpu.mxcsr()).isEqualTo(0x1F80);
        assertThat(ask("P%x=00000080".formatted(number(xml, "eflags")))).isEqualTo("E01");
        assertThat(ask("P%x=ff3f0000000000000000".formatted(number(xml, "st0")))).isEqualTo("OK");
        assertThat(cpu.fpSignificand[cpu.fsw >>> 11 & 7]).isEqualTo(0x3FFF);
    }

    @Test
    void selectorsLoadWhatTheirDescriptorsSay() {
        String xml = ask("qXfer:features:read:target.xml:0,ffff");
        assertThat(ask("P%x=00100000".formatted(number(xml, "ds"))) + cpu.seg[Cpu.DS].base).as("real mode").isEqualTo("OK" + 0x10000);
        // flat 32-bit data and code of level 0, data of level 3
        assertThat(ask("M1008,18:ffff00000093cf00ffff0000009bcf00ffff000000f3cf00")).isEqualTo("OK");
        assertThat(write(xml, "gdtr_base", 0x1000) + write(xml, "gdtr_limit", 0x1F) + write(xml, "cr0", 0x11)).isEqualTo("OKOKOK");
        assertThat(ask("P%x=08000000".formatted(number(xml, "ss")))).isEqualTo("OK");
        assertThat(cpu.seg[Cpu.SS].limit).isEqualTo(-1);
        assertThat(ask("P%x=10000000".formatted(number(xml, "cs")))).isEqualTo("OK");
        assertThat(ask("P%x=08000000".formatted(number(xml, "cs")))).as("data is no code").isEqualTo("E01");
        assertThat(ask("P%x=1b000000".formatted(number(xml, "ss")))).as("a stack of another level").isEqualTo("E01");
        assertThat(ask("P%x=1b000000".formatted(number(xml, "ds")))).isEqualTo("OK");
        assertThat(ask("P%x=20000000".formatted(number(xml, "ds")))).as("beyond the table").isEqualTo("E01");
        assertThat(ask("P%x=00000000".formatted(number(xml, "cs")))).as("null").isEqualTo("E01");
        assertThat(cpu.seg[Cpu.CS].selector).isEqualTo(0x10);
    }

    /** A register's number: they are in the order of the description. */
    private static int number(String description, String name) {
        String[] all = description.split("<reg name=\"");
        for (int i = 1; i < all.length; i++) {
            if (all[i].startsWith(name + "\"")) {
                return i - 1;
            }
        }
        throw new AssertionError(name);
    }

    private String write(String description, String name, long value) {
        return ask("P%x=%016x".formatted(number(description, name), Long.reverseBytes(value)));
    }

    @Test
    void theFirstStopIsOfAThreadToo() {
        assertThat(ask("?")).isEqualTo("T05thread:1;");
    }

    @Test
    void memoryIsReadAndWrittenWhereThereIsSome() {
        assertThat(ask("M1000,4:01020304")).isEqualTo("OK");
        assertThat(ask("m1000,4")).isEqualTo("01020304");
        assertThat(ask("m1000000,4")).isEqualTo("E0e");
        // what there is before the end
        assertThat(ask("mfffffe,4")).isEqualTo("0000");
        assertThat(ask("M1000000,1:00")).isEqualTo("E0e");
        assertThat(ask("m1000,ffffffff")).isEqualTo("E01");
    }

    @Test
    void stopsAreAtAllProcessors() {
        assertThat(ask("Z0,1234,1")).isEqualTo("OK");
        assertThat(debugs.get(0).at(0x1234)).isTrue();
        assertThat(debugs.get(1).at(0x1234)).isTrue();
        assertThat(ask("Z1,1234,1") + ask("z0,1234,1")).isEqualTo("OKOK");
        assertThat(debugs.get(0).at(0x1234)).as("the other kind is still there").isTrue();
        assertThat(ask("z1,1234,1")).isEqualTo("OK");
        assertThat(debugs.get(0).at(0x1234)).isFalse();
    }

    @Test
    void stepsAndContinuesAreToldByThread() {
        assertThat(session.answer("vCont;s:2;c").next()).isEqualTo(Next.RESUME);
        assertThat(debugs.get(1).alone()).isTrue();
        assertThat(debugs.get(0).alone()).isFalse();
        assertThat(ask("vCont;s:3")).isEqualTo("E01");
        assertThat(ask("bs")).as("nothing can go back here").isEmpty();
        assertThat(ask("qSupported:swbreak+")).doesNotContain("Reverse");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomPacketsDoNoHarm(long seed) {
        var random = new Random(seed);
        for (int n = 0; n < 20_000; n++) {
            var packet = new StringBuilder().append(KINDS.charAt(random.nextInt(KINDS.length())));
            for (int i = random.nextInt(24); i > 0; i--) {
                packet.append(random.nextInt(8) == 0 ? (char) random.nextInt(256) : CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
            }
            session.answer(packet.toString());
        }
        session.end();
        assertThat(ask("qC")).startsWith("QC");
    }

    /** A run that can go back, and notes where it is asked to go. */
    private static final class Back implements ReverseControl {
        private int journeys;

        @Override
        public void attached(List<HostDebug> debugs) {}

        @Override
        public boolean travels() {
            return false;
        }

        @Override
        public Arrival met(int processor, HostDebug.Stop why, long address) {
            return Arrival.of(processor, why, address);
        }

        @Override
        public long instant() {
            return 7;
        }

        @Override
        public long first() {
            return 0;
        }

        @Override
        public void goTo(int processor, long instant) {
            assertThat(instant).isNotNegative();
            go(processor);
        }

        @Override
        public void stepBack(int processor) {
            go(processor);
        }

        @Override
        public void continueBack(int processor) {
            go(processor);
        }

        private void go(int processor) {
            assertThat(processor).isBetween(0, 1);
            journeys++;
            throw new Travel();
        }
    }

    /** The packets for going back among others: each journey is to somewhere that there is, and nothing is written. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void randomPacketsInAReplayChangeNothing(long seed) {
        var back = new Back();
        var replay = new GdbSession(target, debugs, back, MonitorCommands.NONE);
        String before = machine.digest();
        String registers = replay.answer("g").text();
        var random = new Random(seed);
        String[] known = {"bs", "bc", "b", "bsx", "qRcmd," + Hex.of("goto 12".getBytes(StandardCharsets.UTF_8)), "qRcmd," + Hex.of("goto -1".getBytes(StandardCharsets.UTF_8)),
            "qRcmd," + Hex.of("goto 99999999999999999999".getBytes(StandardCharsets.UTF_8)), "M1000,1:55", "X1000,1:U", "P0=0100000000000000", "G00", "Hc2", "Hg1", "Hc-1"};
        for (int n = 0; n < 20_000; n++) {
            var packet = new StringBuilder(random.nextBoolean() ? known[random.nextInt(known.length)] : String.valueOf(KINDS.charAt(random.nextInt(KINDS.length()))));
            for (int i = random.nextInt(3) == 0 ? random.nextInt(24) : 0; i > 0; i--) {
                packet.append(random.nextInt(8) == 0 ? (char) random.nextInt(256) : CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
            }
            try {
                replay.answer(packet.toString());
            } catch (Travel t) {
                // as it should
            }
        }
        replay.end();
        assertThat(back.journeys).isPositive();
        assertThat(replay.answer("Hg1").text() + replay.answer("g").text()).isEqualTo("OK" + registers);
        assertThat(machine.digest()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomBytesEndAndKeepNothing(long seed) {
        var random = new Random(seed);
        byte[] bytes = new byte[1 << 18];
        random.nextBytes(bytes);
        var reader = new PacketReader(new ByteArrayInputStream(bytes));
        int items = 0;
        while (!(reader.next() instanceof PacketReader.End)) {
            items++;
        }
        assertThat(items).isPositive().isLessThan(bytes.length);
    }

    @Test
    void packetsAreFramed() {
        assertThat(read("xx+$qC#b4")).isEqualTo(new PacketReader.Packet("qC"));
        assertThat(read("$qC#b5")).isEqualTo(new PacketReader.Refused());
        assertThat(read("$}\u0003#80")).isEqualTo(new PacketReader.Packet("#"));
        assertThat(read("\u0003")).isEqualTo(new PacketReader.Interrupt());
        assertThat(read("$" + "0".repeat(PacketReader.MOST + 1) + "#30")).isEqualTo(new PacketReader.Refused());
    }

    private static PacketReader.Item read(String bytes) {
        return new PacketReader(new ByteArrayInputStream(bytes.getBytes(StandardCharsets.ISO_8859_1))).next();
    }
}
