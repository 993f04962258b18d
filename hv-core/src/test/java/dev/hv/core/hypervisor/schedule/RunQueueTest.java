package dev.hv.core.hypervisor.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunQueueTest {

    private final List<RunQueue<Member>> queues = new ArrayList<>();
    private final RunQueue<Member> queue = queue();
    private int waits;
    private final Member a = new Member(0, queue);
    private final Member b = new Member(1, queue);

    /** A virtual processor that knows where it is. */
    private static final class Member implements Schedulable<Member> {
        private final int index;
        private RunQueue<Member> queue;
        private int share = 1;

        Member(int index, RunQueue<Member> queue) {
            this.index = index;
            this.queue = queue;
        }

        @Override
        public long partitionId() {
            return 7;
        }

        @Override
        public int index() {
            return index;
        }

        @Override
        public long slice(long usual) {
            return usual / share;
        }

        @Override
        public void setQueue(RunQueue<Member> newQueue) {
            queue = newQueue;
        }
    }

    private RunQueue<Member> queue() {
        var q = new RunQueue<>(queues, () -> waits++, () -> {}, usual -> usual);
        queues.add(q);
        return q;
    }

    @Test
    void aSliceIsAsLongAsItsOwnerGets() {
        queue.add(a);
        queue.add(b);
        b.share = 4;
        queue.pick();
        queue.charge(RunQueue.SLICE);
        assertThat(queue.pick()).isSameAs(b);
        assertThat(queue.left()).isEqualTo(RunQueue.SLICE / 4);
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
        RunQueue<Member> other = queue();
        queue.add(a);
        queue.add(b);
        assertThat(other.pick()).as("the first is about to run where it is").isNull();
        assertThat(queue.pick()).isSameAs(a);
        assertThat(other.pick()).isSameAs(b);
        assertThat(queue.left()).as("nobody waits any more").isEqualTo(Long.MAX_VALUE);
        b.queue.remove(b);
        assertThat(other.pick()).as("it has moved: its new queue lets it go").isNull();
        assertThat(waits).isEqualTo(2);
    }
}
