package dev.hv.devices.vpci;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/** The interrupts of an assigned function that the child has asked for, by the messages that it got: they are taken away when it lets go of the function. */
final class VpciInterrupts implements Saveable {

    private static final int MOST_IN_A_ROW = 32;
    private static final int LEAST_VECTOR = 16;

    private final FunctionInterrupts machine;
    private final List<Long> messages = new ArrayList<>();

    VpciInterrupts(FunctionInterrupts machine) {
        this.machine = machine;
    }

    /**
     * Makes interrupts.
     *
     * @param count vectors in a row, 1 to 32
     * @return their message, address 31:0 and data 63:32; {@link FunctionInterrupts#NONE} when there are too many, or there is no such vector
     */
    long make(int vector, int count, long mask) {
        if (vector < LEAST_VECTOR || vector > 0xFF || count < 1 || count > MOST_IN_A_ROW) {
            return FunctionInterrupts.NONE;
        }
        long message = machine.make(vector, count, mask);
        if (message != FunctionInterrupts.NONE) {
            messages.add(message);
        }
        return message;
    }

    /** Takes interrupts away; nothing when the child has none with this message. */
    void delete(long message) {
        if (messages.remove(message)) {
            machine.delete(message);
        }
    }

    /** The function is the child's no more. */
    void clear() {
        messages.forEach(machine::delete);
        messages.clear();
    }

    @Override
    public void save(StateWriter out) {
        out.put("messages", messages.stream().mapToLong(Long::longValue).toArray());
    }

    /** What the messages lead to is restored with the machine. */
    @Override
    public void restore(StateReader in) {
        messages.clear();
        for (long n = in.take(); n > 0; n--) {
            messages.add(in.take());
        }
    }
}
