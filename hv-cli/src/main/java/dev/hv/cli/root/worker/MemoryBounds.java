package dev.hv.cli.root.worker;

/**
 * Between which bounds a virtual machine's memory changes.
 *
 * @param minimum bytes that it keeps
 * @param maximum bytes that it can come to
 * @param buffer what it gets beyond its need, in percent of that
 * @param weight its share where the host has too little for all
 */
public record MemoryBounds(long minimum, long maximum, int buffer, int weight) {}
