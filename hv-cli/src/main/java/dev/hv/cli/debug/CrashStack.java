package dev.hv.cli.debug;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Cpu;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
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
        Map<String, String> info = info();
        SymbolTable symbols = given != null ? given.moved(offset(info)) : new GuestSymbols((at, length) -> memory.read(c, at, length), info).read();
        return symbols == null || symbols.size() == 0 ? "" : lines(c, symbols, memory.read(c, c.gpr(Cpu.RSP), STACK));
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

    /** How far the kernel is from where its file says. */
    private static long offset(Map<String, String> info) {
        try {
            return Long.parseUnsignedLong(info.getOrDefault("KERNELOFFSET", "0"), 16);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private Map<String, String> info() {
        Map<String, String> info = new HashMap<>();
        for (String line : new String(VmcoreInfo.find(new TargetCore(target)), StandardCharsets.ISO_8859_1).split("\n")) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                info.put(line.substring(0, equals), line.substring(equals + 1).strip());
            }
        }
        return info;
    }
}
