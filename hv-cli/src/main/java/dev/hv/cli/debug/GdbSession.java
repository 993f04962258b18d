package dev.hv.cli.debug;

import dev.hv.cli.debug.ReverseControl.Arrival;
import dev.hv.cli.debug.ReverseControl.Edge;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.HostDebug;
import dev.hv.cpu.state.HostDebug.Stop;
import dev.hv.cpu.state.HostDebug.Watch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a debugger's packets mean (GDB manual, appendix E), without a connection: a packet in, an answer out. Threads are processors, numbered from 1. Only
 * called while the machine stands still.
 */
final class GdbSession {

    /** What is to come after a packet. */
    enum Next { STAY, RESUME, DETACH, KILL }

    /** An answer, null for none, and what comes after it. */
    record Answer(String text, Next next) {
        static Answer of(String text) {
            return new Answer(text, Next.STAY);
        }
    }

    private static final Answer OK = Answer.of("OK");
    private static final Answer UNKNOWN = Answer.of("");
    private static final Answer BAD = Answer.of("E01");
    /** Memory that cannot be reached: EFAULT. */
    private static final Answer NO_MEMORY = Answer.of("E0e");
    private static final Answer RESUME = new Answer(null, Next.RESUME);
    private static final int MOST_MEMORY = PacketReader.MOST / 2 - 16;
    private static final int MOST_STOPS = 1000;
    private static final int MOST_WATCHED = 0x1000;

    private DebugTarget target;
    private List<HostDebug> debugs;
    private final ReverseControl reverse;
    private final Registers registers = new Registers();
    private VirtualMemory memory;
    private Monitor monitor;
    private final MonitorCommands commands;
    /** Stops that are set, by their packets; what they stop at is told by kind. */
    private final Map<String, Integer> stops = new HashMap<>();
    /** Processor that registers and memory are of, and that steps. */
    private int current;
    private int stepper = -1;
    private String last = "T05thread:1;";
    private boolean acknowledges = true;

    /**
     * A session that has just begun.
     *
     * @param reverse null where a run cannot go back
     */
    GdbSession(DebugTarget target, List<HostDebug> debugs, ReverseControl reverse, MonitorCommands commands) {
        this.target = target;
        this.debugs = debugs;
        this.reverse = reverse;
        memory = new VirtualMemory(target);
        this.commands = commands;
        monitor = new Monitor(target, memory, reverse, commands);
    }

    /** From now on this is what the debugger sees, with the stops that are set. */
    void attach(DebugTarget to, List<HostDebug> its) {
        target = to;
        debugs = its;
        boolean physical = memory.physical;
        memory = new VirtualMemory(to);
        memory.physical = physical;
        monitor = new Monitor(to, memory, reverse, commands);
        stops.forEach((key, kind) -> {
            String[] parts = key.split(" ");
            set(kind, Long.parseLong(parts[1]), Integer.parseInt(parts[2]), true);
        });
    }

    /** Whether packets are acknowledged. */
    boolean acknowledges() {
        return acknowledges;
    }

    /** The machine stands: what the debugger is told. */
    String arrived(Arrival a) {
        String stop = stopped(a.processor() < 0 ? current : a.processor(), a.why(), a.address());
        if (a.edge() != Edge.NONE) {
            last += a.edge() == Edge.BEGIN ? "replaylog:begin;" : "replaylog:end;";
            stop = last;
        }
        return a.text() == null ? stop : Hex.of(a.text().getBytes(StandardCharsets.UTF_8));
    }

    /** The machine has stopped: what the debugger is told. */
    String stopped(int processor, Stop why, long address) {
        current = processor;
        String thread = "T05thread:%x;".formatted(processor + 1);
        last = switch (why) {
            case BREAKPOINT -> thread + (stops.containsKey(key(0, address, 1)) ? "swbreak:;" : "hwbreak:;");
            case STEP, INSTANT -> thread;
            case WRITE -> thread + "watch:%x;".formatted(address);
            case READ -> thread + "rwatch:%x;".formatted(address);
            case ACCESS -> thread + "awatch:%x;".formatted(address);
        };
        return last;
    }

    /** The machine was stopped from outside. */
    String interrupted() {
        last = "T02thread:%x;".formatted(current + 1);
        return last;
    }

    /** Takes all stops away. */
    void end() {
        stops.clear();
        for (HostDebug d : debugs) {
            d.clear();
        }
    }

    /** Answers a packet, whatever it holds. */
    Answer answer(String packet) {
        try {
            return packet.isEmpty() ? UNKNOWN : meaning(packet);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // not what its kind of packet looks like
            return BAD;
        }
    }

