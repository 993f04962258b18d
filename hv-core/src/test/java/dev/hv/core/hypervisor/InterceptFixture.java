package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.tlfs.HvCallCode;
import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.tlfs.InterceptMessage;
import org.junit.jupiter.api.AfterEach;

/** A child whose owner does not answer at once: it looks at the message, and answers by setting registers. */
abstract class InterceptFixture {

    static final long INPUT = 0x300_0000;
    static final long OUTPUT = 0x300_1000;
    static final int ENTRY = 0x1000;

    final Rig rig = new Rig().start();
    final RootEntrance root = rig.hypervisor.connectRoot(rig.hypervisor.partitions().root().services());
    Rig.Child child;

    @AfterEach
    void close() {
        rig.memory.close();
    }

    /** A child whose root has nobody that listens, with code in flat 32-bit mode. */
    VirtualProcessor start(int... code) {
        return startWith(0, code);
    }

    /** As {@link #start}, with privileges. */
    VirtualProcessor startWith(long privileges, int... code) {
        child = rig.new Child(rig.winHv.createPartition(privileges, false).value());
        assertThat(rig.vid.addMemory(child.id, new MemoryRange(0, 1 << 20), HvMapFlags.ALL).ok()).isTrue();
        assertThat(rig.winHv.createVp(child.id, 0).ok()).isTrue();
        child.code(true, code);
        return rig.hypervisor.partitions().get(child.id).processors().get(0);
    }

    /** Lets time pass: with all processors suspended, nothing else ends a run. */
    void pass() {
        rig.clock.timer("end", rig.machine::powerOff).arm(rig.clock.nanos() + 1_000_000);
        rig.run(100_000);
    }

    InterceptMessage intercepted(VirtualProcessor vp) {
        pass();
        assertThat(child.get(HvRegister.INTERCEPT_SUSPEND)).isEqualTo(1);
        assertThat(child.get(HvRegister.EXPLICIT_SUSPEND)).isZero();
        InterceptMessage m = vp.intercepts().message();
        assertThat(m.partition()).isEqualTo(child.id);
        assertThat(m.vpIndex()).isZero();
        assertThat(m.get(HvInterceptMessage.RIP, 8)).isEqualTo(child.get(HvRegister.RIP));
        return m;
    }

    void answer(long rip) {
        child.set(HvRegister.RIP, HvRegisterValue.of(rip));
        child.set(HvRegister.INTERCEPT_SUSPEND, HvRegisterValue.of(0));
        assertThat(child.get(HvRegister.INTERCEPT_SUSPEND)).isZero();
    }

    /** What the message's bytes begin with, and that there are sixteen. */
    static void assertBytes(InterceptMessage m, int at, int count, int... expected) {
        assertThat(m.get(count, 1)).isEqualTo(HvInterceptMessage.BYTES);
        for (int i = 0; i < expected.length; i++) {
            assertThat(m.get(at + i, 1)).as("byte " + i).isEqualTo(expected[i]);
        }
    }

    HvStatus install(int accesses, int type, long parameter) {
        rig.memory.write(INPUT, 8, child.id);
        rig.memory.write(INPUT + 8, 4, accesses);
        rig.memory.write(INPUT + 12, 4, type);
        rig.memory.write(INPUT + 16, 8, parameter);
        return HvStatus.of((int) root.call(HvCallCode.INSTALL_INTERCEPT, INPUT, OUTPUT) & 0xFFFF);
    }
}
