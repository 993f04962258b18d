package dev.hv.cpu.state;

/** The registers of a processor as text for people: general, RFLAGS, segments, control registers, tables. */
public final class RegisterDump {

    private static final String[] GPR = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15"};
    private static final String[] SEG = {"es", "cs", "ss", "ds", "fs", "gs"};

    private RegisterDump() {}

    /** Several lines, each ending in a newline. */
    public static String of(Cpu c) {
        var s = new StringBuilder();
        s.append("rip %016x  rflags %08x  cpl %d  instructions %d\n".formatted(c.rip, c.rflags(), c.cpl, c.instructions));
        for (int i = 0; i < 16; i++) {
            s.append(GPR[i]).append(' ').append("%016x".formatted(c.gpr(i))).append(i % 4 == 3 ? '\n' : ' ');
        }
        for (int i = 0; i < 6; i++) {
            segment(s, SEG[i], c.seg[i]);
        }
        segment(s, "ldtr", c.ldtr);
        segment(s, "tr", c.tr);
        s.append("gdtr %016x/%04x  idtr %016x/%04x\n".formatted(c.gdtrBase, c.gdtrLimit, c.idtrBase, c.idtrLimit));
        s.append("cr0 %08x  cr2 %016x  cr3 %016x  cr4 %08x  efer %04x\n".formatted(c.cr0, c.cr2(), c.cr3, c.cr4, c.efer));
        return s.toString();
    }

    private static void segment(StringBuilder s, String name, Segment g) {
        s.append("%-4s %04x base %016x limit %08x access %05x\n".formatted(name, g.selector, g.base, g.limit, g.access));
    }
}
