package dev.hv.cli.debug;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cli.root.machine.BareMachine;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.CpuModels;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/** Whatever comes through a debugger's connection, its session answers, and goes on to answer what makes sense. */
class GdbFuzzTest {

    private static final String[] KNOWN = {"?", "g", "G", "p0", "P0=", "m0,40", "M100000,2:", "X0,0:", "Z0,100000,1", "Z2,100000,8", "z0,100000,1", "Hg", "T1", "c", "s", "vCont;s:1;c", "vCont?", "vKill;1", "D",
        "qSupported:swbreak+", "qXfer:features:read:target.xml:0,100", "qRcmd,", "qC", "qfThreadInfo", "qsThreadInfo", "Qqemu.PhyMemMode:1", "QStartNoAckMode", "bs", "bc"};
    private static final int MOST = 24;

    @FuzzTest
    void packetsDoNoHarm(FuzzedDataProvider data) throws IOException {
        var model = CpuModels.parse("intel");
        var machine = new BareMachine(model, 4 << 20, 2, VirtualClock.virtual(10_000, model.tscHz(), VirtualClock.EPOCH), c -> { }, false).machine();
        try {
            var target = new MachineTarget(machine, machine.processors());
            var session = new GdbSession(target, target.debugs((number, why, address) -> { }), null, MonitorCommands.NONE);
            for (int i = 0; i < MOST && data.remainingBytes() > 0; i++) {
                String packet = data.pickValue(KNOWN) + data.consumeString(60);
                session.answer(packet);
            }
            session.end();
            if (!session.answer("qC").text().startsWith("QC")) {
                throw new AssertionError("no session any more");
            }
        } finally {
            machine.bus().memory().close();
        }
        // the bytes of a connection itself
        var reader = new PacketReader(new ByteArrayInputStream(data.consumeRemainingAsBytes()));
        while (!(reader.next() instanceof PacketReader.End)) {
            // whatever it is
        }
    }
}
