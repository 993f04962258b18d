package dev.hv.core.machine.iommu;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * An IOTLB: what walks found, by domain and page, until it is invalidated or the oldest gives way to a new one. A system can see what is in it (a table changed
 * without invalidation goes on to hold as it was), so it is state.
 */
public final class TranslationCache implements Saveable {

    /** Rights of an entry. */
    public static final int READ = 1;
    public static final int WRITE = 2;
    /** The entry in memory need not be told of a write any more: it says already that there was one, or never does. */
    public static final int TOLD = 4;

    private static final int VERSION = 1;
    private static final int CAPACITY = 256;
    private static final int WORDS = 5;

    private record Key(int domain, int shift, long frame) {}

    /**
     * A translation.
     *
     * @param domain whose it is
     * @param shift logarithm of the page's size
     * @param frame address that the device gives, without the bits within the page
     * @param physical where the page begins
     * @param rights {@link #READ}, {@link #WRITE}, {@link #TOLD}
     */
    public record Entry(int domain, int shift, long frame, long physical, int rights) {

        /** Whether it lets a device do this. */
        public boolean allows(boolean write) {
            return (rights & (write ? WRITE : READ)) != 0;
        }

        /** Whether a request must go to the tables all the same, which are to say that there was a write. */
        public boolean tells(boolean write) {
            return write && (rights & (WRITE | TOLD)) == WRITE;
        }

        /** Where an address of its page leads. */
        public long at(long address) {
            return physical | address & (1L << shift) - 1;
        }
    }

    /** Oldest first. */
    private final Map<Key, Entry> entries = new LinkedHashMap<>();
    /** How many entries there are of each size. */
    private final int[] sizes = new int[Long.SIZE];

    /** The entry for an address of a domain; null when there is none. */
    public Entry find(int domain, long address) {
        for (int shift = 12; shift < Long.SIZE; shift++) {
            if (sizes[shift] != 0) {
                Entry e = entries.get(new Key(domain, shift, address & -1L << shift));
                if (e != null) {
                    return e;
                }
            }
        }
        return null;
    }

    /** Keeps what a walk has found. */
    public void add(Entry e) {
        if (entries.put(new Key(e.domain, e.shift, e.frame), e) == null) {
            sizes[e.shift]++;
        }
        if (entries.size() > CAPACITY) {
            Iterator<Entry> all = entries.values().iterator();
            sizes[all.next().shift]--;
            all.remove();
        }
    }

    /** Forgets everything. */
    public void clear() {
        entries.clear();
        Arrays.fill(sizes, 0);
    }

    /** Forgets what is a domain's. */
    public void forget(int domain) {
        drop(e -> e.domain == domain);
    }

    /**
     * Forgets what a domain has of some addresses.
     *
     * @param first first address
     * @param last last address
     */
    public void forget(int domain, long first, long last) {
        drop(e -> e.domain == domain && Long.compareUnsigned(e.frame, last) <= 0 && Long.compareUnsigned(e.frame + (1L << e.shift) - 1, first) >= 0);
    }

    private void drop(Predicate<Entry> which) {
        entries.values().removeIf(e -> {
            boolean goes = which.test(e);
            if (goes) {
                sizes[e.shift]--;
            }
            return goes;
        });
    }

    @Override
    public void save(StateWriter out) {
        out.begin("iotlb", VERSION);
        long[] all = new long[entries.size() * WORDS];
        int i = 0;
        for (Entry e : entries.values()) {
            all[i++] = e.domain;
            all[i++] = e.shift;
            all[i++] = e.frame;
            all[i++] = e.physical;
            all[i++] = e.rights;
        }
        out.put("entries", all);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        clear();
        in.begin("iotlb", VERSION);
        for (long n = in.take() / WORDS; n > 0; n--) {
            add(new Entry((int) in.take(), (int) in.take(), in.take(), in.take(), (int) in.take()));
        }
        in.end();
    }
}
