package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.pci.PciEndpoint;
import java.util.ArrayDeque;
import java.util.Arrays;

/** The queues of a controller: commands come from submission queues, completions go to completion queues, and interrupts tell of those. */
final class NvmeQueues implements Saveable {

    private static final String[] OWED = {"queue", "command", "status", "value"};

    /** A completion that its queue had no room for yet. */
    private record Owed(int queue, int command, int status, int value) {}

    private final PciEndpoint endpoint;
    private final SubmissionQueue[] submissions = new SubmissionQueue[MOST_QUEUES + 1];
    private final CompletionQueue[] completions = new CompletionQueue[MOST_QUEUES + 1];
    private final ArrayDeque<Owed> owed = new ArrayDeque<>();
    private final byte[] entry = new byte[COMPLETION];
    /** Interrupts that the system masks, other than those of MSI-X. */
    private int mask;
    /** Memory could not be reached where a queue is said to be. */
    private boolean broken;

    NvmeQueues(PciEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** All queues are gone. */
    void clear() {
        Arrays.fill(submissions, null);
        Arrays.fill(completions, null);
        owed.clear();
        mask = 0;
        broken = false;
        endpoint.pin(false);
    }

    /** The submission queue of a number; null when there is none. */
    SubmissionQueue submission(int number) {
        return number >= 0 && number < submissions.length ? submissions[number] : null;
    }

    /** The completion queue of a number; null when there is none. */
    CompletionQueue completion(int number) {
        return number >= 0 && number < completions.length ? completions[number] : null;
    }

    void put(int number, SubmissionQueue queue) {
        submissions[number] = queue;
    }

    void put(int number, CompletionQueue queue) {
        completions[number] = queue;
        drive();
    }

    /** Whether commands are still completed in a queue. */
    boolean used(int completionQueue) {
        return Arrays.stream(submissions).anyMatch(s -> s != null && s.completions == completionQueue);
    }

    /** Whether a queue in memory could not be reached: the controller has failed for good. */
    boolean broken() {
        return broken;
    }

    /** Completions that wait for room. */
    int owed() {
        return owed.size();
    }

    /** Takes the next command of a queue; null when there is none, or it cannot be had. */
    NvmeCommand fetch(int number) {
        SubmissionQueue q = submissions[number];
        if (q == null || q.empty() || broken) {
            return null;
        }
        byte[] bytes = new byte[COMMAND];
        if (!endpoint.read(q.next(), bytes, 0, COMMAND)) {
            broken = true;
            return null;
        }
        q.advance();
        return new NvmeCommand(number, bytes);
    }

    /** Completes a command of a queue that is there. */
    void complete(NvmeCommand c, int status, int value) {
        owed.add(new Owed(c.queue(), c.id(), status, value));
        if (owed.size() == 1) {
            pay();
        } else {
            payAll();
        }
    }

    private void pay() {
        if (write(owed.peek())) {
            owed.remove();
        }
    }

    /** Writes all completions that there is room for: of each queue in order. */
    void payAll() {
        for (int n = owed.size(); n > 0 && !broken; n--) {
            Owed o = owed.remove();
            if (!write(o)) {
                owed.add(o);
            }
        }
    }

    /** Writes an entry; false when it has to wait. */
    private boolean write(Owed o) {
        SubmissionQueue from = submissions[o.queue];
        if (from == null) {
            return true;
        }
        CompletionQueue to = completions[from.completions];
        if (to == null || to.full() || !endpoint.mastering()) {
            return false;
        }
        LittleEndian.put32(entry, 0, o.value);
        LittleEndian.put32(entry, 4, 0);
        LittleEndian.put16(entry, 8, from.head);
        LittleEndian.put16(entry, 10, o.queue);
        LittleEndian.put16(entry, 12, o.command);
        LittleEndian.put16(entry, 14, o.status << 1 | (to.phase ? 1 : 0));
        if (!endpoint.write(to.base + (long) to.tail * COMPLETION, entry, 0, COMPLETION)) {
            broken = true;
            return false;
        }
        to.advance();
        interrupt(to);
        return true;
    }

    // ---- interrupts ----------------------------------------------------------------------------------------------------------

    private void interrupt(CompletionQueue q) {
        if (!q.interrupts) {
            return;
        }
        if (endpoint.manyVectors()) {
            endpoint.message(q.vector);
        } else if (endpoint.sendsMessages()) {
            if ((mask & 1) == 0) {
                endpoint.message(0);
            }
        } else {
            drive();
        }
    }

    private boolean waiting() {
        for (CompletionQueue q : completions) {
            if (q != null && q.interrupts && q.head != q.tail) {
                return true;
            }
        }
        return false;
    }

    private void drive() {
        endpoint.pin(waiting() && (mask & 1) == 0);
    }

    int mask() {
        return mask;
    }

    void mask(int newMask) {
        boolean opened = (mask & ~newMask & 1) != 0;
        mask = newMask;
        if (opened && endpoint.sendsMessages() && !endpoint.manyVectors() && waiting()) {
            endpoint.message(0);
        }
        drive();
    }

    /** The system has read completions up to there. */
    void read(CompletionQueue q, int head) {
        q.head = head;
        payAll();
        drive();
    }

    @Override
    public void save(StateWriter out) {
        out.put("mask", mask);
        out.put("broken", broken);
        for (int i = 0; i <= MOST_QUEUES; i++) {
            out.item("queue", i);
            out.put("submission-there", submissions[i] != null);
            if (submissions[i] != null) {
                submissions[i].save(out);
            }
            out.put("completion-there", completions[i] != null);
            if (completions[i] != null) {
                completions[i].save(out);
            }
        }
        out.endItems();
        out.put("owed-count", owed.size());
        int i = 0;
        for (Owed o : owed) {
            out.item("owed", i++);
            out.put(OWED, new long[] {o.queue, o.command, o.status, o.value});
        }
        out.endItems();
    }

    @Override
    public void restore(StateReader in) {
        owed.clear();
        mask = (int) in.take();
        broken = in.takeBoolean();
        for (int i = 0; i <= MOST_QUEUES; i++) {
            submissions[i] = in.takeBoolean() ? SubmissionQueue.restored(in) : null;
            completions[i] = in.takeBoolean() ? CompletionQueue.restored(in) : null;
        }
        long[] v = new long[OWED.length];
        for (long n = in.take(); n > 0; n--) {
            in.take(v);
            owed.add(new Owed((int) v[0], (int) v[1], (int) v[2], (int) v[3]));
        }
    }
}
