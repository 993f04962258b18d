package dev.hv.core.machine.iommu;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.function.Predicate;

/**
 * Table entries that a unit has read and used, by number (a requester, an interrupt), until they are invalidated or the oldest gives way. State, as what is in
 * {@link TranslationCache} is.
 */
public final class EntryCache implements Saveable {

    private static final int VERSION = 1;
    private static final int CAPACITY = 256;

    private final String name;
    private final int words;
    /** Oldest first. */
    private final Map<Long, long[]> entries = new LinkedHashMap<>();

    /**
     * An empty cache.
     *
     * @param name of its section
     * @param words of 64 bits in an entry
     */
    public EntryCache(String name, int words) {
        this.name = name;
        this.words = words;
    }

    /** The entry with a number; null when it is not here. */
    public long[] find(long number) {
        return entries.get(number);
    }

    /** Keeps an entry, which is the cache's from now on. */
    public void add(long number, long... entry) {
        entries.put(number, entry);
        if (entries.size() > CAPACITY) {
            Iterator<long[]> all = entries.values().iterator();
            all.next();
            all.remove();
        }
    }

    /** Forgets everything. */
    public void clear() {
        entries.clear();
    }

    /** Forgets entries with some numbers. */
    public void forget(LongPredicate numbers) {
        entries.keySet().removeIf(numbers::test);
    }

    /** Forgets entries that hold something. */
    public void forgetIf(Predicate<long[]> contents) {
        entries.values().removeIf(contents);
    }

    @Override
    public void save(StateWriter out) {
        out.begin(name, VERSION);
        long[] all = new long[entries.size() * (1 + words)];
        int i = 0;
        for (Map.Entry<Long, long[]> e : entries.entrySet()) {
            all[i++] = e.getKey();
            System.arraycopy(e.getValue(), 0, all, i, words);
            i += words;
        }
        out.put("entries", all);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        entries.clear();
        in.begin(name, VERSION);
        for (long n = in.take() / (1 + words); n > 0; n--) {
            long number = in.take();
            long[] entry = new long[words];
            for (int i = 0; i < words; i++) {
                entry[i] = in.take();
            }
            entries.put(number, entry);
        }
        in.end();
    }
}
