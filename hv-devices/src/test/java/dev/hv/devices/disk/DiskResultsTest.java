package dev.hv.devices.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.core.machine.Outside;
import dev.hv.core.machine.ReplayDivergence;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.vmbus.guest.TestClock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to disks whose host fails, and again on one whose host does not. */
class DiskResultsTest {

    private static final int SIZE = 1 << 20;
    private static final int SECTOR = 512;

    /** A disk of a host that fails as its dice have it, in the middle of a change, too. */
    private static final class BadHost extends MemoryDisk {
        private final byte[] bytes;
        private final Random dice;
        /** How the next read goes, after a change that failed; 0 as the dice have it. */
        private int next;

        BadHost(byte[] bytes, Random dice) {
            super(bytes, SECTOR, false);
            this.bytes = bytes;
            this.dice = dice;
        }

        private boolean bad() {
            return dice != null && dice.nextInt(4) == 0;
        }

        private DiskStatus how() {
            return dice.nextBoolean() ? DiskStatus.IO_ERROR : DiskStatus.NO_SPACE;
        }

        @Override
        public DiskStatus read(long offset, byte[] to, int at, int length) {
            int how = next;
            next = 0;
            if (how < 0 || how == 0 && bad()) {
                // what a failed read leaves is nobody's
                dice.nextBytes(to);
                return DiskStatus.IO_ERROR;
            }
            return super.read(offset, to, at, length);
        }

        @Override
        public DiskStatus write(long offset, byte[] from, int at, int length) {
            if (bad()) {
                super.write(offset, from, at, torn(length));
                return how();
            }
            return super.write(offset, from, at, length);
        }

        @Override
        public DiskStatus zero(long offset, long length) {
            if (bad()) {
                Arrays.fill(bytes, (int) offset, (int) offset + torn((int) length), (byte) 0);
                return how();
            }
            return super.zero(offset, length);
        }

        /** How much of a change is done that fails: nothing of one to a place that cannot be read either. */
        private int torn(int length) {
            next = dice.nextInt(4) == 0 ? -1 : 1;
            return next < 0 ? 0 : dice.nextInt(length);
        }

        @Override
        public boolean discards() {
            return true;
        }

        @Override
        public DiskStatus discard(long offset, long length) {
            return zero(offset, length);
        }

        @Override
        public DiskStatus flush() {
            return bad() ? how() : DiskStatus.OK;
        }
    }

    /** Some operations on a disk, up to the second that fails, as units make them. */
    private static final class Row implements DiskRequest {
        private final Disk disk;
        private final Random what;
        final List<Object> seen = new ArrayList<>();
        boolean finished;

        Row(Disk disk, long seed) {
            this.disk = disk;
            what = new Random(seed);
        }

        @Override
        public Disk disk() {
            return disk;
        }

        @Override
        public int bytes() {
            return 0;
        }

        @Override
        public boolean begin() {
            return true;
        }

        @Override
        public void carryOut() {
            int bad = 0;
            for (int n = 1 + what.nextInt(6); n > 0 && bad < 2; n--) {
                int first = what.nextInt(SIZE / SECTOR);
                int length = (1 + what.nextInt(SIZE / SECTOR - first)) * SECTOR;
                byte[] b = new byte[length];
                DiskStatus s = switch (what.nextInt(5)) {
                    case 0 -> disk.read(first * SECTOR, b, 0, length);
                    case 1 -> {
                        what.nextBytes(b);
                        yield disk.write(first * SECTOR, b, 0, length);
                    }
                    case 2 -> disk.zero(first * SECTOR, length);
                    case 3 -> disk.discard(first * SECTOR, length);
                    default -> disk.flush();
                };
                seen.add(s);
                if (s == DiskStatus.OK) {
                    seen.add(Arrays.hashCode(b));
                } else {
                    bad++;
                }
            }
        }

        @Override
        public void finish() {
            finished = true;
        }
    }

    /** Keeps what came in, and gives it again. */
    private static final class Kept implements Outside {
        private final ArrayDeque<byte[]> kept;
        private final boolean again;
        private Consumer<byte[]> taker;

        Kept(ArrayDeque<byte[]> kept, boolean again) {
            this.kept = kept;
            this.again = again;
        }

        @Override
        public Inlet inlet(String name, Consumer<byte[]> newTaker) {
            taker = newTaker;
            return new Inlet() {
                @Override
                public void give(byte... bytes) {
                    kept.add(bytes);
                    newTaker.accept(bytes);
                }

                @Override
                public void end() {}
            };
        }

        @Override
        public long ask(LongSupplier host) {
            throw new AssertionError("no number is asked for");
        }

