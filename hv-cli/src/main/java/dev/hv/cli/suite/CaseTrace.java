package dev.hv.cli.suite;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.trace.TraceConfig;
import java.util.regex.Pattern;

/**
 * A trace that a case leaves in its folder.
 *
 * @param name of the file
 * @param config what is traced; null for VMBus
 */
public record CaseTrace(String name, TraceConfig config) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
    private static final String BUS = "vmbus=";

    /**
     * A trace as after {@code --trace}, but with a name in place of a file.
     *
     * @throws UsageException when it is none
     */
    public static CaseTrace parse(String text) {
        TraceConfig config = text.startsWith(BUS) ? null : TraceConfig.named("trace", text);
        String name = config == null ? text.substring(BUS.length()) : config.file();
        if (!NAME.matcher(name).matches()) {
            throw new UsageException("trace " + text + ": the file is in the case's folder and has a name of letters, digits, '-', '_' and '.', at most 64, as in trace: [exits=exits.txt]");
        }
        return new CaseTrace(name, config);
    }
}
