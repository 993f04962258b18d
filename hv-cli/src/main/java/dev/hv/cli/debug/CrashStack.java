package dev.hv.cli.debug;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Cpu;
import java.util.Map;

/**
 * What a processor was doing when it crashed, in names: RIP, callers as far as frame pointers lead, and what else on the stack looks like a return address, which is
 * a guess and has a question mark, as in Linux's own traces.
 */
public final class CrashStack {

    private static final int MOST_LINES = 32;
    /** Linux' stacks have 16 KiB. */
    private static final int STACK = 0x4000;

    private final DebugTarget target;
    /** Null: those that the guest has of itself. */
    private final SymbolTable given;

    /**
     * Of a machine.
     *
     * @param given symbols from a file; null for those that the guest has of itself
     */
    public CrashStack(DebugTarget target, SymbolTable given) {
        this.target = target;
        this.given = given;
    }

    /** Lines of text; empty when nothing has a name. The machine stands. */
    public String of(int processor) {
        Cpu c = target.processor(processor);
        var memory = new VirtualMemory(target);
        LinearMemory linear = (at, length) -> memory.read(c, at, length);
        Map<String, String> info = VmcoreInfo.of(new TargetCore(target));
        SymbolTable symbols = given != null ? given.moved(offset(info, given)) : new GuestSymbols(linear, info).read();
        if (symbols == null || symbols.size() == 0) {
            return "";
        }
        LinuxModules modules = symbols.hasModules() ? null : LinuxModules.of(linear, symbols, null);
        return lines(c, modules == null ? symbols : symbols.with(modules.symbols(linear)), memory.read(c, c.gpr(Cpu.RSP), STACK));
    }

    static String lines(Cpu c, SymbolTable symbols, byte[] stack) {
        var lines = new StringBuilder();
        int count = line(lines, symbols, c.rip, "");
        long rsp = c.gpr(Cpu.RSP);
        long frame = c.gpr(Cpu.RBP) - rsp;
        for (int at = 0; at + 8 <= stack.length && count < MOST_LINES; at += 8) {
            long value = LittleEndian.u64(stack, at);
            boolean framed = at == frame + 8;
            if (framed) {
                long next = LittleEndian.u64(stack, (int) frame) - rsp;
                frame = next > frame ? next : -1;
            }
            // the call is before the address that it returns to
            count += line(lines, symbols, value, framed ? "" : "? ");
        }
        return count == 0 ? "" : "stack:" + System.lineSeparator() + lines;
    }

    private static int line(StringBuilder to, SymbolTable symbols, long address, String guess) {
        String name = symbols.code(address);
        if (name == null) {
            return 0;
        }
        to.append("  ").append(guess).append(name).append(System.lineSeparator());
        return 1;
    }

    /** How far the kernel is from where a file says: what it says itself of a symbol of both, or of its shift alone. */
    static long offset(Map<String, String> info, SymbolTable given) {
        try {
            String stext = info.get("SYMBOL(_stext)");
            long there = given.address("_stext");
            return stext != null && there != -1 ? Long.parseUnsignedLong(stext, 16) - there : Long.parseUnsignedLong(info.getOrDefault("KERNELOFFSET", "0"), 16);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
