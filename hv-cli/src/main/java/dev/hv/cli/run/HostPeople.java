package dev.hv.cli.run;

import dev.hv.cli.console.HostConsole;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.Outside;
import dev.hv.core.machine.StopReason;
import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** What people of the host do to a run: they type on its consoles, and end it. */
final class HostPeople {

    /** Kind of a reason u8, its value i32, its detail. */
    private static final int VALUE = 1;
    private static final int DETAIL = VALUE + Integer.BYTES;

    private final Machine machine;
    private final Outside.Inlet stop;

    /** People at a machine that has its networks, and none of its consoles yet. */
    HostPeople(Machine machine) {
        this.machine = machine;
        stop = machine.outside().inlet("stop", this::stopped);
    }

    /** Ends the run, from any thread. A replay is ended as well, though that is no part of what it repeats. */
    void stop(StopReason reason) {
        if (machine.outside().replays()) {
            machine.post(() -> machine.stop(reason));
            return;
        }
        byte[] detail = reason.detail().getBytes(StandardCharsets.UTF_8);
        byte[] message = new byte[DETAIL + detail.length];
        message[0] = (byte) reason.kind().ordinal();
        LittleEndian.put32(message, VALUE, reason.value());
        System.arraycopy(detail, 0, message, DETAIL, detail.length);
        stop.give(message);
    }

    private void stopped(byte[] message) {
        machine.stop(new StopReason(StopReason.Kind.values()[message[0]], LittleEndian.u32(message, VALUE),
                new String(Arrays.copyOfRange(message, DETAIL, message.length), StandardCharsets.UTF_8)));
    }

    /** Somebody sits at a machine's console. */
    void sitAt(RunningVm vm, Consumer<StopReason> stops) {
        Outside.Inlet keys = machine.outside().inlet("console " + vm.config.name(), key -> vm.guest.chipset().uart().receive(key[0] & 0xFF));
        if (machine.outside().replays()) {
            return;
        }
        vm.host.start(new HostConsole.Input() {
            @Override
            public void typed(int value) {
                keys.give((byte) value);
            }

            @Override
            public void leave() {
                stops.accept(StopReason.of(StopReason.Kind.REQUESTED));
            }
        });
    }
}
