package dev.hv.devices.integration;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.vmbus.protocol.Guid;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;

/** Shutdown: asks the guest's operating system to end itself in good order. */
public final class Shutdown extends IntegrationComponent {

    /** What to ask for. */
    public enum Kind {
        POWER_OFF(0),
        RESTART(2),
        HIBERNATE(4);

        private final int flags;

        Kind(int flags) {
            this.flags = flags;
        }
    }

    private static final int TIMEOUT = 4;
    private static final int FLAGS = 8;
    private static final int TEXT = 12;
    private static final int TEXT_SIZE = 2048;
    private static final int FORCE = 1;
    private static final int HIBERNATE_SINCE = 3 << 16 | 2;

    /** Who waits for an answer; null for nobody. */
    private IntConsumer result;

    /** A component without a guest. */
    public Shutdown(Clock clock) {
        super(clock, Guid.of("0e0b6031-5213-4934-818b-38d90ced39db"), Guid.of("b6650ff7-33bc-4840-8048-e0676786f393"), "shutdown", IcFormat.SHUTDOWN,
                1 << 16, 3 << 16, 3 << 16 | 1, HIBERNATE_SINCE);
    }

    /**
     * Asks the guest.
     *
     * @param force whether programs that object are ended
     * @param reason for the guest's log
     * @param newResult gets the guest's answer once, an HRESULT: 0 means that it does as it was asked; E_FAIL also when no answer comes
     * @return false when no guest listens, or it cannot do this
     */
    public boolean request(Kind kind, boolean force, String reason, IntConsumer newResult) {
        if (!idle() || kind == Kind.HIBERNATE && version() < HIBERNATE_SINCE) {
            return false;
        }
        byte[] p = new byte[TEXT + TEXT_SIZE];
        LittleEndian.put32(p, TIMEOUT, 0);
        LittleEndian.put32(p, FLAGS, kind.flags | (force ? FORCE : 0));
        byte[] text = reason.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, p, TEXT, Math.min(text.length, TEXT_SIZE - 1));
        if (!request(p)) {
            return false;
        }
        result = newResult;
        return true;
    }

    @Override
    void ready() {}

    @Override
    void answered(int status, byte[] message, int length) {
        if (result != null) {
            IntConsumer r = result;
            result = null;
            r.accept(status);
        }
    }

    @Override
    void lost() {
        answered(IcFormat.FAIL, new byte[0], 0);
    }

    /** Who asks in this timeline is not of the one that comes. */
    @Override
    void restoreMore(StateReader in) {
        result = null;
    }

    @Override
    void gone() {
        lost();
    }
}
