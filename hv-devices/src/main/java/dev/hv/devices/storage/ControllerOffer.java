package dev.hv.devices.storage;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.vmbus.channel.Channel;
import dev.hv.vmbus.channel.Offers;
import dev.hv.vmbus.protocol.ChannelOffer;

/**
 * A SCSI controller's place on a bus: its offer, which can be taken back and made again while the guest runs.
 *
 * <p>Linux' storvsc looks at no ring any more once it has heard of a rescind (vmbus_chan_sched), and what it had under way then, or begins later, it waits for without end. So the offer goes in order: what is under
 * way ends, all units are gone, of which the guest hears first, and when it has asked for nothing for a while it has let go of them and hears of the rescind.
 */
public final class ControllerOffer implements Saveable {

    /** Nanoseconds between two looks at whether the guest is done with the units. */
    static final long LOOK = 50_000_000;
    /** So many looks in a row that find nothing new are enough: Linux waits for grace periods of some 100 ms between the requests of a scan. */
    static final int QUIET_LOOKS = 10;
    /** So many are enough while it has asked for nothing at all since it was told: it does not listen. */
    static final int DEAF_LOOKS = 3;
    /** So many looks at most: a guest that goes on whatever it is told loses the channel nevertheless. */
    static final int MOST_LOOKS = 200;
    private static final int VERSION = 1;

    private enum State {
        OFFERED,
        /** The guest is told that the units are gone. */
        LEAVING,
        /** As before, and it is to be offered again. */
        LEAVING_TO_RETURN,
        AWAY
    }

    private final Offers bus;
    private final Clock clock;
    private final ChannelOffer offer;
    private final StorageController controller;
    private final Clock.Timer timer;
    private Channel channel;
    private State state;
    private int looks;
    private int quiet;
    private long seen;
    private long before;

    /** Offers a controller; a guest that is connected hears of it at once. */
    public ControllerOffer(Offers bus, Clock clock, ChannelOffer offer, StorageController controller) {
        this.bus = bus;
        this.clock = clock;
        this.offer = offer;
        this.controller = controller;
        timer = clock.timer("departure of " + offer.name(), this::look);
        make();
    }

    private void make() {
        state = State.OFFERED;
        controller.hide(false);
        channel = bus.offer(offer, controller);
        controller.offeredOn(channel);
    }

    /** Whether it is offered, and stays so. */
    public boolean there() {
        return state == State.OFFERED || state == State.LEAVING_TO_RETURN;
    }

    /** Takes the offer back, or makes it again; false when it was so already. */
    public boolean offer(boolean there) {
        if (there == there()) {
            return false;
        }
        switch (state) {
            case AWAY -> make();
            case LEAVING -> state = State.LEAVING_TO_RETURN;
            case LEAVING_TO_RETURN -> state = State.LEAVING;
            case OFFERED -> {
                state = State.LEAVING;
                controller.hide(true);
                looks = 0;
                quiet = 0;
                before = controller.requests();
                seen = before;
                if (channel.open()) {
                    timer.arm(clock.nanos() + LOOK);
                } else {
                    leave();
                }
            }
        }
        return true;
    }

    private void look() {
        long now = controller.requests();
        boolean idle = now == seen && controller.idle();
        seen = now;
        quiet = idle ? quiet + 1 : 0;
        looks++;
        if (quiet >= (now == before ? DEAF_LOOKS : QUIET_LOOKS) || looks >= MOST_LOOKS || !channel.open()) {
            leave();
        } else {
            timer.arm(clock.nanos() + LOOK);
        }
    }

    private void leave() {
        timer.cancel();
        boolean again = state == State.LEAVING_TO_RETURN;
        state = State.AWAY;
        controller.abortAll();
        channel.rescind();
        if (again) {
            make();
        }
    }

    /** The virtual machine is reset: nobody is there who would have to let go. */
    public void reset() {
        if (state == State.LEAVING || state == State.LEAVING_TO_RETURN) {
            leave();
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("controller-offer", VERSION);
        out.put("state", state.ordinal());
        out.tell("state-name", state::name);
        out.put("looks", looks);
        out.put("quiet", quiet);
        out.put("seen", seen);
        out.put("before", before);
        timer.save(out);
        controller.save(out);
        out.end();
    }

    /** Restores it on a bus that is restored already, and has no more what was taken back. */
    @Override
    public void restore(StateReader in) {
        in.begin("controller-offer", VERSION);
        state = State.values()[(int) in.take()];
        looks = (int) in.take();
        quiet = (int) in.take();
        seen = in.take();
        before = in.take();
        timer.restore(in);
        controller.restore(in);
        in.end();
    }
}
