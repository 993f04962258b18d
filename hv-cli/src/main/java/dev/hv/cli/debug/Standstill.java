package dev.hv.cli.debug;

import dev.hv.core.machine.VirtualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A computer that stands for its debuggers, of which each has a machine of it: it goes on when none of them wants to look any more. Time stands still
 * meanwhile.
 */
public final class Standstill {

    private static final long LOOK_MILLIS = 50;

    private final VirtualClock clock;
    private final Consumer<Runnable> still;
    private final BooleanSupplier over;
    private final List<GdbServer> servers = new ArrayList<>();
    private final Semaphore came = new Semaphore(0);
    private boolean standing;

    /**
     * A computer that runs.
     *
     * @param still does something while no processor runs
     * @param over whether the run is to end, whatever debuggers want
     */
    public Standstill(VirtualClock clock, Consumer<Runnable> still, BooleanSupplier over) {
        this.clock = clock;
        this.still = still;
        this.over = over;
    }

    void add(GdbServer server) {
        servers.add(server);
    }

    boolean over() {
        return over.getAsBoolean();
    }

    /** Something has come for a debugger's server. Any thread. */
    void came() {
        came.release();
    }

    /** Stays until every debugger that wants to look lets the computer run, or has gone. */
    public void hold() {
        if (standing) {
            return;
        }
        standing = true;
        try {
            clock.standStill(() -> still.accept(this::serve));
        } finally {
            standing = false;
        }
    }

    private void serve() {
        try {
            servers.forEach(GdbServer::attend);
            while (!over.getAsBoolean() && servers.stream().anyMatch(GdbServer::standing)) {
                if (came.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    came.drainPermits();
                }
                servers.forEach(GdbServer::attend);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
