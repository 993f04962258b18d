package dev.hv.cli.commands;

import dev.hv.cli.config.UsageException;

/** What can be said by {@code --seed}. */
final class SeedOption {

    private SeedOption() {}

    /** A seed of 64 bits from text. */
    static long parse(String option, String text) {
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new UsageException(option + " " + text + ": a decimal or 0x… hexadecimal number of at most 64 bits");
        }
    }
}
