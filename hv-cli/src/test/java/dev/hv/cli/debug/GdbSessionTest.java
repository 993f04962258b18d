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
    private final List<HostDebug> debugs = List.of(new HostDebug(cpu, (c, why, address) -> {}), new HostDebug(machine.processors().get(1), (c, why, address) -> {}));
    private final GdbSession session = new GdbSession(new MachineTarget(machine, machine.processors()), debugs, null);

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
