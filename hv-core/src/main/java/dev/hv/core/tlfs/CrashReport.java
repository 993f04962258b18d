package dev.hv.core.tlfs;

/**
 * What a guest says through the crash registers (TLFS, "Guest Crash Enlightenment"). It is a report: the partition runs on, into a kernel
 * that keeps a dump, a restart or a halt.
 *
 * @param partitionId the partition
 * @param vpIndex the virtual processor that reported
 * @param detail the parameters, and in further lines the guest's own words if it gave any
 * @param registers register dump for people
 */
public record CrashReport(long partitionId, int vpIndex, String detail, String registers) {}
