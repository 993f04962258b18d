package dev.hv.cli.config;

import dev.hv.devices.network.PortVlans;
import dev.hv.devices.network.VirtualSwitch;
import dev.hv.devices.network.uplink.Passt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network adapter of a virtual machine.
 *
 * @param kind what it is connected to
 * @param target name of the switch, or path of the socket; empty for the others
 * @param mac its address in the low 48 bits, first byte highest; 0 for one that is made up
 * @param capture where everything that crosses its port is written (pcapng), or null
 * @param spoofing whether the guest may use other addresses than this one
 * @param forwards ports of the host that lead to the guest; only of {@link Kind#USER}
 * @param vlans VLANs that its port of a switch belongs to
 * @param mirror whether its port is mirrored, or shows what mirrored ones send and get
 * @param model what the guest's driver sees
 * @param limit bits that cross its port in a second at most, in each direction; 0 for as many as come
 */
public record NetworkConfig(Kind kind, String target, long mac, Path capture, boolean spoofing, List<Passt.Forward> forwards, PortVlans vlans, VirtualSwitch.Mirror mirror, Model model, long limit) {

    /** An adapter at a port with nothing special. */
    public NetworkConfig(Kind kind, String target, long mac, Path capture, boolean spoofing, List<Passt.Forward> forwards) {
        this(kind, target, mac, capture, spoofing, forwards, PortVlans.ALL, VirtualSwitch.Mirror.NONE, Model.NETVSC, 0);
    }

    /** The same with the address that was made up for it. */
    public NetworkConfig withAddress(long address) {
        return new NetworkConfig(kind, target, address, capture, spoofing, forwards, vlans, mirror, model, limit);
    }

    /** What an adapter is connected to. */
    public enum Kind {
        /** A named virtual switch. */
        SWITCH,
        /** The host's network through {@code passt}. */
        USER,
        /** A Unix socket in QEMU's stream protocol. */
        SOCKET
    }

    /** What a guest's driver sees of an adapter. */
    public enum Model {
        /** Hyper-V's synthetic one, on VMBus. */
        NETVSC,
        /** Intel's 82574L, on PCI Express: of the bare machine, or assigned to a child. */
        E1000E;

        /** As users write it. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether it is on PCI Express: there before the guest starts, and to its end. */
    public boolean onPci() {
        return model == Model.E1000E;
    }

    /** Names of settings. */
    static final Set<String> KEYS = new LinkedHashSet<>(List.of("mac", "capture", "mac-spoofing", "forward", "vlan", "trunk", "mirror", "model", "limit"));

    /** Those that may stand several times. */
    static final Set<String> REPEATABLE = Set.of("forward");

    private static final Pattern FORWARD = Pattern.compile("(tcp|udp):(\\d{1,5}):(\\d{1,5})");
    private static final Pattern RATE = Pattern.compile("(\\d{1,12})([kMG]?)");
    private static final long LEAST_RATE = 8_000;
    private static final long MOST_RATE = 100_000_000_000L;
    private static final int MOST_PORT = 65535;
    private static final long MULTICAST = 1L << 40;

    /**
     * An adapter as written after {@code --net}; null for {@code none}, which takes no settings.
     *
     * @param where place for messages
     * @param base folder that relative names count from
     */
    public static NetworkConfig parse(String where, String text, Path base) {
        return of(Attributes.parse(where, text, KEYS, REPEATABLE), base);
    }

    static NetworkConfig of(Attributes a, Path base) {
        if (a.subject().equals("none")) {
            if (!a.values().isEmpty()) {
                throw a.bad("there is no adapter that could have " + String.join(", ", a.values().keySet()) + "; leave the settings out, or name a network");
            }
            return null;
        }
        String capture = a.text("capture", null);
        Path file = capture == null ? null : FileName.in(base, capture);
        if (file != null && !file.toString().endsWith(".pcapng")) {
            throw a.bad("capture=" + capture + ": the name must end in .pcapng");
        }
        String problem = file == null ? null : OutputFiles.problem(file);
        if (problem != null) {
            throw a.bad("capture=" + capture + ": " + problem);
        }
        long mac = mac(a);
        boolean spoofing = a.flag("mac-spoofing", true);
        List<Passt.Forward> forwards = forwards(a);
        String what = a.subject();
        PortVlans vlans = vlans(a);
        VirtualSwitch.Mirror mirror = mirror(a);
        Model model = model(a);
        long limit = limit(a);
        if (!what.startsWith("switch:") && (vlans != PortVlans.ALL || mirror != VirtualSwitch.Mirror.NONE)) {
            throw a.bad("vlan, trunk and mirror are for switch:NAME, whose ports have them");
        }
        if (what.equals("user")) {
            return new NetworkConfig(Kind.USER, "", mac, file, spoofing, forwards, vlans, mirror, model, limit);
        }
        if (!forwards.isEmpty()) {
            throw a.bad("forward is for user, which alone has ports of the host to lead to the guest");
        }
        if (what.startsWith("switch:")) {
            String name = what.substring(7);
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")) {
                throw a.bad("a switch's name is letters, digits, '-', '_' and '.', at most 64");
            }
            return new NetworkConfig(Kind.SWITCH, name, mac, file, spoofing, forwards, vlans, mirror, model, limit);
        }
        if (what.startsWith("socket:") && what.length() > 7) {
            Path socket = FileName.in(base, what.substring(7));
            if (!Files.exists(socket)) {
                throw a.bad("no such socket; start the other end first");
            }
            return new NetworkConfig(Kind.SOCKET, socket.toString(), mac, file, spoofing, forwards, vlans, mirror, model, limit);
        }
        throw a.bad("one of none, switch:NAME, user, socket:PATH");
    }

    private static Model model(Attributes a) {
        String text = a.text("model", Model.NETVSC.text());
        return Arrays.stream(Model.values()).filter(m -> m.text().equals(text)).findFirst().orElseThrow(() -> a.bad("model=" + text + ": netvsc or e1000e"));
    }

    private static long limit(Attributes a) {
        String text = a.text("limit", null);
        if (text == null) {
            return 0;
        }
        Matcher m = RATE.matcher(text);
        long rate = m.matches() ? Long.parseLong(m.group(1)) * switch (m.group(2)) {
            case "k" -> 1_000L;
            case "M" -> 1_000_000L;
            case "G" -> 1_000_000_000L;
            default -> 1L;
        } : 0;
        if (rate < LEAST_RATE || rate > MOST_RATE) {
            throw a.bad("limit=" + text + ": bits per second from 8k to 100G, as in limit=100M");
        }
        return rate;
    }

    private static PortVlans vlans(Attributes a) {
        String own = a.text("vlan", null);
        String trunk = a.text("trunk", null);
        if (own == null && trunk == null) {
            return PortVlans.ALL;
        }
        var tagged = new BitSet();
        for (String part : trunk == null ? new String[0] : trunk.split(";", -1)) {
            if (!part.matches("\\d{1,4}(-\\d{1,4})?")) {
                throw a.bad("trunk=" + trunk + ": VLANs from 1 to " + PortVlans.MOST + " with ';' between, as in trunk=10;20-29");
            }
            int dash = part.indexOf('-');
            int first = vlan(a, "trunk", dash < 0 ? part : part.substring(0, dash));
            int last = dash < 0 ? first : vlan(a, "trunk", part.substring(dash + 1));
            if (last < first) {
                throw a.bad("trunk=" + trunk + ": " + last + " is before " + first);
            }
            tagged.set(first, last + 1);
        }
        int plain = own == null ? 0 : vlan(a, "vlan", own);
        tagged.clear(plain);
        return new PortVlans(plain, tagged);
    }

    private static int vlan(Attributes a, String key, String digits) {
        int id = digits.matches("\\d{1,4}") ? Integer.parseInt(digits) : 0;
        if (id < 1 || id > PortVlans.MOST) {
            throw a.bad(key + "=" + digits + ": a VLAN is a number from 1 to " + PortVlans.MOST);
        }
        return id;
    }

    private static VirtualSwitch.Mirror mirror(Attributes a) {
        return switch (a.text("mirror", "none")) {
            case "none" -> VirtualSwitch.Mirror.NONE;
            case "source" -> VirtualSwitch.Mirror.SOURCE;
            case "destination" -> VirtualSwitch.Mirror.DESTINATION;
            default -> throw a.bad("mirror=" + a.text("mirror", "") + ": source or destination");
        };
    }

    private static List<Passt.Forward> forwards(Attributes a) {
        List<Passt.Forward> all = new ArrayList<>();
        String text = a.text("forward", null);
        if (text == null) {
            return List.of();
        }
        for (String one : text.split(",", -1)) {
            Matcher m = FORWARD.matcher(one);
            boolean ok = m.matches() && port(m.group(2)) && port(m.group(3));
            if (!ok) {
                throw a.bad("forward=" + one + ": tcp:HOST:GUEST or udp:HOST:GUEST with ports from 1 to 65535, as in tcp:2222:22");
            }
            var forward = new Passt.Forward(m.group(1).equals("udp"), Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3)));
            if (all.stream().anyMatch(f -> f.udp() == forward.udp() && f.hostPort() == forward.hostPort())) {
                throw a.bad("forward=" + one + ": another forward has this port of the host");
            }
            all.add(forward);
        }
        return List.copyOf(all);
    }

    private static boolean port(String digits) {
        int port = Integer.parseInt(digits);
        return port >= 1 && port <= MOST_PORT;
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
