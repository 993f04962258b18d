package dev.hv.vmbus.protocol;

/** Statuses that the bus answers with. */
public final class NtStatus {
    public static final int SUCCESS = 0;
    public static final int UNSUCCESSFUL = 0xC000_0001;
    public static final int INVALID_PARAMETER = 0xC000_000D;
    public static final int CONNECTION_REFUSED = 0xC000_0236;

    private NtStatus() {}
}
