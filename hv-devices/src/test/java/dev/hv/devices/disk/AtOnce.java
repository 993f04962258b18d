package dev.hv.devices.disk;

import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.List;
import java.util.function.Predicate;

/** Queues whose requests are carried out when they are submitted: for tests of what requests do. */
public final class AtOnce implements DiskQueues {

    @Override
    public DiskQueue queue(String name) {
        return new DiskQueue() {
            @Override
            public void submit(DiskRequest request) {
                if (request.begin()) {
                    request.carryOut();
                }
                request.finish();
            }

            @Override
            public List<DiskRequest> underWay() {
                return List.of();
            }

            @Override
            public int size() {
                return 0;
            }

            @Override
            public long due(DiskRequest request) {
                return 0;
            }

            @Override
            public void resubmit(DiskRequest request, long due) {
                throw new AssertionError("nothing is ever under way");
            }

            @Override
            public void discard(Predicate<? super DiskRequest> which) {}

            @Override
            public void close(Runnable disk) {
                disk.run();
            }

            @Override
            public void save(StateWriter out) {}

            @Override
            public void restore(StateReader in) {}
        };
    }
}
