package dev.hv.cli.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Where viewers of a screen connect.
 *
 * @param port of the loopback, 0 for any; -1 for a socket
 * @param socket Unix socket to make; null for a port
 * @param password that they need; null for none at a socket, and at a port for one that is made up
 */
public record VncConfig(int port, Path socket, String password) {

    private static final String UNIX = "unix:";
    private static final long MOST_FILE = 4096;

    /** From text, as in {@code 5901,password=FILE} or {@code unix:PATH}. */
    public static VncConfig parse(String where, String text) {
        Attributes a = Attributes.parse(where, text, Set.of("password"));
        String place = a.subject();
        String file = a.text("password", null);
        String password = file == null ? null : new String(InputFiles.read(where + " password", FileName.of(file), MOST_FILE), StandardCharsets.UTF_8).lines().findFirst().orElse("");
        if (password != null && (password.isEmpty() || !password.chars().allMatch(c -> c > ' ' && c < 0x7F))) {
            throw a.bad("password=" + file + ": its first line must be a password of printable ASCII; eight characters count");
        }
        if (place.startsWith(UNIX)) {
            String path = place.substring(UNIX.length());
            if (path.isEmpty() || Files.exists(FileName.of(path))) {
                throw a.bad(path.isEmpty() ? "unix:PATH needs a name" : "there is something already; name a socket that is to be made");
            }
            OutputFiles.require(where + " ", FileName.of(path));
            return new VncConfig(-1, FileName.of(path), password);
        }
        if (!place.matches("\\d{1,5}") || Integer.parseInt(place) > 0xFFFF) {
            throw a.bad("a port from 0 to 65535, or unix:PATH");
        }
        return new VncConfig(Integer.parseInt(place), null, password);
    }
}
