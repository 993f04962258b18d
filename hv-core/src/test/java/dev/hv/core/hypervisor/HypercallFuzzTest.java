package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.core.hypercall.HypercallContract;
import dev.hv.core.hypervisor.calls.CallTable;
import dev.hv.core.hypervisor.partition.Caller;
import dev.hv.core.tlfs.HvStatus;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Random hypercalls of a child: no exception leaves the dispatcher, and no memory but the child's changes. */
class HypercallFuzzTest {

    private static final int MOST_CALLS = 6;
    private static final int PROCESSORS = 3;
    private static final byte[] PATTERN = pattern();
    private static final long[] PLACES = {
        HypercallRig.INPUT, HypercallRig.OUTPUT, HypercallRig.INPUT + 0xF00, HypercallRig.INPUT + 0xFF8, HypercallRig.INPUT + 1, HypercallRig.CODE_PAGE,
        HypercallRig.NO_MEMORY, HypercallRig.NO_MEMORY - 8, 1L << 48, -8, 0x8000_0000_0000_0000L
    };

    private static byte[] pattern() {
        byte[] b = new byte[64 << 10];
        Arrays.fill(b, (byte) 0x5A);
        return b;
    }

    private HypercallRig rig;
    private List<HypercallContract<Caller>> calls;
    private Rig.Child victim;

    /** Making processors takes most of the time: only what a call may have changed for the next ones is made anew. */
    private void prepare() {
        if (rig != null && rig.vp(1).scheduling().waitsForStartup() && rig.vp(2).scheduling().waitsForStartup()) {
            return;
        }
        if (rig != null) {
            rig.close();
        }
        rig = new HypercallRig(PROCESSORS);
        calls = CallTable.contracts(rig.rig.hypervisor.partitions());
        rig.rig.winHv.createMessagePort(rig.child.id, 1, (vp, type, payload, length) -> {
            assertThat(length).isBetween(0, 240);
            return HvStatus.SUCCESS;
        });
        rig.rig.winHv.createEventPort(rig.child.id, 2, () -> HvStatus.SUCCESS);
        victim = rig.rig.child(PATTERN.length);
        rig.rig.vid.memory(victim.id).write(0, PATTERN, 0, PATTERN.length);
    }

    @FuzzTest
    void randomCallsHarmNobody(FuzzedDataProvider data) {
        prepare();
        for (int i = 0; i < MOST_CALLS && data.remainingBytes() > 0; i++) {
            call(data);
        }
        byte[] after = new byte[PATTERN.length];
        rig.rig.vid.memory(victim.id).read(0, after, 0, after.length);
        assertThat(after).isEqualTo(PATTERN);
        assertThat(rig.child.stop).isNull();
    }

    @AfterEach
    void end() {
        if (rig != null) {
            rig.close();
        }
    }

    private void call(FuzzedDataProvider data) {
        var context = rig.context(0);
        boolean known = data.consumeInt(0, 15) != 0;
        HypercallContract<Caller> contract = calls.get(data.consumeInt(0, calls.size() - 1));
        int code = known ? contract.code() : data.consumeInt(0, 0xFFFF);
        int variable = contract.variable() || data.consumeInt(0, 15) == 0 ? data.consumeInt(0, 20) : 0;
        int count = contract.repeats() || data.consumeInt(0, 15) == 0 ? data.consumeInt(0, 600) : 0;
        int start = count > 0 && data.consumeBoolean() ? data.consumeInt(0, count) : 0;
        long control = HypercallRig.control(code, variable, count, start);
        if (data.consumeInt(0, 31) == 0) {
            control = data.consumeLong();
        }
        if (data.consumeBoolean()) {
            control |= HypercallRig.FAST;
        }
        context.longMode = data.consumeInt(0, 3) != 0;
        long first = place(data);
        long second = place(data);
        for (int half = 0; half < 12; half++) {
            context.setXmm(half / 2, half % 2, data.consumeInt(0, 3) == 0 ? data.consumeLong() : small(data));
        }
        long[] input = new long[data.consumeInt(0, 12)];
        for (int i = 0; i < input.length; i++) {
            input[i] = small(data);
        }
        rig.quads(HypercallRig.INPUT, input);
        if (context.longMode) {
            rig.call(control, first, second);
        } else {
            context.gpr[HypercallRig.RDX] = control >>> 32;
            context.gpr[HypercallRig.RAX] = control;
            context.gpr[HypercallRig.RBX] = first >>> 32;
            context.gpr[HypercallRig.RCX] = first;
            context.gpr[HypercallRig.RDI] = second >>> 32;
            context.gpr[HypercallRig.RSI] = second;
            rig.vmcall();
        }
    }

    private static long place(FuzzedDataProvider data) {
        int which = data.consumeInt(0, PLACES.length + 3);
        return which < PLACES.length ? PLACES[which] : small(data);
    }

    /** Numbers that mean something more often than random ones would. */
    private static long small(FuzzedDataProvider data) {
        return switch (data.consumeInt(0, 6)) {
            case 0 -> -1;
            case 1 -> data.consumeInt(0, 16);
            case 2 -> 1L << data.consumeInt(0, 63);
            case 3 -> data.consumeLong();
            case 4 -> data.consumeInt(0, 0x3FF) << 12 | data.consumeInt(0, 0xFFF);
            case 5 -> (long) data.consumeInt(0, 3) << 32 | data.consumeInt(0, 0x3FF);
            default -> 0;
        };
    }
}
