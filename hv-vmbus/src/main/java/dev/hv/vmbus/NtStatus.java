package dev.hv.vmbus;

/** Statuses that the bus answers with. */
final class NtStatus {
    static final int SUCCESS = 0;
    static final int UNSUCCESSFUL = 0xC000_0001;
    static final int INVALID_PARAMETER = 0xC000_000D;
    static final int CONNECTION_REFUSED = 0xC000_0236;

    private NtStatus() {}
}
