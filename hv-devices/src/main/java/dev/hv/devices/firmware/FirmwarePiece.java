package dev.hv.devices.firmware;

/**
 * Bytes that a loader copies to guest memory.
 *
 * @param address guest-physical address
 * @param bytes what goes there
 */
public record FirmwarePiece(long address, byte[] bytes) {}
