package dev.hv.devices.memory;

/**
 * What a guest says of its memory, in pages.
 *
 * @param available pages it could give to programs
 * @param committed pages that its programs were promised, with those that were taken from it
 */
public record MemoryReport(long available, long committed) {}
