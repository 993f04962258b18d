package dev.hv.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest's output on its way: whoever reads or does not read, the guest is not stopped. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OutputQueueTest {

    private static final long SOON = 50_000_000;
    private static final long LONG = 50_000_000_000L;
    private static final byte[] KILOBYTE = new byte[1024];

    /** A reader that takes nothing before it is let. */
    private static final class Closed extends ByteArrayOutputStream {
        final CountDownLatch open = new CountDownLatch(1);
        volatile boolean closed;

        @Override
        public void write(byte[] bytes) throws IOException {
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            super.writeBytes(bytes);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void everythingArrivesInOrderAndTheStreamIsClosedBehindIt() {
        var reader = new Closed();
        reader.open.countDown();
        var queue = new OutputQueue(reader, LONG);
        var expected = new ByteArrayOutputStream();
        for (int i = 0; i < 20_000; i++) {
            byte[] line = ("line " + i + "\n").getBytes();
            queue.write(line, 0, line.length);
            expected.writeBytes(line);
        }
        queue.finish(LONG);
        assertThat(reader.closed).isTrue();
        assertThat(reader.toByteArray()).isEqualTo(expected.toByteArray());
        assertThat(queue.lost()).isZero();
    }

    @Test
    void withoutAReaderTheQueueFillsAndTheRestIsLostAndCounted() {
        var reader = new Closed();
        var queue = new OutputQueue(reader, 0);
        for (int i = 0; i < 2 * OutputQueue.CAPACITY / KILOBYTE.length; i++) {
            queue.write(KILOBYTE, 0, KILOBYTE.length);
        }
        queue.finish(SOON);
        // what is under way in the blocked write may be counted neither way
        assertThat(queue.lost()).isBetween(2L * OutputQueue.CAPACITY - (1 << 14), 2L * OutputQueue.CAPACITY);
        reader.open.countDown();
    }

    @Test
    void aReaderWhoComesLateGetsWhatWaited() {
        var reader = new Closed();
        var queue = new OutputQueue(reader, 0);
        queue.write(KILOBYTE, 0, KILOBYTE.length);
        Thread.ofPlatform().daemon().start(reader.open::countDown);
        queue.finish(Long.MAX_VALUE);
        assertThat(reader.size()).isEqualTo(KILOBYTE.length);
        assertThat(queue.lost()).isZero();
    }

    @Test
    void aMachineWithPatienceWaitsOnceAndNotForEveryLine() {
        var reader = new Closed();
        var queue = new OutputQueue(reader, SOON);
        // without the rule: two thousand waits
        for (int i = 0; i < 3 * OutputQueue.CAPACITY / KILOBYTE.length; i++) {
            queue.write(KILOBYTE, 0, KILOBYTE.length);
        }
        queue.giveUp();
        queue.finish(LONG);
        assertThat(queue.lost()).isPositive();
        reader.open.countDown();
    }

    @Test
    void aFailureIsToldOnceAndEndsTheWaiting() throws Exception {
        var told = new CountDownLatch(1);
        List<IOException> failures = Collections.synchronizedList(new ArrayList<>());
        var queue = new OutputQueue(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("no space left");
            }
        }, LONG);
        queue.onFailure(e -> {
            failures.add(e);
            told.countDown();
        });
        queue.write(KILOBYTE, 0, KILOBYTE.length);
        assertThat(told.await(50, TimeUnit.SECONDS)).isTrue();
        queue.write(KILOBYTE, 0, KILOBYTE.length);
        queue.finish(Long.MAX_VALUE);
        assertThat(failures).singleElement().satisfies(e -> assertThat(e).hasMessage("no space left"));
        List<IOException> late = new ArrayList<>();
        queue.onFailure(late::add);
        assertThat(late).as("who asks later is told, too").hasSize(1);
    }

    @Test
    void oneConsoleThatIsNotReadDoesNotStopAnother() {
        var stuck = new Closed();
        var flowing = new Closed();
        flowing.open.countDown();
        var flood = new OutputQueue(stuck, 0);
        var modest = new OutputQueue(flowing, 0);
        for (int i = 0; i < 4096; i++) {
            flood.write(KILOBYTE, 0, KILOBYTE.length);
        }
        modest.write(KILOBYTE, 0, KILOBYTE.length);
        modest.finish(LONG);
        assertThat(flowing.size()).isEqualTo(KILOBYTE.length);
        stuck.open.countDown();
    }
}
