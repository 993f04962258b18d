package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.state.CpuModel;
import org.junit.jupiter.api.Test;

class RunQueueTest {

    private final Rig rig = new Rig();
    private final RunQueue queue = new RunQueue();
    private final VirtualProcessor a = vp(0);
    private final VirtualProcessor b = vp(1);

    private VirtualProcessor vp(int index) {
        var p = new Partition(7, 0, CpuModel.intelDefault(), rig.memory);
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
}
