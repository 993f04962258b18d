package dev.hv.cli.root.worker;

import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.PortHandler;
import dev.hv.core.winhv.WinHv;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * The Hyper-V test device of kvm-unit-tests, a port of 32 bits at 0x3000: asserts synthetic interrupt sources of its own partition
 * and makes connections that come back to it. A command is source (bits 7:0), virtual processor (15:8), operation (23:16),
 * connection (31:24).
 */
final class SynicTestDevice implements PortHandler, Saveable {

    private static final int VERSION = 1;
    private static final int PORT = 0x3000;
    private static final int SET_SINT = 3;
    private static final int CREATE_MESSAGE_CONNECTION = 4;
    private static final int DELETE_MESSAGE_CONNECTION = 5;
    private static final int CREATE_EVENT_CONNECTION = 6;
    private static final int DELETE_EVENT_CONNECTION = 7;
    private static final int FLAGS = 2048;

    private final WinHv hypervisor;
    private final long partition;
    /** By connection id, the command that made it; 0 for none. */
    private final int[] connections = new int[256];
    /** Flag that asserts a source next: a flag that is set already would not interrupt. */
    private int flag;

    SynicTestDevice(IoBus bus, WinHv hypervisor, long partition) {
        this.hypervisor = hypervisor;
        this.partition = partition;
        bus.claimPorts(PORT, 4, this);
    }

    @Override
    public int readPort(int port, int size) {
        return 0;
    }

    @Override
    public void writePort(int port, int size, int value) {
        if (port != PORT || size != 4) {
            return;
        }
        int connection = value >>> 24;
        switch (value >>> 16 & 0xFF) {
            case SET_SINT -> {
                hypervisor.signalEventDirect(partition, processor(value), source(value), flag);
                flag = (flag + 1) % FLAGS;
            }
            case CREATE_MESSAGE_CONNECTION, CREATE_EVENT_CONNECTION -> connect(value);
            case DELETE_MESSAGE_CONNECTION, DELETE_EVENT_CONNECTION -> {
                hypervisor.deletePort(partition, connection);
                connections[connection] = 0;
            }
            // routes of sources need not be made here
            default -> { }
        }
    }

    /** Hardware reset: there are no connections. */
    void reset() {
        flag = 0;
        for (int i = 0; i < connections.length; i++) {
            disconnect(i);
        }
    }

    private void disconnect(int connection) {
        if (connections[connection] != 0) {
            hypervisor.deletePort(partition, connection);
            connections[connection] = 0;
        }
    }

    private static int processor(int command) {
        return command >>> 8 & 0xFF;
    }

    private static int source(int command) {
        return command & 0xFF;
    }

    private void connect(int command) {
        int connection = command >>> 24;
        int vp = processor(command);
        int sint = source(command);
        boolean made = (command >>> 16 & 0xFF) == CREATE_MESSAGE_CONNECTION
                ? hypervisor.createMessagePort(partition, connection, (from, type, payload, length) ->
                        hypervisor.postMessageDirect(partition, vp, sint, type, payload, length)).ok()
                : hypervisor.createEventPort(partition, connection, () ->
                        hypervisor.signalEventDirect(partition, vp, sint, connection)).ok();
        if (made) {
            connections[connection] = command;
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("synic-test-device", VERSION);
        out.put("flag", flag);
        for (int command : connections) {
            out.put("command", command);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("synic-test-device", VERSION);
        flag = (int) in.take();
        for (int i = 0; i < connections.length; i++) {
            disconnect(i);
            int command = (int) in.take();
            if (command != 0) {
                connect(command);
            }
        }
        in.end();
    }
}
