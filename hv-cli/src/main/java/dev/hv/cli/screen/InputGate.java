package dev.hv.cli.screen;

import dev.hv.core.machine.Outside;
import dev.hv.devices.input.InputEvent;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/** Where what people do at a machine's seat enters it: bounded, so that whoever does more than the machine takes waits. Part of recordings. */
public final class InputGate {

    /** Most events that wait for the machine. */
    private static final int MOST = 1 << 15;

    private final Outside.Inlet inlet;
    private final Semaphore room = new Semaphore(MOST);

    /** A way into a seat. On the machine's thread or before it runs. */
    public InputGate(String name, Outside outside, Consumer<List<InputEvent>> seat) {
        boolean replays = outside.replays();
        inlet = outside.inlet("input " + name, bytes -> {
            seat.accept(InputEvent.read(bytes));
            if (!replays) {
                room.release(bytes.length / InputEvent.SIZE);
            }
        });
    }

    /**
     * Has something done, soon. From any thread; waits while too much has not been taken yet.
     *
     * @throws InterruptedException when the thread is told to give up
     */
    public void give(List<InputEvent> events) throws InterruptedException {
        for (int at = 0; at < events.size(); at += MOST) {
            List<InputEvent> some = events.subList(at, Math.min(events.size(), at + MOST));
            room.acquire(some.size());
            inlet.give(InputEvent.write(some));
        }
    }
}
