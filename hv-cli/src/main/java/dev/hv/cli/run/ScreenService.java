package dev.hv.cli.run;

import dev.hv.cli.config.SeriesConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VncConfig;
import dev.hv.cli.console.Messages;
import dev.hv.cli.root.worker.Seat;
import dev.hv.cli.vnc.VncServer;
import dev.hv.devices.video.Resolution;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** What a run shows of its guests' screens: to viewers, and in pictures. Where there are several, each has a place of its own. */
final class ScreenService implements AutoCloseable {

    private static final int MOST_PORT = 0xFFFF;

    private final List<VncServer> servers = new ArrayList<>();
    private final List<ScreenSeries> pictures = new ArrayList<>();

    private ScreenService() {}

    /**
     * Begins.
     *
     * @param vnc where viewers connect; null for nowhere, as in a replay
     * @param series where pictures go; null for nowhere
     * @throws UsageException when a place is taken
     */
    static ScreenService of(VncConfig vnc, SeriesConfig series, LabMachine computer) {
        var service = new ScreenService();
        List<RunningVm> shown = computer.vms().stream().filter(vm -> Screens.seat(vm) != null).toList();
        boolean several = shown.size() > 1;
        boolean made = vnc != null && vnc.socket() == null && vnc.password() == null;
        String password = vnc == null ? null : made ? VncServer.freshPassword() : vnc.password();
        try {
            for (int i = 0; i < shown.size(); i++) {
                RunningVm vm = shown.get(i);
                Seat seat = Screens.seat(vm);
                if (series != null) {
                    var of = new ScreenSeries(several ? folder(series, vm) : series, seat.video(), computer.clock().watched());
                    service.pictures.add(of);
                    seat.watch(of);
                }
                if (vnc != null) {
                    service.serve(several ? place(vnc, vm, i) : vnc, vm, computer, password, made, several);
                }
            }
        } catch (UsageException e) {
            service.close();
            throw e;
        }
        return service;
    }

    /** A machine's folder in that of all. */
    private static SeriesConfig folder(SeriesConfig all, RunningVm vm) {
        try {
            return new SeriesConfig(Files.createDirectories(all.folder().resolve(vm.config.name())), all.nanos());
        } catch (IOException e) {
            throw new UsageException("--screen " + all.folder() + ": no folder can be made there for " + vm.config.name() + ": " + e.getMessage());
        }
    }

    /** A machine's place beside those of the others: the port so far behind the first, or a socket with its name. */
    private static VncConfig place(VncConfig first, RunningVm vm, int number) {
        if (first.socket() != null) {
            return new VncConfig(-1, first.socket().resolveSibling(first.socket().getFileName() + "-" + vm.config.name()), first.password());
        }
        int port = first.port() == 0 ? 0 : first.port() + number;
        if (port > MOST_PORT) {
            throw new UsageException("--vnc " + first.port() + ": " + vm.config.name() + " is served at the port " + number + " behind it, and there is none");
        }
        return new VncConfig(port, null, first.password());
    }

    private void serve(VncConfig vnc, RunningVm vm, LabMachine computer, String password, boolean made, boolean several) {
        Resolution r = vm.config.screen().resolution();
        Seat seat = Screens.seat(vm);
        try {
            var server = new VncServer(Math.max(0, vnc.port()), vnc.socket(), password, vm.config.name(), computer.machine()::post, seat.video(), vm.input, r.width(), r.height());
            servers.add(server);
            seat.watch(server.listener());
            Messages.say("vnc" + (several ? " of " + vm.config.name() : "") + ": " + (vnc.socket() == null ? "127.0.0.1::" + server.port() : vnc.socket()) + (made ? ", password " + password : ""));
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--vnc " + (vnc.socket() == null ? vnc.port() : "unix:" + vnc.socket()) + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        servers.forEach(VncServer::close);
        pictures.forEach(ScreenSeries::close);
    }
}
