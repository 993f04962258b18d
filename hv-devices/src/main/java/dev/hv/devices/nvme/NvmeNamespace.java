package dev.hv.devices.nvme;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.devices.disk.Disk;
import dev.hv.devices.disk.DiskFaults;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskRequest;
import java.util.function.Function;

/**
 * A disk as a namespace.
 *
 * @param number from 1 on
 * @param queue of requests to it
 * @param identity 16 bytes that are its alone, equal for equal machines
 */
record NvmeNamespace(int number, Disk disk, DiskQueue queue, byte[] identity) {

    int blockShift() {
        return Integer.numberOfTrailingZeros(disk.sectorSize());
    }

    /** Blocks that it has now. */
    long blocks() {
        return disk.size() >> blockShift();
    }

    /** Whether a range lies within it; block numbers are unsigned. */
    boolean holds(long block, long count) {
        return block >= 0 && block <= blocks() - count;
    }

    /** Saves its disk's faults and the commands that are under way; what the disk holds is saved with the disk. */
    void save(StateWriter out) {
        DiskFaults.save(disk, out);
        queue.save(out);
        out.put("requests-count", queue.size());
        int i = 0;
        for (DiskRequest r : queue.underWay()) {
            NvmeCommand c = ((NvmeRequest) r).command();
            out.item("request", i++);
            out.put("due", queue.due(r));
            out.put("queue", c.queue());
            out.put("command", c.bytes(), 0, NvmeFormat.COMMAND);
        }
        out.endItems();
    }

    /**
     * The counterpart.
     *
     * @param request makes the request of a command
     * @return how many are under way
     */
    int restore(StateReader in, Function<NvmeCommand, NvmeRequest> request) {
        DiskFaults.restore(disk, in);
        queue.restore(in);
        int count = (int) in.take();
        for (int i = 0; i < count; i++) {
            long due = in.take();
            int from = (int) in.take();
            queue.resubmit(request.apply(NvmeCommand.restored(from, in)), due);
        }
        return count;
    }
}
