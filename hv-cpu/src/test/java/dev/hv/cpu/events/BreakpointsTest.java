package dev.hv.cpu.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.execute.Interpreter;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.LocalInterrupts;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.PortBus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Debug traps of straight code: each behind the instruction that met the breakpoint (SDM vol. 3B, 18.2.4 and 18.3.1.2). */
class BreakpointsTest {

    private static final int HANDLER = 0x120000;
    private static final int DATA = 0x180000;
    private static final int READ_WRITE = 3;
    private static final int WRITE = 1;
    private static final int HLT = 0xF4;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;
    private final Interpreter engine = new Interpreter(c);
    /** What trapped: the address behind it and bits 3:0 and 15:13 of DR6. */
    private final List<String> traps = new ArrayList<>();

    BreakpointsTest() {
        code(HANDLER, HLT);
        g.gate64(1, Guest.KERNEL_CODE, HANDLER, 14, 0, 0);
    }

    @BeforeEach
    void data() {
        c.gpr(Cpu.RBX, DATA);
        c.gpr(Cpu.RDI, DATA);
        c.gpr(Cpu.RSI, DATA);
    }

    private void code(int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            g.put8(at + i, bytes[i]);
        }
    }

    private void watch(long address, int kind, int lengthCode) {
        c.dr[0] = address;
        c.dr[7] = 0x400 | 1 | kind << 16 | lengthCode << 18;
        c.tlb.flushAll();
        Modes.update(c);
    }

    /** Runs to the HLT behind the code, and returns from each trap. */
    private void run(int end) {
        while (true) {
            engine.run(100_000);
            assertThat(traps.size()).isLessThan(50);
            if (c.rip == end) {
                return;
            }
            assertThat(c.rip).isEqualTo(HANDLER + 1);
            long rsp = c.gpr(Cpu.RSP);
            traps.add("%x %x".formatted(g.get64(rsp), c.dr[6] & 0xE00F));
            c.dr[6] = 0xFFFF0FF0L;
            c.activity = Cpu.ACTIVE;
            c.rip = g.get64(rsp);
            c.setRflags(g.get64(rsp + 16));
            c.gpr(Cpu.RSP, g.get64(rsp + 24));
        }
    }

    /** mov [rbx], eax; mov eax, [rbx]; nop; inc dword [rbx]; hlt. */
    private void threeAccesses(int at) {
        code(at, 0x89, 0x03, 0x8B, 0x03, 0x90, 0xFF, 0x03, HLT);
        c.rip = at;
    }

    @Test
    void eachAccessTrapsByItself() {
        threeAccesses(Guest.CODE);
        watch(DATA, READ_WRITE, 3);
        run(Guest.CODE + 8);
        assertThat(traps).containsExactly("100002 1", "100004 1", "100007 1");
        assertThat(c.instructions).as("five, and the handler's HLT three times").isEqualTo(8);
    }

    @Test
    void readsDoNotMeetAWriteBreakpoint() {
        threeAccesses(Guest.CODE);
        watch(DATA + 2, WRITE, 1);
        run(Guest.CODE + 8);
        assertThat(traps).containsExactly("100002 1", "100007 1");
    }

    @Test
    void compiledCodeTrapsThere() {
        // mov ecx, 30000; mov [rbx], eax; mov eax, [rbx]; nop; inc dword [rbx]; dec ecx; jnz; hlt
        code(Guest.CODE, 0xB9, 0x30, 0x75, 0, 0, 0x89, 0x03, 0x8B, 0x03, 0x90, 0xFF, 0x03, 0xFF, 0xC9, 0x75, 0xF5, HLT);
        engine.run(1_000_000);
        assertThat(c.rip).isEqualTo(Guest.CODE + 17);
        c.activity = Cpu.ACTIVE;
        c.rip = Guest.CODE + 5;
        c.gpr(Cpu.RCX, 1);
        watch(DATA, READ_WRITE, 3);
        run(Guest.CODE + 17);
        assertThat(traps).containsExactly("100007 1", "100009 1", "10000c 1");
    }

    @Test
    void eachIterationTraps() {
        // mov ecx, 3; rep stosb; hlt
        code(Guest.CODE, 0xB9, 3, 0, 0, 0, 0xF3, 0xAA, HLT);
        watch(DATA, WRITE, 1);
        run(Guest.CODE + 8);
        assertThat(traps).containsExactly("100005 1", "100005 1");
        assertThat(c.gpr(Cpu.RDI)).isEqualTo(DATA + 3);
    }

    @Test
    void aTrapBetweenIterationsPushesTheResumeFlag() {
        code(Guest.CODE, 0xB9, 3, 0, 0, 0, 0xF3, 0xAA, HLT);
        watch(DATA + 1, WRITE, 0);
        engine.run(100);
        assertThat(g.get64(c.gpr(Cpu.RSP))).isEqualTo(Guest.CODE + 5);
        assertThat(g.get64(c.gpr(Cpu.RSP) + 16) & 1 << 16).isNotZero();
    }

    @Test
    void aDeviceIsAccessedOnceByAnInstructionThatMeetsABreakpoint() {
        // nop; movsd from the interrupt controller's page to the watched bytes; hlt
        int[] reads = {0};
        c.apic = new PageOfReads(reads);
        g.put64(Guest.PAGES + 0x2000 + 8 * 511, 0);
        g.put64(Guest.pte(0x190000), 0xFEE00000L | 7);
        c.gpr(Cpu.RSI, 0x190000);
        code(Guest.CODE, 0x90, 0xA5, HLT);
        watch(DATA, WRITE, 3);
        run(Guest.CODE + 3);
        assertThat(traps).containsExactly("100002 1");
        assertThat(reads[0]).isEqualTo(1);
        assertThat(g.get32(DATA)).isEqualTo(0x1234);
    }

    @Test
    void portsTrapBehindTheAccess() {
        c.ports = PortBus.NONE;
        c.cr4 |= 8;
        // in al, 0x40; in al, 0x44; out 0x43, al; hlt
        code(Guest.CODE, 0xE4, 0x40, 0xE4, 0x44, 0xE6, 0x43, HLT);
        watch(0x40, 2, 3);
        run(Guest.CODE + 7);
        assertThat(traps).containsExactly("100002 1", "100006 1");
    }

    /** An interrupt controller whose register page counts reads. */
    private static final class PageOfReads implements LocalInterrupts {
        private final int[] reads;

        PageOfReads(int[] reads) {
            this.reads = reads;
        }

        @Override
        public long readMmio(int offset, int size) {
            reads[0]++;
            return 0x1234;
        }

        @Override
        public boolean mmioEnabled() {
            return true;
        }

        @Override
        public long apicBase() {
            return 0xFEE00900L;
        }

        @Override
        public int pending() {
            return -1;
        }

        @Override
        public boolean externalPending() {
            return false;
        }

        @Override
        public void endOfInterrupt() {}

        @Override
        public int acknowledge() {
            return 0;
        }

        @Override
        public int cr8() {
            return 0;
        }

        @Override
        public void setCr8(int value) {}

        @Override
        public boolean setApicBase(long value) {
            return false;
        }

        @Override
        public void writeMmio(int offset, int size, long value) {}

        @Override
        public boolean canReadMsr(int msr) {
            return false;
        }

        @Override
        public long readMsr(int msr) {
            return 0;
        }

        @Override
        public boolean writeMsr(int msr, long value) {
            return false;
        }

        @Override
        public long tscDeadline() {
            return 0;
        }

        @Override
        public void setTscDeadline(long value) {}

        @Override
        public void tscChanged() {}

        @Override
        public void initReset() {}
    }
}
