package dev.hv.cli.run;

import dev.hv.cli.root.worker.WorkerConfig;
import dev.hv.core.machine.Outside;
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

    /** The name, or that of any host when it is not known. A byte is an answer: a replay is told the same. */
    static String get(Outside outside) {
        byte[] name = outside.replays() ? new byte[0] : read().getBytes(StandardCharsets.US_ASCII);
        byte[] told = new byte[(int) Math.clamp(outside.ask(() -> name.length), 0, MOST)];
        for (int i = 0; i < told.length; i++) {
            int at = i;
            told[i] = (byte) outside.ask(() -> name[at]);
        }
        return new String(told, StandardCharsets.US_ASCII);
    }

    private static String read() {
        try {
            String name = Files.readString(KERNELS, StandardCharsets.US_ASCII).strip();
            return name.isEmpty() || name.length() > MOST ? WorkerConfig.ANY_HOST : name;
        } catch (IOException e) {
            return WorkerConfig.ANY_HOST;
        }
    }
}
