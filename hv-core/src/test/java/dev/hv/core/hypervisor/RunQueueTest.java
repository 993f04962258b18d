package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.CpuModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunQueueTest {

    private final Rig rig = new Rig();
    private final List<RunQueue> queues = new ArrayList<>();
    private final RunQueue queue = queue();
    private int waits;
    private final VirtualProcessor a = vp(0);
    private final VirtualProcessor b = vp(1);

    private RunQueue queue() {
        var q = new RunQueue(queues, () -> waits++, () -> {});
        queues.add(q);
        return q;
    }

    private VirtualProcessor vp(int index) {
        var p = new Partition(7, null, 0, CpuModel.intelDefault(), CpuModel.intelDefault(), rig.memory);
        return new VirtualProcessor(p, index, rig.memory, rig.clock, queue);
    }

    @Test
    void slicesGoRound() {
        queue.add(a);
        queue.add(b);
        queue.add(a);
        assertThat(queue.pick()).isSameAs(a);
        assertThat(queue.left()).isEqualTo(RunQueue.SLICE);
        queue.charge(RunQueue.SLICE - 1);
        assertThat(queue.pick()).isSameAs(a);
        queue.charge(1);
        assertThat(queue.pick()).isSameAs(b);
        queue.charge(RunQueue.SLICE + 5);
        assertThat(queue.pick()).isSameAs(a);
    }

    @Test
    void whoIsAloneHasNoSlice() {
        queue.add(a);
        assertThat(queue.pick()).isSameAs(a);
        assertThat(queue.left()).isEqualTo(Long.MAX_VALUE);
        queue.charge(10 * RunQueue.SLICE);
        assertThat(queue.pick()).isSameAs(a);
    }

    @Test
    void whoHaltsMakesRoom() {
        queue.add(a);
        queue.add(b);
        queue.pick();
        queue.remove(a);
        assertThat(queue.pick()).isSameAs(b);
        queue.remove(b);
        assertThat(queue.pick()).isNull();
        queue.add(b);
        queue.add(a);
        queue.remove(a);
        assertThat(queue.pick()).isSameAs(b);
        assertThat(queue.left()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whoYieldsGoesBehindTheOthers() {
        queue.add(a);
        queue.add(b);
        assertThat(queue.pick()).isSameAs(a);
        queue.yield(b);
        assertThat(queue.pick()).as("only the one that runs can yield").isSameAs(a);
        queue.yield(a);
        assertThat(queue.pick()).isSameAs(b);
        queue.yield(b);
        assertThat(queue.pick()).isSameAs(a);
    }

    @Test
    void anIdleProcessorTakesWhoWaitsElsewhere() {
        RunQueue other = queue();
        queue.add(a);
        queue.add(b);
        assertThat(other.pick()).as("the first is about to run where it is").isNull();
        assertThat(queue.pick()).isSameAs(a);
        assertThat(other.pick()).isSameAs(b);
        assertThat(queue.left()).as("nobody waits any more").isEqualTo(Long.MAX_VALUE);
        b.unschedule();
        assertThat(other.pick()).as("it has moved: its new queue lets it go").isNull();
        assertThat(waits).isEqualTo(2);
    }
}
