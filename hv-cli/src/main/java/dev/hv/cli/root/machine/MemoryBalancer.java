package dev.hv.cli.root.machine;

import dev.hv.cli.root.worker.MemoryService;
import dev.hv.core.vid.Vid;
import dev.hv.cpu.memory.Page;
import java.util.ArrayList;
import java.util.List;

/**
 * Shares the host's memory out among virtual machines with dynamic memory, whenever one of them reports what it needs. While there is enough each has what it wants. Where
 * there is not, each keeps its minimum, and what is left goes to those that want more in proportion to their weights, to none more than it wants.
 */
final class MemoryBalancer {

    /** Pages by which a target must change to be worth a guest's work: 8 MiB. */
    private static final long WORTH = 2048;
    /** Pages of page tables for so many of memory. */
    private static final int TABLE_SHARE = 256;
    private static final int TABLES = 64;

    private final Vid vid;
    private final List<MemoryService> members = new ArrayList<>();

    MemoryBalancer(Vid vid) {
        this.vid = vid;
    }

    /** Looks after a machine's memory from now on; null is one whose memory is always the same. */
    void add(MemoryService member) {
        if (member != null) {
            members.add(member);
            member.provider().onReport(this::balance);
        }
    }

    /** Does so no more; what it had is shared out at the next report. */
    void remove(MemoryService member) {
        members.remove(member);
    }

    private void balance() {
        long available = vid.available() / Page.SIZE;
        long budget = Math.max(0, available - available / TABLE_SHARE - TABLES);
        long[] wanted = new long[members.size()];
        long[] least = new long[members.size()];
        int[] weights = new int[members.size()];
        for (int i = 0; i < wanted.length; i++) {
            MemoryService m = members.get(i);
            budget += m.pages();
            // a guest without a driver keeps what it has
            wanted[i] = m.provider().connected() ? m.wanted() : m.pages();
            least[i] = m.provider().connected() ? Math.min(wanted[i], m.bounds().minimum() / Page.SIZE) : m.pages();
            weights[i] = m.bounds().weight();
        }
        long[] shares = shares(budget, wanted, least, weights);
        for (int i = 0; i < shares.length; i++) {
            MemoryService m = members.get(i);
            if (m.provider().connected() && !m.fixed() && Math.abs(shares[i] - Math.max(m.provider().target(), 0)) >= WORTH) {
                m.provider().target(shares[i]);
            }
        }
    }

    /**
     * Shares pages out.
     *
     * @param budget how many there are
     * @param wanted how many each wants
     * @param least how many each keeps whatever happens, at most what it wants
     * @param weights in which proportion they get more while there is not enough
     * @return how many each gets: {@code wanted} of all when the budget has them
     */
    static long[] shares(long budget, long[] wanted, long[] least, int[] weights) {
        long[] shares = least.clone();
        long left = budget;
        for (long l : least) {
            left -= l;
        }
        while (left > 0) {
            long sum = 0;
            for (int i = 0; i < shares.length; i++) {
                sum += shares[i] < wanted[i] ? weights[i] : 0;
            }
            if (sum == 0) {
                break;
            }
            long given = 0;
            for (int i = 0; i < shares.length; i++) {
                long part = shares[i] < wanted[i] ? Math.min(wanted[i] - shares[i], Math.max(1, left * weights[i] / sum)) : 0;
                part = Math.min(part, left - given);
                shares[i] += part;
                given += part;
            }
            left -= given;
        }
        return shares;
    }
}
