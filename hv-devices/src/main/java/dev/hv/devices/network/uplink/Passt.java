package dev.hv.devices.network.uplink;

import dev.hv.core.machine.Outside;
import dev.hv.devices.network.VirtualSwitch;
import java.io.File;
import java.io.IOException;
import java.nio.channels.SocketChannel;
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

    /** The program, listening and connected to, before a switch is at the other end. */
    private record Ready(Process process, Path folder, SocketChannel socket) {

        /** In a replay there is no program. */
        static final Ready REPLAYED = new Ready(null, null, null);

        Passt attach(VirtualSwitch network, Outside machine, Runnable lost) {
            return new Passt(process, folder, SocketUplink.on(socket, network, machine, lost));
        }

        void end() throws IOException {
            if (process == null) {
                return;
            }
            socket.close();
            process.destroy();
            delete(folder);
        }
    }

    /**
     * Starts passt and connects it to a switch.
     *
     * @param forwards ports of the host that lead to the guest
     * @param machine where frames enter
     * @param lost run on the machine's thread when passt ends by itself
     * @throws IOException when it is not installed or does not start; the message is for people
     */
    public static Passt start(VirtualSwitch network, List<Forward> forwards, Outside machine, Runnable lost) throws IOException {
        return (machine.replays() ? Ready.REPLAYED : ready(forwards)).attach(network, machine, lost);
    }

    /**
     * As {@link #start}, beside a machine that runs: its thread does not wait for the program.
     *
     * @param failed told why it does not start, on the machine's thread
     * @return ends it, also when it has not started yet
     */
    public static AutoCloseable startBeside(VirtualSwitch network, List<Forward> forwards, Outside machine, Runnable lost, Consumer<IOException> failed) {
        var starting = new Starting();
        Outside.Inlet came = machine.inlet("passt", why -> {
            if (why.length == 0) {
                starting.attach(network, machine, lost);
            } else {
                failed.accept(new IOException(new String(why, StandardCharsets.UTF_8)));
            }
        });
        if (machine.replays()) {
            starting.ready = Ready.REPLAYED;
            return starting;
        }
        Thread.ofPlatform().daemon().name("hv passt").start(() -> {
            try {
                if (starting.take(ready(forwards))) {
                    came.give();
                }
            } catch (IOException e) {
                came.give(String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8));
            }
        });
        return starting;
    }

    /** The program while it starts and after that; the lock on this is held for moments only. */
    private static final class Starting implements AutoCloseable {
        private Ready ready;
        private Passt passt;
        private boolean over;

        /** It has started; false when nobody wants it any more. */
        synchronized boolean take(Ready program) throws IOException {
            if (over) {
                program.end();
            } else {
                ready = program;
            }
            return !over;
        }

        /** On the machine's thread. */
        synchronized void attach(VirtualSwitch network, Outside machine, Runnable lost) {
            if (!over) {
                passt = ready.attach(network, machine, lost);
            }
        }

        @Override
        public synchronized void close() throws IOException {
            over = true;
            if (passt != null) {
                passt.close();
            } else if (ready != null) {
                ready.end();
            }
        }
    }

    /** Starts the program and connects to it. */
    private static Ready ready(List<Forward> forwards) throws IOException {
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
        SocketChannel connected = connect(process, socket);
        if (connected == null) {
            process.destroy();
            String why = Files.readString(log, StandardCharsets.UTF_8).strip().replace('\n', ' ');
            delete(folder);
            throw new IOException("passt does not start: " + why);
        }
        return new Ready(process, folder, connected);
    }

    private static List<String> command(Path socket, List<Forward> forwards) {
        List<String> all = new ArrayList<>(List.of("passt", "--foreground", "--one-off", "--quiet", "--socket", socket.toString()));
        for (Forward f : forwards) {
            all.addAll(List.of(f.udp() ? "--udp-ports" : "--tcp-ports", LOOPBACK + "/" + f.hostPort() + ":" + f.guestPort()));
        }
        return all;
    }

    /** Tries until passt listens; null when it ends or takes too long. */
    private static SocketChannel connect(Process process, Path socket) {
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                return SocketUplink.open(socket);
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
        if (process != null) {
            process.destroy();
            delete(folder);
        }
    }
}
