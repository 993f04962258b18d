package dev.hv.cli.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes (512M), counts (5M) and durations (120s) as people write them. */
public final class Sizes {

    static final Pattern SIZE = Pattern.compile("(\\d{1,18})([KkMmGgTt]?)(?:[iI]?[bB])?");
    private static final Pattern COUNT = Pattern.compile("(\\d{1,18})([KkMmGg]?)");
    static final Pattern DURATION = Pattern.compile("(\\d{1,15})(ms|us|ns|s|m|h)?");

    private static final long LEAST_TIMEOUT = 1_000_000;

    private Sizes() {}

    /** Bytes; without a unit, as is. */
    public static long bytes(String option, String text) {
        Matcher m = SIZE.matcher(text);
        if (!m.matches()) {
            throw new UsageException(option + " " + text + ": not a size; write a number with K, M or G, such as 512M");
        }
        int shift = switch (m.group(2).toUpperCase(Locale.ROOT)) {
            case "K" -> 10;
            case "M" -> 20;
            case "G" -> 30;
            case "T" -> 40;
            default -> 0;
        };
        long n = Long.parseLong(m.group(1));
        if (n > Long.MAX_VALUE >> shift) {
            throw new UsageException(option + " " + text + ": too large");
        }
        return n << shift;
    }

    /** A number of things, at least 1: K, M and G are thousands, millions and thousands of millions. */
    public static long count(String option, String text) {
        Matcher m = COUNT.matcher(text);
        if (!m.matches()) {
            throw new UsageException(option + " " + text + ": not a count; write a number, alone or with K, M or G, such as 5M");
        }
        long unit = switch (m.group(2).toUpperCase(Locale.ROOT)) {
            case "K" -> 1_000L;
            case "M" -> 1_000_000L;
            case "G" -> 1_000_000_000L;
            default -> 1L;
        };
        long n = Long.parseLong(m.group(1));
        if (n < 1) {
            throw new UsageException(option + " " + text + ": at least 1");
        }
        if (n > Long.MAX_VALUE / unit) {
            throw new UsageException(option + " " + text + ": too large");
        }
        return n * unit;
    }

    /** Nanoseconds; 0 is a duration, too. */
    public static long nanos(String option, String text) {
        Matcher m = DURATION.matcher(text);
        if (!m.matches()) {
            throw new UsageException(option + " " + text + ": not a duration; write a number with ms, s, m or h, such as 120s or 500ms");
        }
        long unit = switch (m.group(2) == null ? "s" : m.group(2)) {
            case "ns" -> 1L;
            case "us" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 1_000_000_000L;
        };
        long n = Long.parseLong(m.group(1));
        if (n > Long.MAX_VALUE / unit) {
            throw new UsageException(option + " " + text + ": too long");
        }
        return n * unit;
    }

    /** Nanoseconds of the host's time that something may take; {@link Long#MAX_VALUE} for null. */
    public static long timeout(String option, String text) {
        long nanos = text == null ? Long.MAX_VALUE : nanos(option, text);
        if (nanos < LEAST_TIMEOUT) {
            throw new UsageException(option + " " + text + ": at least 1ms; leave it out for a run without a limit");
        }
        return nanos;
    }

    /** Bytes for people: 256 MiB. */
    public static String show(long bytes) {
        return bytes >= 1 << 20 ? (bytes >> 20) + " MiB" : bytes >= 1024 ? (bytes >> 10) + " KiB" : bytes + " bytes";
    }
}
