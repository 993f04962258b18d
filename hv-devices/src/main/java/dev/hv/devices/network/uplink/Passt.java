package dev.hv.devices.network.uplink;

import dev.hv.devices.network.VirtualSwitch;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The host's own network for a switch, through the program {@code passt}, which needs no rights: DHCP, DNS, TCP and UDP to the outside. */
public final class Passt implements AutoCloseable {

    /**
     * A port of the host's loopback that leads to a port of the guest.
     *
     * @param udp whether it is UDP instead of TCP
     * @param hostPort from 1 to 65535
     * @param guestPort from 1 to 65535
     */
    public record Forward(boolean udp, int hostPort, int guestPort) {}

    /** Nobody but this host reaches what is forwarded: who wants more says so to the host's own network. */
    private static final String LOOPBACK = "127.0.0.1";

    private static final Integer ROOT = 0;
    private static final int ATTEMPTS = 100;
    private static final int ATTEMPT_MILLIS = 50;

    private final Process process;
    private final Path folder;
    private final SocketUplink uplink;

    private Passt(Process process, Path folder, SocketUplink uplink) {
        this.process = process;
        this.folder = folder;
        this.uplink = uplink;
    }

    /**
     * Starts passt and connects it to a switch.
     *
     * @param forwards ports of the host that lead to the guest
     * @param machine runs actions on the machine's thread
     * @param lost run on the machine's thread when passt ends by itself
     * @throws IOException when it is not installed or does not start; the message is for people
     */
    public static Passt start(VirtualSwitch network, List<Forward> forwards, Consumer<Runnable> machine, Runnable lost) throws IOException {
        Path folder = Files.createTempDirectory("hv-passt");
        if (ROOT.equals(Files.getAttribute(folder, "unix:uid"))) {
            // then passt becomes this user before it makes its socket
            Files.setOwner(folder, folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
        }
        Path socket = folder.resolve("s");
        Path log = folder.resolve("log");
        Process process;
        try {
            process = new ProcessBuilder(command(socket, forwards)).redirectErrorStream(true).redirectOutput(log.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).start();
        } catch (IOException e) {
            delete(folder);
            throw new IOException("the program passt is needed; Debian has it as a package of this name", e);
        }
        SocketUplink uplink = connect(process, socket, network, machine, lost);
        if (uplink == null) {
            process.destroy();
            String why = Files.readString(log, StandardCharsets.UTF_8).strip().replace('\n', ' ');
            delete(folder);
            throw new IOException("passt does not start: " + why);
        }
        return new Passt(process, folder, uplink);
    }

    private static List<String> command(Path socket, List<Forward> forwards) {
        List<String> all = new ArrayList<>(List.of("passt", "--foreground", "--one-off", "--quiet", "--socket", socket.toString()));
        for (Forward f : forwards) {
            all.addAll(List.of(f.udp() ? "--udp-ports" : "--tcp-ports", LOOPBACK + "/" + f.hostPort() + ":" + f.guestPort()));
        }
        return all;
    }

    /** Tries until passt listens; null when it ends or takes too long. */
    private static SocketUplink connect(Process process, Path socket, VirtualSwitch network, Consumer<Runnable> machine,
            Runnable lost) {
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                return SocketUplink.connect(socket, network, machine, lost);
            } catch (IOException e) {
                try {
                    if (process.waitFor(ATTEMPT_MILLIS, TimeUnit.MILLISECONDS)) {
                        return null;
                    }
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return null;
                }
            }
        }
        return null;
    }

    private static void delete(Path folder) throws IOException {
        for (String name : new String[] {"s", "log"}) {
            Files.deleteIfExists(folder.resolve(name));
        }
        Files.deleteIfExists(folder);
    }

    @Override
    public void close() throws IOException {
        uplink.close();
        process.destroy();
        delete(folder);
    }
}
