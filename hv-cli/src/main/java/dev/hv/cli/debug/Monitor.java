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
    private static final String REVERSE = """
            instant            where the run is: instructions since power-on
            goto INSTANT       goes there, forwards or back; then: maintenance flush register-cache
            """;

    private final DebugTarget target;
    private final VirtualMemory memory;
    private final ReverseControl reverse;

    /**
     * Commands.
     *
     * @param reverse null where a run cannot go back
     */
    Monitor(DebugTarget target, VirtualMemory memory, ReverseControl reverse) {
        this.target = target;
        this.memory = memory;
        this.reverse = reverse;
    }

    /** Carries a command out; what it says ends in a newline. */
    String run(int processor, String command) {
        Cpu c = target.processor(processor);
        if (reverse != null && (command.equals("instant") || command.startsWith("goto "))) {
            return travel(processor, command);
        }
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
        return command.equals("help") ? HELP + (reverse == null ? "" : REVERSE) : "no such command; monitor help lists them\n";
    }

    private String travel(int processor, String command) {
        if (command.equals("instant")) {
            return reverse.instant() + "\n";
        }
        String digits = command.substring(5).strip();
        if (!digits.matches("\\d{1,18}")) {
            return "goto: a number of instructions is needed\n";
        }
        reverse.goTo(processor, Long.parseLong(digits));
        return "";
    }
}
