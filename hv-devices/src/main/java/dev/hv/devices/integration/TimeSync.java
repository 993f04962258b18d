package dev.hv.devices.integration;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.protocol.Guid;
import java.util.function.LongSupplier;

/** Time synchronisation: tells the guest what time it is, once at the start so that it sets its clock, then as samples. */
public final class TimeSync extends IntegrationComponent {

    /** Units of 100 ns from 1601, where Windows' time starts, to 1970. */
    static final long EPOCH_1970 = 116_444_736_000_000_000L;

    private static final long PERIOD_NANOS = 5_000_000_000L;
    private static final int SYNC = 1;
    private static final int SAMPLE = 2;
    private static final int V4 = 4 << 16;
    /** Versions 1 and 3: parent time, child time, round trip u64 each, flags u8. */
    private static final int SIZE_3 = 25;
    private static final int FLAGS_3 = 24;
    /** Version 4: parent time, VM reference time u64 each, flags u8, leap u8, stratum u8, reserved. */
    private static final int SIZE_4 = 24;
    private static final int FLAGS_4 = 16;
    private static final int STRATUM_4 = 18;

    private final Clock clock;
    private final LongSupplier referenceTime;
    private final Clock.Timer timer;
    private boolean step;
    private long answers;

    /**
     * A component without a guest.
     *
     * @param referenceTime the partition's reference time, in units of 100 ns
     */
    public TimeSync(Clock clock, LongSupplier referenceTime) {
        super(clock, Guid.of("9527e630-d0ae-497b-adce-e80ab0175caf"), Guid.of("2dd1ce17-079e-403c-b352-a1921ee207ee"), "timesync", IcFormat.TIME_SYNC,
                1 << 16, 3 << 16, V4);
        this.clock = clock;
        this.referenceTime = referenceTime;
        timer = clock.timer("timesync", this::tick);
    }

    /** Has the guest set its clock: after a pause, a restore, or when somebody asks. */
    public void synchronize() {
        step = true;
        tick();
    }

    /** Messages that the guest has taken. */
    public long answers() {
        return answers;
    }

    @Override
    void ready() {
        synchronize();
    }

    private void tick() {
        if (!listening()) {
            return;
        }
        timer.arm(clock.nanos() + PERIOD_NANOS);
        if (idle() && request(payload(step ? SYNC : SAMPLE))) {
            step = false;
        }
    }

    @Override
    void lost() {
        step = true;
    }

    private byte[] payload(int flags) {
        long now = EPOCH_1970 + clock.wallNanos() / 100;
        boolean v4 = version() >= V4;
        byte[] p = new byte[v4 ? SIZE_4 : SIZE_3];
        LittleEndian.put64(p, 0, now);
        if (v4) {
            LittleEndian.put64(p, 8, referenceTime.getAsLong());
            p[STRATUM_4] = 1;
        }
        p[v4 ? FLAGS_4 : FLAGS_3] = (byte) flags;
        return p;
    }

    @Override
    void answered(int status, byte[] message, int length) {
        answers++;
        if (step) {
            tick();
        }
    }

    @Override
    void gone() {
        timer.cancel();
    }

    @Override
    void saveMore(StateWriter out) {
        out.put("step", step);
        out.put("answers", answers);
        timer.save(out);
    }

    @Override
    void restoreMore(StateReader in) {
        step = in.takeBoolean();
        answers = in.take();
        timer.restore(in);
    }
}
