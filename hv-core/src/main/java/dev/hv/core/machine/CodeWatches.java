package dev.hv.core.machine;

import dev.hv.cpu.memory.PhysicalBus.CodeWatcher;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Which 128-byte lines of which pages hold instructions that a processor has decoded. Looked at on every foreign write. */
final class CodeWatches {

    private static final int CHUNK = 512;

    /** One processor's interest in one page. */
    private static final class Watch {
        final CodeWatcher watcher;
        Watch next;
        int lines;

        Watch(CodeWatcher watcher, int lines, Watch next) {
            this.watcher = watcher;
            this.lines = lines;
            this.next = next;
        }
    }

    private final Watch[][] pages;
    private Consumer<Runnable> exclusive = Runnable::run;
    private LongConsumer found = page -> {};

    /** A registry for pages 0 … {@code pageCount - 1}. */
    CodeWatches(long pageCount) {
        pages = new Watch[(int) (pageCount + CHUNK - 1 >>> 9)][];
    }

    /** Sets who hears of pages watched for the first time, and how everybody is kept from writing to them meanwhile. */
    void onFirst(Consumer<Runnable> newExclusive, LongConsumer newFound) {
        exclusive = newExclusive;
        found = newFound;
    }

    /** Says which lines of a page a watcher is told about from now on; 0 ends it. */
    void watch(long page, int lines, CodeWatcher watcher) {
        if (lines != 0 && !watched(page)) {
            exclusive.accept(() -> {
                set(page, lines, watcher);
                found.accept(page);
            });
        } else {
            set(page, lines, watcher);
        }
    }

    /** Whether somebody watches a page. */
    boolean watched(long page) {
        Watch[] chunk = pages[(int) (page >>> 9)];
        return chunk != null && chunk[(int) page & CHUNK - 1] != null;
    }

    private synchronized void set(long page, int lines, CodeWatcher watcher) {
        int chunk = (int) (page >>> 9);
        int i = (int) page & CHUNK - 1;
        if (pages[chunk] == null) {
            if (lines == 0) {
                return;
            }
            pages[chunk] = new Watch[CHUNK];
        }
        Watch previous = null;
        for (Watch w = pages[chunk][i]; w != null; previous = w, w = w.next) {
            if (w.watcher == watcher) {
                w.lines = lines;
                if (lines == 0 && previous == null) {
                    pages[chunk][i] = w.next;
                } else if (lines == 0) {
                    previous.next = w.next;
                }
                return;
            }
        }
        if (lines != 0) {
            pages[chunk][i] = new Watch(watcher, lines, pages[chunk][i]);
        }
    }

    /**
     * Tells the watchers of a page that {@code length} bytes at {@code offset} in it, which is at {@code physical}, were written.
     *
     * @param except a watcher that knows, or null
     */
    void written(long page, long physical, int length, CodeWatcher except) {
        if (watched(page)) {
            tell(page, physical, length, except);
        }
    }

    private synchronized void tell(long page, long physical, int length, CodeWatcher except) {
        int first = (int) (physical & 0xFFF) >>> 7;
        int last = (int) (physical & 0xFFF) + length - 1 >>> 7;
        int touched = -1 << first & -1 >>> 31 - last;
        Watch next;
        for (Watch w = pages[(int) (page >>> 9)][(int) page & CHUNK - 1]; w != null; w = next) {
            // who is told may end its watch
            next = w.next;
            if (w.watcher != except && (w.lines & touched) != 0) {
                w.watcher.codeWritten(physical, length);
            }
        }
    }
}
