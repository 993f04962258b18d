package dev.hv.cpu.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.events.Guest;
import dev.hv.cpu.state.Cpu;
import org.junit.jupiter.api.Test;

/** Decoded code follows memory, whoever writes how often; what it costs is bounded. */
class CodeCacheTest {

    private static final int PAGE = 4096;

    private final Guest g = Guest.long64();
    private final Cpu c = g.c;
    private final Interpreter engine = new Interpreter(c);

    private void code(int at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            g.put8(at + i, bytes[i]);
        }
    }

    @Test
    void codeWrittenInAPageThatHadLostAllItsBlocksIsSeen() {
        int target = Guest.CODE + PAGE;
        // lab: mov al,1 (at target); ret. The caller: call target; mov [target+1],2 with the translation made anew; call; store 3; call; hlt
        code(target, 0xB0, 1, 0xC3);
        code(Guest.CODE,
                0xFF, 0xD3,             // call rbx
                0xC6, 0x43, 0x01, 2,    // mov byte [rbx+1],2
                0x0F, 0x20, 0xD8, 0x0F, 0x22, 0xD8, // mov rax,cr3; mov cr3,rax
                0xC6, 0x43, 0x10, 0,    // mov byte [rbx+16],0: a translation that writes directly
                0xFF, 0xD3,             // call rbx
                0xC6, 0x43, 0x01, 3,    // mov byte [rbx+1],3
                0xFF, 0xD3,             // call rbx
                0xF4);
        c.gpr(Cpu.RBX, target);
        assertThat(engine.run(1000)).isEqualTo(RunResult.HALT);
        assertThat(c.gpr(Cpu.RAX) & 0xFF).isEqualTo(3);
    }

    @Test
    void aPageThatWritesIntoItselfRunsRightAndBuildsFewBlocks() {
        // lab: inc byte [rip-relative imm of the next]; add eax,imm8 ... jmp lab: every round adds one more
        code(Guest.CODE,
                0xFE, 0x05, 0x02, 0, 0, 0, // inc byte [rip+2]: the immediate of the next instruction
                0x83, 0xC0, 0,             // add eax,imm8
                0xEB, 0xF5);               // jmp back
        c.gpr(Cpu.RAX, 0);
        int rounds = 50_000;
        assertThat(engine.run(3L * rounds)).isEqualTo(RunResult.BUDGET);
        long sum = 0;
        for (int i = 1; i <= rounds; i++) {
            sum += (byte) i;
        }
        assertThat((int) c.gpr(Cpu.RAX)).isEqualTo((int) sum);
        assertThat(engine.cache().built).as("one a round without the fallback").isLessThan(2_000);
    }

    @Test
    void aPageThatIsLeftInPeaceIsCachedAgain() {
        aPageThatWritesIntoItselfRunsRightAndBuildsFewBlocks();
        // lab: dec ecx; jnz lab; hlt — in the same page, until the while is over and for long after it
        code(Guest.CODE + 0x800, 0xFF, 0xC9, 0x75, 0xFC, 0xF4);
        c.rip = Guest.CODE + 0x800;
        c.gpr(Cpu.RCX, 5_000_000);
        long before = engine.cache().built;
        assertThat(engine.run(20_000_000)).isEqualTo(RunResult.HALT);
        assertThat(engine.cache().built - before).isBetween(1L, 20L);
        assertThat(engine.cache().alone).as("not all of them").isLessThan(3_000_000);
    }

    @Test
    void aWriteLooksAtTheBlocksNearItOnly() {
        // two thousand blocks of one page: a jump to the next at every second byte
        for (int i = 0; i < PAGE - 2; i += 2) {
            code(Guest.CODE + i, 0xEB, 0);
        }
        code(Guest.CODE + PAGE - 2, 0xF4);
        engine.run(10_000);
        assertThat(engine.cache().built).isEqualTo(PAGE / 2);
        long before = engine.cache().invalidated;
        // mov [rdi],ax writes the same jump again
        int store = Guest.CODE + 4 * PAGE;
        code(store, 0x66, 0x89, 0x07, 0xF4);
        c.rip = store;
        c.activity = Cpu.ACTIVE;
        c.gpr(Cpu.RAX, 0x00EB);
        c.gpr(Cpu.RDI, Guest.CODE + 0x400);
        engine.run(10);
        assertThat(engine.cache().invalidated - before).isEqualTo(1);
        assertThat(engine.cache().lookedAt).isLessThanOrEqualTo(64);
    }

    @Test
    void aBlockAtEveryByteIsDroppedBeforeTheHeapIsFull() {
        // a page of NOPs ends in RET; entered at every byte of it
        for (int i = 0; i < PAGE - 1; i++) {
            code(Guest.CODE + i, 0x90);
        }
        code(Guest.CODE + PAGE - 1, 0xC3);
        Interpreter small = new Interpreter(c, EventHandler.ARCHITECTURAL, 10_000);
        for (int i = 0; i < 10 * PAGE; i++) {
            c.rip = Guest.CODE + i % PAGE;
            c.gpr(Cpu.RSP, Guest.KERNEL_STACK - 0x800);
            small.run(1);
        }
        assertThat(small.cache().weight()).isLessThan(20_000);
        assertThat(small.cache().built).as("it really is dropped").isGreaterThan(PAGE);
    }
}
