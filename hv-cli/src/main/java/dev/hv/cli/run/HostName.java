package dev.hv.cli.run;

import dev.hv.cli.root.worker.WorkerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this host calls itself. */
final class HostName {

    private static final Path KERNELS = Path.of("/proc/sys/kernel/hostname");
    /** Longest name of a host (POSIX, HOST_NAME_MAX with room for a domain). */
    private static final int MOST = 255;

    private HostName() {}

    /** The name, or that of any host when it is not known. */
    static String get() {
        try {
            String name = Files.readString(KERNELS, StandardCharsets.US_ASCII).strip();
            return name.isEmpty() || name.length() > MOST ? WorkerConfig.ANY_HOST : name;
        } catch (IOException e) {
            return WorkerConfig.ANY_HOST;
        }
    }
}
