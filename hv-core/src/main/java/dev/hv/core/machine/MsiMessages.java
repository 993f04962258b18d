package dev.hv.core.machine;

/**
 * Messages in the format that local APICs understand themselves (SDM vol. 3A, 11.11; APM vol. 2, 16.11): address 31:20 are 0xFEE, 19:12 the
 * destination, 11:5 its bits 14:8 where systems know that, 2 its mode; data 7:0 are the vector, 10:8 the delivery mode, 15 the trigger mode.
 */
public final class MsiMessages implements MsiPort {

    /** First address that interrupt controllers answer at. */
    public static final long BASE = 0xFEE0_0000L;
    private static final long WINDOW = 0xFFFF_FFFF_FFF0_0000L;
    private static final int LOGICAL = 1 << 2;
    private static final int LEVEL = 1 << 15;
    private static final int ASSERT = 1 << 14;

    private final InterruptMessageSink apics;

    /** Messages to these local APICs. */
    public MsiMessages(InterruptMessageSink apics) {
        this.apics = apics;
    }

    /** Whether a write to an address is an interrupt, not one of memory. */
    public static boolean isMessage(long address) {
        return (address & WINDOW) == BASE;
    }

    @Override
    public void send(long address, int data) {
        boolean level = (data & LEVEL) != 0;
        if (!isMessage(address) || level && (data & ASSERT) == 0) {
            return;
        }
        int destination = (int) (address >>> 12 & 0xFF | (address >>> 5 & 0x7F) << 8);
        apics.deliver(destination, (address & LOGICAL) != 0, data >>> 8 & 7, data & 0xFF, level);
    }
}
