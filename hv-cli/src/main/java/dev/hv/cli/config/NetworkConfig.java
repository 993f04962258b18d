package dev.hv.cli.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A network adapter of a virtual machine.
 *
 * @param kind what it is connected to
 * @param target name of the switch, or path of the socket; empty for the others
 * @param mac its address in the low 48 bits, first byte highest; 0 for one that is made up
 * @param capture where everything that crosses its port is written (pcapng), or null
 */
public record NetworkConfig(Kind kind, String target, long mac, Path capture) {

    /** What an adapter is connected to. */
    public enum Kind {
        /** A named virtual switch. */
        SWITCH,
        /** The host's network through {@code passt}. */
        USER,
        /** A Unix socket in QEMU's stream protocol. */
        SOCKET
    }

    /** Names of settings. */
    static final Set<String> KEYS = new LinkedHashSet<>(List.of("mac", "capture"));

    private static final long MULTICAST = 1L << 40;

    /**
     * An adapter as written after {@code --net}; null for {@code none}, which takes no settings.
     *
     * @param where place for messages
     * @param base folder that relative names count from
     */
    public static NetworkConfig parse(String where, String text, Path base) {
        return of(Attributes.parse(where, text, KEYS), base);
    }

    static NetworkConfig of(Attributes a, Path base) {
        if (a.subject().equals("none")) {
            if (!a.values().isEmpty()) {
                throw a.bad("there is no adapter that could have " + String.join(", ", a.values().keySet()) + "; leave the settings out, or name a network");
            }
            return null;
        }
        String capture = a.text("capture", null);
        Path file = capture == null ? null : base.resolve(capture);
        if (file != null && !file.toString().endsWith(".pcapng")) {
            throw a.bad("capture=" + capture + ": the name must end in .pcapng");
        }
        String problem = file == null ? null : OutputFiles.problem(file);
        if (problem != null) {
            throw a.bad("capture=" + capture + ": " + problem);
        }
        long mac = mac(a);
        String what = a.subject();
        if (what.equals("user")) {
            return new NetworkConfig(Kind.USER, "", mac, file);
        }
        if (what.startsWith("switch:")) {
            String name = what.substring(7);
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")) {
                throw a.bad("a switch's name is letters, digits, '-', '_' and '.', at most 64");
            }
            return new NetworkConfig(Kind.SWITCH, name, mac, file);
        }
        if (what.startsWith("socket:") && what.length() > 7) {
            Path socket = base.resolve(what.substring(7));
            if (!Files.exists(socket)) {
                throw a.bad("no such socket; start the other end first");
            }
            return new NetworkConfig(Kind.SOCKET, socket.toString(), mac, file);
        }
        throw a.bad("one of none, switch:NAME, user, socket:PATH");
    }

    private static long mac(Attributes a) {
        String text = a.text("mac", null);
        if (text == null) {
            return 0;
        }
        if (!text.matches("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")) {
            throw a.bad("mac=" + text + ": six bytes as in 00:15:5d:01:02:03");
        }
        long mac = Long.parseLong(text.replace(":", ""), 16);
        if (mac == 0 || (mac & MULTICAST) != 0) {
            throw a.bad("mac=" + text + ": a single station's address is needed (the first byte even, not all zero)");
        }
        return mac;
    }
}
