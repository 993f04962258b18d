package dev.hv.cli.debug;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.MemoryRange;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Modules of a guest, from its memory. */
class LinuxModulesTest {

    private static final long AT = 0xFFFFFFFFC0000000L;

    private static PhysicalMemory physical(LinuxLike linux) {
        return new PhysicalMemory() {
            @Override
            public List<MemoryRange> memory() {
                return List.of(new MemoryRange(0, linux.memory.length));
            }

            @Override
            public boolean read(long at, byte[] to) {
                System.arraycopy(linux.memory, (int) at, to, 0, to.length);
                return true;
            }
        };
    }

    private static LinuxModules find(LinuxLike linux) {
        return LinuxModules.find(physical(linux), linux.linear(), null);
    }

    private static LinuxLike loaded() {
        var linux = new LinuxLike();
        linux.load("first", List.of(new LinuxModules.Name("one", AT, 0x10, 't'), new LinuxModules.Name("data", AT + 0x100, 8, 'd')));
        linux.load("second", List.of(new LinuxModules.Name("two", AT + 0x1000, 0x20, 'T')));
        return linux;
    }

    @Test
    void theListIsReadWithNamesAndAddresses() {
        LinuxLike linux = loaded();
        LinuxModules modules = find(linux);
        assertThat(modules.list(linux.linear())).extracting(LinuxModules.Module::name).containsExactly("second", "first");
        assertThat(modules.names(linux.linear(), modules.list(linux.linear()).getLast())).containsExactly(new LinuxModules.Name("one", AT, 0x10, 't'), new LinuxModules.Name("data", AT + 0x100, 8, 'd'));
        long newest = modules.newest(linux.linear());
        linux.unload();
        assertThat(modules.newest(linux.linear())).isNotEqualTo(newest);
        assertThat(modules.list(linux.linear())).extracting(LinuxModules.Module::name).containsExactly("first");
        linux.forming(true);
        assertThat(modules.list(linux.linear())).extracting(LinuxModules.Module::ready).containsExactly(false);
    }

    @Test
    void framesOfModulesHaveTheirNamesAndEndWithTheirCode() {
        LinuxLike linux = loaded();
        SymbolTable table = new SymbolTable(List.of(new SymbolTable.Symbol(LinuxLike.BASE, 'T', "_stext"))).with(find(linux).symbols(linux.linear()));
        assertThat(table.code(AT + 4)).isEqualTo("one+0x4/0x10 [first]");
        assertThat(table.code(AT + 0x1000)).isEqualTo("two+0x0/0x20 [second]");
        assertThat(table.code(AT + 0x10)).as("behind a module's last function").isNull();
        assertThat(table.code(AT + 0x104)).as("data").isNull();
        assertThat(table.code(LinuxLike.BASE + 1)).startsWith("_stext+0x1/");
        assertThat(table.hasModules()).isTrue();
    }

    @Test
    void aGuestsNonsenseIsNoList() {
        var random = new Random(4);
        int found = 0;
        for (int i = 0; i < 3000; i++) {
            LinuxLike linux = loaded();
            for (int n = random.nextInt(12); n >= 0; n--) {
                // tables, types and modules, but not the text that says where they are
                linux.memory[0x3000 + random.nextInt(0x6800)] = (byte) random.nextInt(256);
            }
            LinuxModules modules = find(linux);
            if (modules != null && modules.list(linux.linear()) != null) {
                modules.symbols(linux.linear());
                found++;
            }
        }
        assertThat(found).isBetween(1, 2999);
    }
}