    private Answer meaning(String p) {
        String rest = p.substring(1);
        if (reverse != null && "GPMX".indexOf(p.charAt(0)) >= 0) {
            // a run that is repeated cannot be another
            return BAD;
        }
        return switch (p.charAt(0)) {
            case '?' -> Answer.of(last);
            case 'g' -> allRegisters();
            case 'G' -> setAll(Hex.bytes(rest));
            case 'p' -> Answer.of(Hex.of(registers.get(cpu(), (int) Hex.number(rest))));
            case 'P' -> {
                int equals = rest.indexOf('=');
                yield set((int) Hex.number(rest.substring(0, equals)), Hex.bytes(rest.substring(equals + 1))) ? OK : BAD;
            }
            case 'm' -> read(rest);
            case 'M', 'X' -> write(p);
            case 'Z', 'z' -> stop(p);
            case 'H' -> thread(rest);
            case 'T' -> processor(rest) >= 0 ? OK : BAD;
            case 'c' -> rest.isEmpty() ? RESUME : BAD;
            case 's' -> rest.isEmpty() ? step(stepper >= 0 ? stepper : current) : BAD;
            case 'D' -> new Answer("OK", Next.DETACH);
            case 'k' -> new Answer(null, Next.KILL);
            case 'v' -> verbose(p);
            case 'q', 'Q' -> query(p);
            case 'b' -> back(p);
            default -> UNKNOWN;
        };
    }

    private Cpu cpu() {
        return target.processor(current);
    }

    private Answer allRegisters() {
        var s = new StringBuilder();
        for (int i = 0; i < registers.count(); i++) {
            s.append(Hex.of(registers.get(cpu(), i)));
        }
        return Answer.of(s.toString());
    }

    private Answer setAll(byte[] all) {
        int at = 0;
        for (int i = 0; i < registers.count(); i++) {
            byte[] value = registers.get(cpu(), i);
            if (at + value.length > all.length) {
                return BAD;
            }
            byte[] wanted = Arrays.copyOfRange(all, at, at + value.length);
            if (!Arrays.equals(wanted, value) && !set(i, wanted)) {
                return BAD;
            }
            at += value.length;
        }
        return OK;
    }

    /** Sets a register of the current processor; false for one that cannot be set so. */
    private boolean set(int number, byte[] value) {
        Cpu c = cpu();
        boolean[] done = {false};
        target.change(current, () -> done[0] = registers.set(c, number, value, memory.tables()));
        return done[0];
    }

    private Answer read(String rest) {
        int comma = rest.indexOf(',');
        long length = Hex.number(rest.substring(comma + 1));
        if (length < 0 || length > MOST_MEMORY) {
            return BAD;
        }
        byte[] data = memory.read(cpu(), Hex.number(rest.substring(0, comma)), (int) length);
        return data.length == 0 && length > 0 ? NO_MEMORY : Answer.of(Hex.of(data));
    }

    private Answer write(String p) {
        int comma = p.indexOf(',');
        int colon = p.indexOf(':');
        long address = Hex.number(p.substring(1, comma));
        String text = p.substring(colon + 1);
        byte[] data = p.charAt(0) == 'X' ? text.getBytes(StandardCharsets.ISO_8859_1) : Hex.bytes(text);
        if (Hex.number(p.substring(comma + 1, colon)) != data.length) {
            return BAD;
        }
        return memory.write(cpu(), address, data) ? OK : NO_MEMORY;
    }

    private static String key(int kind, long address, int length) {
        return kind + " " + address + " " + (kind < 2 ? 1 : length);
    }

    private Answer stop(String p) {
        boolean set = p.charAt(0) == 'Z';
        String[] parts = p.substring(1).split("[,;]");
        int kind = (int) Hex.number(parts[0]);
        long address = Hex.number(parts[1]);
        long length = Hex.number(parts[2]);
        if (kind > 4) {
            return UNKNOWN;
        }
        if (kind < 0 || length < 0 || length > MOST_WATCHED || kind >= 2 && length == 0 || set && stops.size() >= MOST_STOPS) {
            return BAD;
        }
        String key = key(kind, address, (int) length);
        if (set) {
            stops.put(key, kind);
        } else {
            stops.remove(key);
        }
        set(kind, address, (int) length, set);
        return OK;
    }

    private void set(int kind, long address, int length, boolean set) {
        // an address can have both kinds of breakpoint
        boolean wanted = set || kind < 2 && (stops.containsKey(key(0, address, 1)) || stops.containsKey(key(1, address, 1)));
        for (HostDebug d : debugs) {
            if (kind < 2) {
                d.breakpoint(address, wanted);
            } else {
                d.watch(new Watch(address, length, kind == 2 ? Stop.WRITE : kind == 3 ? Stop.READ : Stop.ACCESS), set);
            }
        }
    }

