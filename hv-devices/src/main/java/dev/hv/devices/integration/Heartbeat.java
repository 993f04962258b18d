package dev.hv.devices.integration;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.protocol.Guid;

/** Heartbeat: the host asks every two seconds, the guest answers with the next number. */
public final class Heartbeat extends IntegrationComponent {

    /** What is known of the guest. */
    public enum Health {
        /** The guest's driver has not answered yet, or has gone. */
        NO_CONTACT,
        OK,
        /** The guest does not answer any more. */
        LOST
    }

    private static final long PERIOD_NANOS = 2_000_000_000L;
    /** Beats without an answer after which a guest counts as lost. */
    private static final int MOST_MISSED = 5;
    /** Payload: sequence number u64, state of the applications u32, reserved. */
    private static final int SEQUENCE = 0;
    private static final int PAYLOAD_SIZE = 40;

    private final Clock clock;
    private final Clock.Timer timer;
    private long sequence;
    private long answers;
    private int missed;
    private Health health = Health.NO_CONTACT;

    /** A component without a guest. */
    public Heartbeat(Clock clock) {
        super(clock, Guid.of("57164f39-9115-4e78-ab55-382f3bd5422d"), Guid.of("fd149e91-82e0-4a7d-afa6-2a4166cbd7c0"), "heartbeat",
                IcFormat.HEARTBEAT, 1 << 16, 3 << 16);
        this.clock = clock;
        timer = clock.timer("heartbeat", this::beat);
    }

    /** How the guest is. */
    public Health health() {
        return health;
    }

    /** Beats that the guest has answered. */
    public long answers() {
        return answers;
    }

    /** The number that the next beat carries. */
    public long sequence() {
        return sequence;
    }

    @Override
    void ready() {
        beat();
    }

    private void beat() {
        timer.arm(clock.nanos() + PERIOD_NANOS);
        byte[] p = new byte[PAYLOAD_SIZE];
        LittleEndian.put64(p, SEQUENCE, sequence);
        if (!request(p)) {
            miss();
        }
    }

    private void miss() {
        if (++missed > MOST_MISSED) {
            health = Health.LOST;
        }
    }

    @Override
    void answered(int status, byte[] message, int length) {
        if (length >= IcFormat.PAYLOAD + 8 && LittleEndian.u64(message, IcFormat.PAYLOAD + SEQUENCE) == sequence + 1) {
            missed = 0;
            health = Health.OK;
            sequence += 2;
            answers++;
        } else {
            miss();
        }
    }

    /** The beats that go missing meanwhile are counted. */
    @Override
    void lost() {}

    @Override
    void gone() {
        timer.cancel();
        health = Health.NO_CONTACT;
        missed = 0;
    }

    @Override
    void saveMore(StateWriter out) {
        out.put("sequence", sequence);
        out.put("answers", answers);
        out.put("missed", missed);
        out.put("health", health.ordinal());
        timer.save(out);
    }

    @Override
    void restoreMore(StateReader in) {
        sequence = in.take();
        answers = in.take();
        missed = (int) in.take();
        health = Health.values()[(int) in.take()];
        timer.restore(in);
    }
}
