package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.Arrays;

/** What a system has set of a controller (5.21.1). Nothing of it can be saved by the controller. */
final class NvmeFeatures implements Saveable {

    /** Composite temperature that the controller has, in kelvins, and above which it would warn. */
    static final int TEMPERATURE = 313;
    static final int WARNING_TEMPERATURE = 343;
    private static final int OVER_THRESHOLD = 0;
    private static final int SAVE = 1 << 31;
    private static final int COALESCING_DISABLED = 1 << 16;
    private static final int LAST = FEATURE_EVENTS;

    private final int[] values = new int[LAST + 1];
    private final long[] vectors = new long[MOST_QUEUES + 64 >> 6];

    NvmeFeatures() {
        reset();
    }

    void reset() {
        Arrays.fill(values, 0);
        Arrays.fill(vectors, 0);
        values[FEATURE_TEMPERATURE] = WARNING_TEMPERATURE;
        values[FEATURE_WRITE_CACHE] = 1;
        values[FEATURE_QUEUES] = (MOST_QUEUES - 1) * 0x1_0001;
    }

    /** Whether what was written need not be durable before a flush. */
    boolean writeCache() {
        return (values[FEATURE_WRITE_CACHE] & 1) != 0;
    }

    /** Answer to a command: dword 0 of the completion, or in the upper half a status. */
    record Answer(int value, int status) {}

    private static Answer refuse(int status) {
        return new Answer(0, status | DO_NOT_RETRY);
    }

    private static boolean known(int feature) {
        return switch (feature) {
            case FEATURE_ARBITRATION, FEATURE_POWER, FEATURE_TEMPERATURE, FEATURE_ERROR_RECOVERY, FEATURE_WRITE_CACHE, FEATURE_QUEUES, FEATURE_COALESCING, FEATURE_VECTOR,
                    FEATURE_ATOMICITY, FEATURE_EVENTS -> true;
            default -> false;
        };
    }

    /** Get Features. */
    Answer get(NvmeCommand c) {
        int feature = c.dword(10) & 0xFF;
        if (!known(feature) || (c.dword(10) >> 8 & 7) != 0) {
            return refuse(INVALID_FIELD);
        }
        int value = values[feature];
        if (feature == FEATURE_VECTOR) {
            int vector = c.dword(11) & 0xFFFF;
            if (vector > MOST_QUEUES) {
                return refuse(INVALID_FIELD);
            }
            value = vector | ((vectors[vector >> 6] >>> vector & 1) != 0 ? COALESCING_DISABLED : 0);
        } else if (feature == FEATURE_TEMPERATURE && (c.dword(11) >>> 20 & 3) != OVER_THRESHOLD) {
            value = 0;
        }
        return new Answer(value, OK);
    }

    /** Set Features. */
    Answer set(NvmeCommand c) {
        int feature = c.dword(10) & 0xFF;
        int value = c.dword(11);
        if (!known(feature)) {
            return refuse(INVALID_FIELD);
        }
        if ((c.dword(10) & SAVE) != 0) {
            return refuse(NOT_SAVEABLE);
        }
        switch (feature) {
            case FEATURE_QUEUES -> {
                if ((value & 0xFFFF) == 0xFFFF || value >>> 16 == 0xFFFF) {
                    return refuse(INVALID_FIELD);
                }
                return new Answer(values[FEATURE_QUEUES], OK);
            }
            case FEATURE_POWER -> {
                // there is power state 0 alone
                if ((value & 0x1F) != 0) {
                    return refuse(INVALID_FIELD);
                }
                values[feature] = value & 0xFF;
            }
            case FEATURE_TEMPERATURE -> {
                if ((value >>> 20 & 3) == OVER_THRESHOLD) {
                    values[feature] = value & 0xFFFF;
                }
            }
            case FEATURE_VECTOR -> {
                int vector = value & 0xFFFF;
                if (vector > MOST_QUEUES) {
                    return refuse(INVALID_FIELD);
                }
                long bit = 1L << vector;
                vectors[vector >> 6] = (value & COALESCING_DISABLED) != 0 ? vectors[vector >> 6] | bit : vectors[vector >> 6] & ~bit;
            }
            default -> values[feature] = value;
        }
        return new Answer(0, OK);
    }

    @Override
    public void save(StateWriter out) {
        for (int i = 0; i < values.length; i++) {
            out.put("feature-" + i, values[i]);
        }
        out.put("vectors", vectors);
    }

    @Override
    public void restore(StateReader in) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (int) in.take();
        }
        in.take(vectors);
    }
}