    /** A thread's processor; -1 for none. */
    private int processor(String id) {
        long n = Hex.number(id);
        return n >= 1 && n <= target.processors() ? (int) n - 1 : -1;
    }

    private Answer thread(String rest) {
        char operation = rest.charAt(0);
        String id = rest.substring(1);
        boolean any = id.equals("0") || id.equals("-1");
        int n = any ? -1 : processor(id);
        if (!any && n < 0) {
            return BAD;
        }
        if (operation == 'g') {
            current = any ? current : n;
        } else {
            stepper = n;
        }
        return OK;
    }

    private Answer step(int processor) {
        debugs.get(processor).step(target.processor(processor));
        return RESUME;
    }

    private Answer verbose(String p) {
        if (p.equals("vCont?")) {
            return Answer.of("vCont;c;C;s;S");
        }
        if (p.startsWith("vCont;")) {
            for (String action : p.substring(6).split(";")) {
                int colon = action.indexOf(':');
                char what = Character.toLowerCase(action.charAt(0));
                if (what != 'c' && what != 's') {
                    return BAD;
                }
                if (what == 's') {
                    int n = colon < 0 || action.endsWith(":-1") ? current : processor(action.substring(colon + 1));
                    return n < 0 ? BAD : step(n);
                }
            }
            return RESUME;
        }
        return p.startsWith("vKill") ? new Answer("OK", Next.KILL) : UNKNOWN;
    }

    private Answer back(String p) {
        if (reverse == null || !p.equals("bs") && !p.equals("bc")) {
            return UNKNOWN;
        }
        if (p.equals("bs")) {
            reverse.stepBack(stepper >= 0 ? stepper : current);
        } else {
            reverse.continueBack(current);
        }
        throw new IllegalStateException("whoever goes back does not come back here");
    }

    private Answer query(String p) {
        if (p.startsWith("qSupported")) {
            return Answer.of("PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;vContSupported+;swbreak+;hwbreak+%s"
                    .formatted(PacketReader.MOST, reverse == null ? "" : ";ReverseStep+;ReverseContinue+"));
        }
        if (p.startsWith("qXfer:features:read:target.xml:")) {
            return transfer(registers.description(), p.substring(31));
        }
        if (p.startsWith("qXfer:threads:read::")) {
            return transfer(threads(), p.substring(20));
        }
        if (p.startsWith("qRcmd,")) {
            String command = new String(Hex.bytes(p.substring(6)), StandardCharsets.UTF_8);
            return Answer.of(Hex.of(monitor.run(current, command.strip()).getBytes(StandardCharsets.UTF_8)));
        }
        if (p.startsWith("qThreadExtraInfo,")) {
            int n = processor(p.substring(17));
            return n < 0 ? BAD : Answer.of(Hex.of(name(n).getBytes(StandardCharsets.UTF_8)));
        }
        return switch (p) {
            case "QStartNoAckMode" -> {
                acknowledges = false;
                yield OK;
            }
            case "qC" -> Answer.of("QC%x".formatted(current + 1));
            case "qAttached" -> Answer.of("1");
            case "qfThreadInfo" -> {
                var s = new StringBuilder("m");
                for (int i = 1; i <= target.processors(); i++) {
                    s.append(i == 1 ? "" : ",").append(Integer.toHexString(i));
                }
                yield Answer.of(s.toString());
            }
            case "qsThreadInfo" -> Answer.of("l");
            case "qqemu.PhyMemMode" -> Answer.of(memory.physical ? "1" : "0");
            case "Qqemu.PhyMemMode:0", "Qqemu.PhyMemMode:1" -> {
                memory.physical = p.endsWith("1");
                yield OK;
            }
            default -> UNKNOWN;
        };
    }

    private String name(int processor) {
        return "CPU#%d [%s]".formatted(processor, target.waits(processor) ? "halted" : "running");
    }

    private String threads() {
        var s = new StringBuilder("<?xml version=\"1.0\"?><threads>");
        for (int i = 0; i < target.processors(); i++) {
            s.append("<thread id=\"%x\" core=\"%d\" name=\"CPU#%d\">%s</thread>".formatted(i + 1, i, i, name(i)));
        }
        return s.append("</threads>").toString();
    }

    private static Answer transfer(String text, String range) {
        int comma = range.indexOf(',');
        long offset = Hex.number(range.substring(0, comma));
        long length = Hex.number(range.substring(comma + 1));
        if (offset < 0 || offset > text.length() || length < 0) {
            return BAD;
        }
        int end = (int) Math.min(text.length(), offset + Math.min(length, MOST_MEMORY));
        return Answer.of((end == text.length() ? 'l' : 'm') + text.substring((int) offset, end));
    }
}
