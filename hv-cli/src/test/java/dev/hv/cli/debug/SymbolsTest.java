package dev.hv.cli.debug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hv.cli.config.UsageException;
import dev.hv.cli.debug.SymbolTable.Symbol;
import dev.hv.cli.root.machine.BareMachine;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of addresses: from files, from a guest's memory, and on stacks. */
class SymbolsTest {

    private static final long BASE = 0xFFFFFFFF81000000L;

    @TempDir
    private Path temp;

    @Test
    void addressesHaveTheirFunctionsNames() {
        var table = new SymbolTable(List.of(new Symbol(BASE + 0x100, 'D', "data"), new Symbol(BASE, 'T', "first"), new Symbol(BASE + 0x40, 't', "second"), new Symbol(BASE + 0x40, 'r', "alias")));
        assertThat(table.code(BASE)).isEqualTo("first+0x0/0x40");
        assertThat(table.code(BASE + 0x3F)).isEqualTo("first+0x3f/0x40");
        assertThat(table.code(BASE + 0x50)).isEqualTo("second+0x10/0xc0");
        assertThat(table.code(BASE + 0x110)).as("data").isNull();
        assertThat(table.code(BASE - 1)).isNull();
        assertThat(table.moved(0x1000).code(BASE + 0x1001)).isEqualTo("first+0x1/0x40");
    }

    @Test
    void filesAreReadOrRefusedInOneLine() throws Exception {
        Path map = Files.writeString(temp.resolve("System.map"), "ffffffff81000000 T _text\nffffffff81000040 t next [module]\nnonsense\n");
        assertThat(SymbolFile.read(map).code(BASE + 1)).isEqualTo("_text+0x1/0x40");
        assertThatThrownBy(() -> SymbolFile.read(Files.writeString(temp.resolve("empty"), "no symbols"))).isInstanceOf(UsageException.class).hasMessageContaining("no symbols in it");
        assertThatThrownBy(() -> SymbolFile.read(temp.resolve("none"))).isInstanceOf(UsageException.class);
        var random = new Random(1);
        for (int i = 0; i < 300; i++) {
            byte[] elf = new byte[64 + random.nextInt(400)];
            random.nextBytes(elf);
            System.arraycopy(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1}, 0, elf, 0, 7);
            LittleEndian.put64(elf, 40, random.nextInt(elf.length));
            LittleEndian.put16(elf, 58, 64);
            LittleEndian.put16(elf, 60, random.nextInt(4));
            Path file = Files.write(temp.resolve("elf"), elf);
            assertThatThrownBy(() -> SymbolFile.read(file)).isInstanceOf(UsageException.class);
        }
    }

    /** A guest's tables, where its note says: two tokens make each name. */
    private static final class Guest {
        final byte[] memory = new byte[0x4000];
        final Map<String, String> info = new HashMap<>();

        Guest() {
            put("kallsyms_num_syms", 0, 3);
            put("kallsyms_relative_base", 0x100, 0);
            LittleEndian.put64(memory, 0x100, BASE);
            put("kallsyms_offsets", 0x200, 0);
            // a processor's data is absolute, everything else below the base by one
            LittleEndian.put32(memory, 0x200, 0x40);
            LittleEndian.put32(memory, 0x204, -1);
            LittleEndian.put32(memory, 0x208, -1 - 0x80);
            put("kallsyms_names", 0x300, 0);
            System.arraycopy(new byte[] {2, 0, 1, 2, 2, 3, (byte) 0x82, 0, 2, 4}, 0, memory, 0x300, 10);
            put("kallsyms_token_table", 0x1000, 0);
            put("kallsyms_token_index", 0x800, 0);
            byte[] text = "A\0gdt_page\0T\0_stext\0do_one_initcall\0".getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, memory, 0x1000, text.length);
            int[] at = {0, 2, 11, 13, 20};
            for (int i = 0; i < at.length; i++) {
                LittleEndian.put16(memory, 0x800 + 2 * i, at[i]);
            }
        }

        private void put(String name, int at, int value) {
            info.put("SYMBOL(" + name + ")", Long.toHexString(BASE + at));
            LittleEndian.put32(memory, at, value);
        }

        SymbolTable read() {
            return new GuestSymbols((linear, length) -> {
                long at = linear - BASE;
                return at < 0 || at >= memory.length ? new byte[0] : Arrays.copyOfRange(memory, (int) at, (int) Math.min(memory.length, at + length));
            }, info).read();
        }
    }

    @Test
    void aTableWithoutABaseIsRead() {
        var guest = new Guest();
        guest.info.remove("SYMBOL(kallsyms_relative_base)");
        LittleEndian.put32(guest.memory, 0x200, 0x1000);
        LittleEndian.put32(guest.memory, 0x204, -0x204);
        LittleEndian.put32(guest.memory, 0x208, 0x80 - 0x208);
        SymbolTable table = guest.read();
        assertThat(table.address("gdt_page")).isEqualTo(BASE + 0x1200);
        assertThat(table.code(BASE + 5)).isEqualTo("_stext+0x5/0x80");
        assertThat(table.address("do_one_initcall")).isEqualTo(BASE + 0x80);
    }

    @Test
    void aGuestsOwnTableIsRead() {
        SymbolTable table = new Guest().read();
        assertThat(table.size()).isEqualTo(3);
        assertThat(table.code(BASE + 5)).isEqualTo("_stext+0x5/0x80");
        assertThat(table.address("do_one_initcall")).isEqualTo(BASE + 0x80);
        assertThat(table.address("gdt_page")).isEqualTo(0x40);
    }

    @Test
    void aGuestsNonsenseIsNoTable() {
        var random = new Random(2);
        for (int i = 0; i < 2000; i++) {
            var guest = new Guest();
            for (int n = random.nextInt(8); n >= 0; n--) {
                guest.memory[random.nextInt(0x1040)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(4) == 0) {
                guest.info.remove(guest.info.keySet().stream().sorted().toList().get(random.nextInt(guest.info.size())));
            }
            guest.read();
        }
    }

    @Test
    void aStackHasCallersAndGuesses() {
        var model = CpuModels.parse("intel");
        Machine machine = new BareMachine(model, 16 << 20, 1, VirtualClock.virtual(10_000, model.tscHz(), VirtualClock.EPOCH), c -> {}, false).machine();
        try {
            Cpu c = machine.processors().getFirst();
            var table = new SymbolTable(List.of(new Symbol(BASE, 'T', "main"), new Symbol(BASE + 0x40, 't', "middle"), new Symbol(BASE + 0x80, 't', "stale"), new Symbol(BASE + 0xC0, 'T', "leaf"),
                    new Symbol(BASE + 0x100, 'D', "end")));
            c.rip = BASE + 0xC1;
            c.gpr(Cpu.RSP, 0x8000);
            c.gpr(Cpu.RBP, 0x8010);
            byte[] stack = new byte[0x40];
            LittleEndian.put64(stack, 8, BASE + 0x85);
            LittleEndian.put64(stack, 0x10, 0x8020);
            LittleEndian.put64(stack, 0x18, BASE + 0x45);
            LittleEndian.put64(stack, 0x28, BASE + 5);
            assertThat(CrashStack.lines(c, table, stack).lines().toList())
                    .containsExactly("stack:", "  leaf+0x1/0x40", "  ? stale+0x5/0x40", "  middle+0x5/0x40", "  main+0x5/0x40");
        } finally {
            machine.bus().memory().close();
        }
    }
}
