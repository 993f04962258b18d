package dev.hv.cli.root.worker;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.HostWork;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * What the devices of one virtual machine have of the machine that it is on: timers of its clock, and shares of its turns. All of it is given
 * back at once when the virtual machine is deleted; a timer that somebody arms afterwards never fires.
 */
final class VmLease implements Clock, HostWork.Source {

    private final Clock clock;
    private final HostWork.Source turns;
    private final List<Timer> timers = new ArrayList<>();
    private final List<HostWork> shares = new ArrayList<>();
    private boolean ended;
    /** Nanoseconds by which the host's date has jumped. */
    private long jumped;

    /** Nothing yet, of this clock and these turns. */
    VmLease(Clock clock, HostWork.Source turns) {
        this.clock = clock;
        this.turns = turns;
    }

    /** Gives everything back. */
    void end() {
        ended = true;
        timers.forEach(Timer::cancel);
        shares.forEach(HostWork::close);
    }

    @Override
    public long nanos() {
        return clock.nanos();
    }

    @Override
    public long bootEpochSeconds() {
        return clock.bootEpochSeconds();
    }

    @Override
    public long wallNanos() {
        return clock.wallNanos() + jumped;
    }

    /** The host's date jumps, as this machine sees it, forward or (below 0) back. */
    void jump(long nanos) {
        jumped += nanos;
    }

    /** By how much it has jumped. */
    long jumped() {
        return jumped;
    }

    @Override
    public Timer timer(String name, Runnable action) {
        var leased = new Leased(clock.timer(name, action));
        timers.add(leased);
        return leased;
    }

    @Override
    public HostWork work(Runnable goOn) {
        HostWork share = turns.work(goOn);
        shares.add(share);
        return share;
    }

    /** A timer that cannot be armed after the end. */
    private final class Leased implements Timer {
        private final Timer timer;

        Leased(Timer timer) {
            this.timer = timer;
        }

        @Override
        public void arm(long deadlineNanos) {
            if (!ended) {
                timer.arm(deadlineNanos);
            }
        }

        @Override
        public void cancel() {
            timer.cancel();
        }

        @Override
        public boolean armed() {
            return timer.armed();
        }

        @Override
        public void save(StateWriter out) {
            timer.save(out);
        }

        @Override
        public void restore(StateReader in) {
            timer.restore(in);
        }
    }
}
