package dev.hv.cli.debug;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.LinearProbe;
import dev.hv.cpu.state.NestedPaging;
import dev.hv.cpu.state.RegisterDump;

/** Commands that a debugger hands on: {@code monitor …} in GDB. */
final class Monitor {

    private static final String HELP = """
            registers          the processor's registers, as a crash report has them
            translate ADDRESS  where a linear address (hexadecimal) leads to, entry by entry
            """;
    private static final String REVERSE = """
            instant            where the run is: instructions since power-on
            goto INSTANT       goes there, forwards or back; then: maintenance flush register-cache
            """;
    private static final String HELP_HELP = "help               this text\n";

    private final DebugTarget target;
    private final VirtualMemory memory;
    private final ReverseControl reverse;
    private final MonitorCommands commands;

    /**
     * Commands.
     *
     * @param reverse null where a run cannot go back
     */
    Monitor(DebugTarget target, VirtualMemory memory, ReverseControl reverse, MonitorCommands commands) {
        this.target = target;
        this.memory = memory;
        this.reverse = reverse;
        this.commands = commands;
    }

    /** Carries a command out at a processor; what it says ends in a newline. */
    String run(int processor, String text) {
        int blank = text.indexOf(' ');
        String command = blank < 0 ? text : text.substring(0, blank);
        String arguments = blank < 0 ? "" : text.substring(blank + 1).strip();
        String said = switch (command) {
            case "registers" -> RegisterDump.of(target.processor(processor));
            case "translate" -> translate(target.processor(processor), arguments);
            case "help" -> HELP + commands.help() + (reverse == null ? "" : REVERSE) + HELP_HELP;
            case "instant", "goto" -> reverse == null ? null : travel(processor, command, arguments);
            default -> commands.run(command, arguments);
        };
        return said != null ? said : "no such command; monitor help lists them\n";
    }

    private String travel(int processor, String command, String arguments) {
        if (command.equals("instant")) {
            return reverse.instant() + "\n";
        }
        if (!arguments.matches("\\d{1,18}")) {
            return "goto: a number of instructions is needed\n";
        }
        reverse.goTo(processor, Long.parseLong(arguments));
        return "";
    }

    private String translate(Cpu c, String text) {
        long linear;
        try {
            linear = Hex.number(text.startsWith("0x") ? text.substring(2) : text);
        } catch (IllegalArgumentException e) {
            return "translate: a hexadecimal address is needed\n";
        }
        var said = new StringBuilder();
        long p = LinearProbe.translate(c, linear, memory.tables(), (second, level, at, entry) -> step(said, second ? "second level " : "level ", level, at, entry));
        if (p == LinearProbe.NOWHERE) {
            return said + "not mapped\n";
        }
        said.append("0x%x%s\n".formatted(p, target.read(p, new byte[1]) ? "" : " (no memory)"));
        NestedPaging.Tables host = target.second();
        if (host != null) {
            long system = LinearProbe.second(host, p, VirtualMemory.words(target::readSystem), (second, level, at, entry) -> step(said, "hypervisor's level ", level, at, entry));
            said.append(system == LinearProbe.NOWHERE ? "not mapped by the hypervisor\n" : "system memory 0x%x\n".formatted(system));
        }
        return said.toString();
    }

    private static void step(StringBuilder to, String which, int level, long at, long entry) {
        to.append("%s%d: [0x%x] = 0x%x\n".formatted(which, level, at, entry));
    }
}
