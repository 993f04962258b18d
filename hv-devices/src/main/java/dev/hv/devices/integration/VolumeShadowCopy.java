package dev.hv.devices.integration;

import static dev.hv.devices.integration.ShadowCopyFormat.*;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.protocol.Guid;
import java.util.function.IntConsumer;

/**
 * Volume shadow copies: the guest writes out and freezes its file systems, the host copies its disks, and the guest thaws them. File
 * systems are never left frozen: a guest that was frozen for nobody, or for too long, is thawed. Hyper-V's production checkpoints.
 */
public final class VolumeShadowCopy extends IntegrationComponent {

    /** How far a shadow copy is. */
    private enum Phase {
        NONE,
        CHECKING,
        FREEZING,
        FROZEN,
        THAWING,
        COMPLETING
    }

    /** Longer than Linux gives its daemon for anything but freezing. */
    private static final long ANSWER_NANOS = 40_000_000_000L;
    /** File systems write out what waits first. */
    private static final long FREEZE_NANOS = 120_000_000_000L;
    private static final long SOON_NANOS = 1_000;
    /** Nothing can be written in the guest meanwhile. */
    private static final long MOST_FROZEN_NANOS = 10_000_000_000L;

    private final Clock clock;
    /** When a frozen guest is thawed, whoever froze it. */
    private final Clock.Timer thaw;
    private Phase phase = Phase.NONE;
    /** Nobody wants the guest frozen any more: when it is, it is thawed. */
    private boolean abandoned;
    private long freezes;
    /** Who waits for file systems to be frozen; null for nobody. */
    private IntConsumer frozen;

    /** A component without a guest. */
    public VolumeShadowCopy(Clock clock) {
        super(clock, Guid.of("35fa2e29-ea23-4236-96ae-3a6ebacba440"), Guid.of("2450ee40-33bf-4fbd-892e-9fb06e9214cf"), "vss", IcFormat.SHADOW_COPY, 5 << 16);
        this.clock = clock;
        thaw = clock.timer("vss thaw", this::thawNow);
    }

    /**
     * Has the guest freeze its file systems.
     *
     * @param result gets an HRESULT once: 0 when they are frozen, for ten seconds of the guest's time at most; then {@link #thawSoon} is
     *     to be called. E_FAIL also when no answer comes, or the guest has no daemon for it
     * @return false when no guest listens, or this is under way: then nothing is called
     */
    public boolean freeze(IntConsumer result) {
        if (phase != Phase.NONE || !ask(Phase.CHECKING, CHECK, ANSWER_NANOS)) {
            return false;
        }
        frozen = result;
        abandoned = false;
        return true;
    }

    /** Has a frozen guest go on, a moment from now; nothing happens here, and no timer is due. A guest that is restored from between thaws, too. */
    public void thawSoon() {
        if (phase == Phase.FROZEN) {
            thaw.arm(clock.nanos() + SOON_NANOS);
        }
    }

    /** Whether the guest's file systems are frozen. */
    public boolean isFrozen() {
        return phase == Phase.FROZEN;
    }

    /** How often the guest froze its file systems. */
    public long freezes() {
        return freezes;
    }

    private boolean ask(Phase next, int operation, long answerNanos) {
        byte[] p = new byte[SIZE];
        p[0] = (byte) operation;
        boolean asked = request(p, answerNanos);
        if (asked) {
            phase = next;
        }
        return asked;
    }

    private void thawNow() {
        thaw.cancel();
        if (phase == Phase.FROZEN && !ask(Phase.THAWING, THAW, ANSWER_NANOS)) {
            // the ring is full of what the guest does not take; it will have room
            thaw.arm(clock.nanos() + Clock.SECOND);
        }
    }

    @Override
    void ready() {
        // a late answer: a guest that may have frozen by now must not stay so
        if (abandoned && phase == Phase.FREEZING) {
            phase = Phase.FROZEN;
            thawNow();
        } else {
            phase = Phase.NONE;
        }
        abandoned = false;
    }

    @Override
    void answered(int status, byte[] message, int length) {
        switch (phase) {
            case CHECKING -> {
                if (status != IcFormat.SUCCESS || frozen == null || !ask(Phase.FREEZING, FREEZE, FREEZE_NANOS)) {
                    phase = Phase.NONE;
                    tell(status == IcFormat.SUCCESS ? IcFormat.FAIL : status);
                }
            }
            case FREEZING -> frozen(status);
            case THAWING -> {
                if (!ask(Phase.COMPLETING, COMPLETE, ANSWER_NANOS)) {
                    phase = Phase.NONE;
                }
            }
            default -> phase = Phase.NONE;
        }
    }

    private void frozen(int status) {
        if (status != IcFormat.SUCCESS) {
            // Linux' daemon has thawed what it had frozen
            phase = Phase.NONE;
            tell(status);
            return;
        }
        phase = Phase.FROZEN;
        freezes++;
        thaw.arm(clock.nanos() + (frozen == null ? SOON_NANOS : MOST_FROZEN_NANOS));
        tell(status);
    }

    private void tell(int status) {
        IntConsumer f = frozen;
        frozen = null;
        if (f != null) {
            f.accept(status);
        }
    }

    @Override
    void lost() {
        abandoned = true;
        tell(IcFormat.FAIL);
    }

    /** Linux thaws when its daemon or its channel goes. */
    @Override
    void gone() {
        thaw.cancel();
        phase = Phase.NONE;
        abandoned = false;
        tell(IcFormat.FAIL);
    }

    @Override
    void saveMore(StateWriter out) {
        out.put("phase", phase.ordinal());
        out.put("abandoned", abandoned);
        out.put("freezes", freezes);
        thaw.save(out);
        out.tell("frozen", this::isFrozen);
    }

    /** Who asked in this timeline is not of the one that comes, where a guest that freezes is thawed at once. */
    @Override
    void restoreMore(StateReader in) {
        phase = Phase.values()[(int) in.take()];
        abandoned = in.takeBoolean();
        freezes = in.take();
        thaw.restore(in);
        frozen = null;
    }
}
