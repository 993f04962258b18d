package dev.hv.devices.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.snapshot.RecordedState;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimedQueuesTest {

    private final TestClock clock = new TestClock();
    private final DiskQueue queue = new TimedQueues(clock).queue("disk");
    private final List<String> done = new ArrayList<>();

    private TestRequest request(String name, int bytes) {
        return new TestRequest(name, bytes, () -> { }, r -> done.add(name + " at " + clock.nanos()));
    }

    @Test
    void aRequestEndsAtTheTickAfterItsDataAndTheLatency() {
        clock.advance(7);
        queue.submit(request("small", 4096));
        queue.submit(request("big", 1 << 20));
        queue.submit(request("flush", 0));
        assertThat(done).isEmpty();
        clock.advance(10_000_000);
        // 7 + 4096 / 4 + 20,000 and 262,144 more, rounded up to 20,000
        assertThat(done).containsExactly("small at 40000", "big at 300000", "flush at 300000");
    }

    @Test
    void nothingIsTouchedBeforeThatInstant() {
        TestRequest r = request("r", 512);
        queue.submit(r);
        clock.advance(20_000);
        assertThat(r.steps).isEmpty();
        clock.advance(20_000);
        assertThat(r.steps).containsExactly("begin", "carry out", "finish");
    }

    @Test
    void whatIsSubmittedWhenAnotherEndsComesLater() {
        queue.submit(new TestRequest("a", 0, () -> { }, r -> {
            done.add("a at " + clock.nanos());
            queue.submit(request("b", 0));
        }));
        clock.advance(1_000_000);
        assertThat(done).containsExactly("a at 20000", "b at 40000");
    }

    @Test
    void discardedRequestsNeverEnd() {
        TestRequest gone = request("gone", 0);
        queue.submit(gone);
        queue.submit(request("stays", 0));
        queue.discard(r -> r == gone);
        assertThat(queue.size()).isOne();
        clock.advance(1_000_000);
        assertThat(done).containsExactly("stays at 20000");
        assertThat(gone.steps).isEmpty();
        assertThat(clock.busy()).isFalse();
    }

    @Test
    void aClosedQueueIsEmptyAndItsDiskClosed() {
        queue.submit(request("r", 0));
        queue.close(() -> done.add("closed"));
        clock.advance(1_000_000);
        assertThat(done).containsExactly("closed");
    }

    @Test
    void restoredRequestsEndWhenTheyWouldHave() {
        queue.submit(request("a", 1 << 20));
        queue.submit(request("b", 1 << 20));
        DiskQueue copy = new TimedQueues(clock).queue("disk");
        RecordedState.copy(queue, copy);
        List<String> again = new ArrayList<>();
        for (DiskRequest r : queue.underWay()) {
            copy.resubmit(new TestRequest("", 1 << 20, () -> { }, x -> again.add(((TestRequest) r).name + " at " + clock.nanos())), queue.due(r));
        }
        copy.submit(new TestRequest("", 0, () -> { }, x -> again.add("c at " + clock.nanos())));
        queue.submit(request("c", 0));
        clock.advance(10_000_000);
        assertThat(again).isEqualTo(done).hasSize(3);
    }
}