        @Override
        public byte[] askBytes(Supplier<byte[]> host) {
            if (!again) {
                kept.add(host.get());
                return kept.getLast();
            }
            return kept.remove();
        }

        @Override
        public boolean replays() {
            return again;
        }
    }

    private static void run(Kept outside, TestClock clock, boolean realTime, Row row) {
        if (!realTime) {
            new TimedQueues(clock, outside).queue("d").submit(row);
            clock.advance(1_000_000_000L);
        } else {
            new HostQueues(Runnable::run, Runnable::run, outside).queue("d").submit(row);
            if (outside.again) {
                outside.taker.accept(outside.kept.remove());
            }
        }
        assertThat(row.finished).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHostThatFailsIsRepeatedOnOneThatDoesNot(boolean realTime) {
        var dice = new Random(1);
        int failures = 0;
        var kept = new ArrayDeque<byte[]>();
        byte[] first = new byte[SIZE];
        dice.nextBytes(first);
        byte[] second = first.clone();
        var host = new BadHost(first, dice);
        var recorded = new ExchangedDisk(host, true, new DiskResults("a"));
        var repeated = new ExchangedDisk(new BadHost(second, null), true, new DiskResults("a"));
        for (int i = 0; i < 300; i++) {
            var once = new Row(recorded, i);
            run(new Kept(kept, false), new TestClock(), realTime, once);
            assertThat(kept.peek().length > (realTime ? 8 : 0)).isEqualTo(once.seen.contains(DiskStatus.IO_ERROR) || once.seen.contains(DiskStatus.NO_SPACE));
            byte[] failed = kept.peek();
            var again = new Row(repeated, i);
            run(new Kept(kept, true), new TestClock(), realTime, again);
            assertThat(again.seen).as("request %d", i).isEqualTo(once.seen);
            assertThat(second).as("disk after request %d", i).isEqualTo(first);
            failures += failed.length > 8 ? 1 : 0;
            assertThat(kept).isEmpty();
        }
        assertThat(failures).isGreaterThan(100);
    }

    private static ExchangedDisk disk(Random dice) {
        return new ExchangedDisk(new BadHost(new byte[SIZE], dice), true, new DiskResults("d.img"));
    }

    @Test
    void aHostThatFailsInAReplayAloneEndsIt() {
        Random bad = new Random() {
            @Override
            public int nextInt(int bound) {
                return 0;
            }
        };
        assertThatThrownBy(() -> DiskResults.repeat(new Row(disk(bad), 3), new byte[0])).isInstanceOf(ReplayDivergence.class).hasMessageStartingWith("disk d.img: the host fails at byte ");
    }

    @Test
    void anotherRequestThanTheOneThatWasRecordedIsNoticed() {
        byte[] later = new byte[17];
        LittleEndian.put32(later, 0, 1000);
        later[4] = (byte) DiskStatus.IO_ERROR.ordinal();
        assertThatThrownBy(() -> DiskResults.repeat(new Row(disk(null), 3), later)).isInstanceOf(ReplayDivergence.class).hasMessageContaining("where 1001 were recorded");
    }

    /** What is recorded may be anything: it is refused, and the disk gets nothing beyond what the request reaches. */
    @Test
    void randomResultsAreRefused() {
        var random = new Random(5);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] some = new byte[random.nextInt(60)];
            random.nextBytes(some);
            if (some.length >= 17) {
                // as far as can be
                LittleEndian.put32(some, 0, random.nextInt(3));
                some[4] = (byte) (1 + random.nextInt(2));
                LittleEndian.put64(some, 5, random.nextBoolean() ? 0 : random.nextInt(1 << 22) - 1000);
                LittleEndian.put32(some, 13, random.nextBoolean() ? some.length - 17 : random.nextInt());
            }
            try {
                DiskResults.repeat(new Row(disk(null), i), some);
            } catch (ReplayDivergence e) {
                refused++;
                assertThat(e.getMessage()).contains("disk d.img").doesNotContain("\n");
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    /** A guest sees a disk that is as long as when it was opened: what the host cuts off fails. */
    @Test
    void theSizeIsThatOfTheBeginning() {
        long[] size = {SIZE};
        var host = new MemoryDisk(new byte[SIZE], SECTOR, true) {
            @Override
            public long size() {
                return size[0];
            }
        };
        var recorded = new ExchangedDisk(host, false, new DiskResults("d"));
        var plain = new ExchangedDisk(host);
        size[0] = SECTOR;
        assertThat(recorded.size()).isEqualTo(SIZE);
        assertThat(plain.size()).isEqualTo(SECTOR);
    }
}
