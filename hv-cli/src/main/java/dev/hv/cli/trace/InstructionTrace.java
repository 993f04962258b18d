package dev.hv.cli.trace;

import dev.hv.core.hypervisor.guest.GuestWatch;
import dev.hv.core.machine.Clock;
import dev.hv.cpu.decode.Table;
import dev.hv.cpu.state.CodeWitness;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.EventKind;
import java.util.Map;

/** Writes every instruction that is executed: address, bytes as they stand in memory when it was, mnemonic. */
final class InstructionTrace implements CodeWitness, GuestWatch {

    private static final int PAGE = 0x1000;

    private final TraceConfig config;
    private final TraceFile file;
    private final Clock clock;
    private final Map<Long, String> machines;
    /** Who runs on each logical processor: its machine and number. */
    private final String[] machine;
    private final int[] vp;

    /**
     * A trace.
     *
     * @param machines names of machines by their partitions; empty on the bare machine, whose processors have their own numbers
     * @param processors how many logical processors there are
     * @param bare name of the machine on the bare machine
     */
    InstructionTrace(TraceConfig config, TraceFile file, Clock clock, Map<Long, String> machines, int processors, String bare) {
        this.config = config;
        this.file = file;
        this.clock = clock;
        this.machines = machines;
        machine = new String[processors];
        vp = new int[processors];
        for (int i = 0; i < processors; i++) {
            machine[i] = bare;
            vp[i] = i;
        }
    }

    @Override
    public boolean everyTime() {
        return true;
    }

    @Override
    public void executed(Cpu c, long linear, long physical, short[] offsets, short[] rows, int from, int to) {
        if (file.over() || config.machine() != null && !config.machine().equals(machine[c.index])) {
            return;
        }
        long now = TraceLine.now(clock);
        if (!config.wants(now, vp[c.index])) {
            return;
        }
        for (int i = from; i < to; i++) {
            long at = linear + offsets[i];
            if (!config.wants(at)) {
                continue;
            }
            StringBuilder line = TraceLine.begin(now, machine[c.index], vp[c.index]);
            String address = Long.toHexString(at);
            line.append("0".repeat(16 - address.length())).append(address);
            int length = offsets[i + 1] - offsets[i];
            long place = physical + offsets[i];
            // bytes in another page are anywhere: they are not shown
            int here = (int) Math.min(length, PAGE - (place & PAGE - 1));
            if ((physical & PAGE - 1) + offsets[i] < PAGE) {
                for (int k = 0; k < here; k++) {
                    line.append(' ');
                    int b = (int) c.bus.read(place + k, 1) & 0xFF;
                    line.append(Character.forDigit(b >> 4, 16)).append(Character.forDigit(b & 15, 16));
                }
            }
            line.append(here < length ? " …" : "");
            if (rows[i] >= 0) {
                line.append("  ").append(Table.mnemonic(rows[i]));
            }
            file.line(line);
        }
    }

    @Override
    public void running(int processor, long partition, int number) {
        machine[processor] = TraceLine.machine(machines, partition);
        vp[processor] = number;
    }

    @Override
    public void exited(long partition, int number, Exit exit) {}

    @Override
    public void handled(long partition, int number, Exit exit) {}

    @Override
    public void interrupted(long partition, int number, EventKind kind, int vector) {}
}
