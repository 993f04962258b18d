package dev.hv.cli.root.worker;

import dev.hv.core.machine.Machine;
import dev.hv.devices.disk.DiskQueue;
import dev.hv.devices.disk.DiskQueues;
import dev.hv.devices.disk.HostQueues;
import dev.hv.devices.disk.TimedQueues;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * How the disk requests of one virtual machine are carried out: at set instants in virtual time; in real time by threads of the host, which begin when
 * there is something to do, at most one for each disk, and end with the machine.
 */
public final class DiskThreads implements DiskQueues, AutoCloseable {

    private static final long IDLE_SECONDS = 5;
    /** How long the end of a machine waits for a disk: a host that does not answer must not keep it for ever. */
    private static final long LONGEST_END = 10_000_000_000L;

    private final DiskQueues queues;
    /** Null in virtual time. */
    private final HostQueues host;
    /** Null in virtual time. */
    private final ThreadPoolExecutor threads;

    /** For a virtual machine on a machine. */
    public DiskThreads(Machine machine) {
        if (machine.clock().isReal()) {
            threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
                    Thread.ofPlatform().daemon().name("hv disk ", 0).factory());
            host = new HostQueues(threads::execute, machine::post, machine.outside());
            queues = host;
        } else {
            threads = null;
            host = null;
            queues = new TimedQueues(machine.clock(), machine.outside());
        }
    }

    @Override
    public DiskQueue queue(String name) {
        return queues.queue(name);
    }

    /** Waits until the host does nothing on any disk. Until the machine's thread goes on, the disks then stand still. */
    public void rest() {
        if (host != null) {
            host.awaitIdle(Long.MAX_VALUE);
        }
    }

    /** Whether what is under way is part of the state, to the last bit: always in virtual time, in real time while nothing is. */
    public boolean saved() {
        return host == null || host.empty();
    }

    /** Ends the threads, when disks that were closed are. */
    @Override
    public void close() {
        if (host != null) {
            host.awaitIdle(LONGEST_END);
            threads.shutdown();
        }
    }
}
