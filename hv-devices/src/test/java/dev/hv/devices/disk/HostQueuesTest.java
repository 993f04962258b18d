package dev.hv.devices.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The test's thread is the machine's. */
@Timeout(60)
class HostQueuesTest {

    private static final long SHORT = 200_000_000L;
    private static final long LONG = 30_000_000_000L;

    private final BlockingQueue<Runnable> posted = new LinkedBlockingQueue<>();
    private final HostQueues queues = new HostQueues(task -> Thread.ofPlatform().daemon().start(task), posted::add);
    private final DiskQueue queue = queues.queue("disk");
    private final List<String> carriedOut = new CopyOnWriteArrayList<>();
    private final List<String> done = new ArrayList<>();

    private TestRequest request(String name, int bytes, CountDownLatch host) {
        return new TestRequest(name, bytes, () -> {
            carriedOut.add(name);
            await(host);
        }, r -> done.add(name));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void runPosted(int actions) throws InterruptedException {
        for (int i = 0; i < actions; i++) {
            Runnable action = posted.poll(30, TimeUnit.SECONDS);
            assertThat(action).as("an action for the machine's thread").isNotNull();
            action.run();
        }
    }

    private void untilCarriedOut(int requests) throws InterruptedException {
        for (int i = 0; carriedOut.size() < requests && i < 3000; i++) {
            Thread.sleep(10);
        }
        assertThat(carriedOut).hasSize(requests);
    }

    @Test
    void whoSubmitsDoesNotWaitForTheHost() throws Exception {
        var slow = new CountDownLatch(1);
        queue.submit(request("a", 512, slow));
        queue.submit(request("b", 512, slow));
        untilCarriedOut(1);
        assertThat(queue.size()).isEqualTo(2);
        assertThat(posted).isEmpty();
        slow.countDown();
        runPosted(2);
        assertThat(done).containsExactly("a", "b");
        assertThat(queue.size()).isZero();
    }

    @Test
    void aSlowDiskKeepsNoOther() throws Exception {
        var slow = new CountDownLatch(1);
        queue.submit(request("slow", 512, slow));
        queues.queue("other").submit(request("other", 512, new CountDownLatch(0)));
        runPosted(1);
        assertThat(done).containsExactly("other");
        slow.countDown();
    }

    @Test
    void requestsAreCarriedOutInTheirOrder() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            names.add("r" + i);
            queue.submit(request("r" + i, 512, new CountDownLatch(0)));
        }
        runPosted(100);
        assertThat(carriedOut).isEqualTo(names);
        assertThat(done).isEqualTo(names);
    }

    @Test
    void onlySoManyBytesAreInTheHostsMemory() throws Exception {
        var slow = new CountDownLatch(1);
        List<TestRequest> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(request("r" + i, DiskQueue.MOST_BYTES, slow));
            queue.submit(all.getLast());
        }
        assertThat(all.stream().filter(r -> !r.steps.isEmpty()).count()).isEqualTo(HostQueues.MOST_BEGUN / DiskQueue.MOST_BYTES);
        slow.countDown();
        runPosted(20);
        assertThat(done).hasSize(20);
    }

    @Test
    void whatIsDiscardedNeverEndsAndDoesNotOvertakeWhatComesLater() throws Exception {
        var slow = new CountDownLatch(1);
        TestRequest running = request("running", 512, slow);
        TestRequest behind = request("behind", 512, slow);
        queue.submit(running);
        queue.submit(behind);
        untilCarriedOut(1);
        queue.discard(r -> true);
        assertThat(queue.size()).isZero();
        queue.submit(request("later", 512, new CountDownLatch(0)));
        assertThat(carriedOut).as("the old one is still at it").containsExactly("running");
        slow.countDown();
        runPosted(2);
        assertThat(done).containsExactly("later");
        assertThat(carriedOut).containsExactly("running", "later");
        assertThat(behind.steps).containsExactly("begin");
    }

    @Test
    void resetsWithoutEndDoNotFillTheHostsMemory() throws Exception {
        var slow = new CountDownLatch(1);
        queue.submit(request("running", 512, slow));
        untilCarriedOut(1);
        for (int i = 0; i < 1000; i++) {
            queue.submit(request("r", 512, slow));
            queue.discard(r -> true);
        }
        slow.countDown();
        assertThat(queues.awaitIdle(LONG)).isTrue();
        assertThat(carriedOut).as("nothing of what was discarded is kept for the host").containsExactly("running");
    }

    @Test
    void aDiskIsClosedWhenTheHostIsDoneWithIt() throws Exception {
        var slow = new CountDownLatch(1);
        var closed = new CountDownLatch(1);
        queue.submit(request("running", 512, slow));
        untilCarriedOut(1);
        queue.close(closed::countDown);
        assertThat(closed.getCount()).as("not under the host's hands").isOne();
        slow.countDown();
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
        var idle = new CountDownLatch(1);
        queues.queue("idle").close(idle::countDown);
        assertThat(idle.getCount()).as("at once when nothing is under way").isZero();
    }

    @Test
    void atRestTheHostDoesNothing() throws Exception {
        var slow = new CountDownLatch(1);
        queue.submit(request("a", 512, slow));
        assertThat(queues.awaitIdle(SHORT)).isFalse();
        slow.countDown();
        assertThat(queues.awaitIdle(LONG)).isTrue();
        assertThat(carriedOut).containsExactly("a");
        assertThat(queue.underWay()).as("it ends when the machine goes on").hasSize(1);
        runPosted(1);
        assertThat(done).containsExactly("a");
    }

    @Test
    void restoredRequestsBeginWhenTheMachineGoesOn() throws Exception {
        TestRequest r = request("r", 512, new CountDownLatch(0));
        queue.resubmit(r, 0);
        assertThat(queue.underWay()).containsExactly(r);
        assertThat(r.steps).as("the rest of the machine is not restored yet").isEmpty();
        runPosted(2);
        assertThat(done).containsExactly("r");
    }

    @Test
    void aFaultOfTheProgramReachesTheMachinesThread() throws Exception {
        queue.submit(new TestRequest("r", 0, () -> {
            throw new IllegalStateException("a fault");
        }, r -> { }));
        Runnable action = posted.poll(30, TimeUnit.SECONDS);
        assertThatThrownBy(action::run).hasRootCauseMessage("a fault");
    }
}
