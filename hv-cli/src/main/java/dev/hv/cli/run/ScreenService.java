package dev.hv.cli.run;

import dev.hv.cli.config.SeriesConfig;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.config.VncConfig;
import dev.hv.cli.console.Messages;
import dev.hv.cli.root.worker.Seat;
import dev.hv.cli.vnc.VncServer;
import dev.hv.devices.video.Resolution;
import java.io.IOException;

/** What a run shows of its only guest's screen: to viewers, and in pictures. */
final class ScreenService implements AutoCloseable {

    private VncServer server;
    private ScreenSeries pictures;

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
        RunningVm vm = computer.vms().getFirst();
        Seat seat = Screens.seat(vm);
        if (seat == null) {
            return service;
        }
        if (series != null) {
            service.pictures = new ScreenSeries(series, seat.video(), computer.clock().watched());
            seat.watch(service.pictures);
        }
        if (vnc != null) {
            service.serve(vnc, vm, seat, computer);
        }
        return service;
    }

    private void serve(VncConfig vnc, RunningVm vm, Seat seat, LabMachine computer) {
        boolean made = vnc.socket() == null && vnc.password() == null;
        String password = made ? VncServer.freshPassword() : vnc.password();
        Resolution r = vm.config.screen().resolution();
        try {
            server = new VncServer(Math.max(0, vnc.port()), vnc.socket(), password, vm.config.name(), computer.machine()::post, seat.video(), vm.input, r.width(), r.height());
            seat.watch(server.listener());
            Messages.say("vnc: " + (vnc.socket() == null ? "127.0.0.1::" + server.port() : vnc.socket()) + (made ? ", password " + password : ""));
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--vnc " + (vnc.socket() == null ? vnc.port() : "unix:" + vnc.socket()) + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        if (pictures != null) {
            pictures.close();
        }
    }
}
