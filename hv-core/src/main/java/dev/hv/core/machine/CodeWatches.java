package dev.hv.core.machine;

import dev.hv.cpu.memory.PhysicalBus.CodeWatcher;

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

    /** A registry for pages 0 … {@code pageCount - 1}. */
    CodeWatches(long pageCount) {
        pages = new Watch[(int) (pageCount + CHUNK - 1 >>> 9)][];
    }

    /** Says which lines of a page a watcher is told about from now on; 0 ends it. */
    void watch(long page, int lines, CodeWatcher watcher) {
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

    /** Tells the watchers of a page that {@code length} bytes at {@code offset} in it, which is at {@code physical}, were written. */
    void written(long page, long physical, int length) {
        Watch[] chunk = pages[(int) (page >>> 9)];
        if (chunk == null) {
            return;
        }
        int first = (int) (physical & 0xFFF) >>> 7;
        int last = (int) (physical & 0xFFF) + length - 1 >>> 7;
        int touched = -1 << first & -1 >>> 31 - last;
        for (Watch w = chunk[(int) page & CHUNK - 1]; w != null; w = w.next) {
            if ((w.lines & touched) != 0) {
                w.watcher.codeWritten(physical, length);
            }
        }
    }
}
