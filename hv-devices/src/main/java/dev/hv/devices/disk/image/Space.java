package dev.hv.devices.disk.image;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Room for blocks of one size in a file. What was given back serves again only when the host has made durable that nothing names it any more: else a loss of power
 * could bring back a table in which two blocks share it.
 */
final class Space {

    private final Deque<Long> free = new ArrayDeque<>();
    private final List<Long> unflushed = new ArrayList<>();

    /** A block that nothing uses and that is all zero; -1 when there is none. */
    long take() {
        Long at = free.poll();
        return at == null ? -1 : at;
    }

    /** A block is used no longer, and has been made zero. */
    void giveBack(long at) {
        unflushed.add(at);
    }

    /** Everything written is durable. */
    void flushed() {
        free.addAll(unflushed);
        unflushed.clear();
    }
}
