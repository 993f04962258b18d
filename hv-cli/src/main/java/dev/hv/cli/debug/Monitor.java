package dev.hv.cli.debug;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.RegisterDump;

/** Commands that a debugger hands on: {@code monitor …} in GDB. */
final class Monitor {

    private static final String HELP = """
            registers          the processor's registers, as a crash report has them
            translate ADDRESS  where a linear address (hexadecimal) leads to
            help               this text
            """;

    private final DebugTarget target;
    private final VirtualMemory memory;

    Monitor(DebugTarget target, VirtualMemory memory) {
        this.target = target;
        this.memory = memory;
    }

    /** Carries a command out; what it says ends in a newline. */
    String run(Cpu c, String command) {
        if (command.equals("registers")) {
            return RegisterDump.of(c);
        }
        if (command.startsWith("translate ")) {
            try {
                String digits = command.substring(10).strip();
                long p = memory.translate(c, Hex.number(digits.startsWith("0x") ? digits.substring(2) : digits));
                return p < 0 ? "not mapped\n" : "0x%x%s\n".formatted(p, target.read(p, new byte[1]) ? "" : " (no memory)");
            } catch (IllegalArgumentException e) {
                return "translate: a hexadecimal address is needed\n";
            }
        }
        return command.equals("help") ? HELP : "no such command; monitor help lists them\n";
    }
}
