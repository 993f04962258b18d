package dev.hv.cli.debug;

import dev.hv.cli.debug.SymbolTable.Symbol;
import dev.hv.cpu.memory.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The modules that are loaded into a Linux guest, from its memory: the kernel's list of them, and the symbols of each with their addresses (kallsyms of modules). Where the list is, the kernel's own symbols say, and where the members of its structures are, its BTF or
 * somebody's debugging information of the same kernel. All of it is the guest's and may be anything, and change while it is read.
 */
public final class LinuxModules {

    /** Linux 6 has some 40 in a small guest; with this many the list is none. */
    private static final int MOST_MODULES = 4096;
    private static final int MOST_SYMBOLS = 1 << 17;
    private static final int MOST_NAMES = 1 << 24;
    private static final int MOST_TYPES = 1 << 26;
    private static final int NAME = 56;
    /** Of {@code enum module_state}: addresses are not known yet. */
    private static final int UNFORMED = 3;
    private static final int ELF_SYMBOL = 24;

    /**
     * A module.
     *
     * @param at address of its {@code struct module}
     * @param ready its symbols have their addresses
     */
    public record Module(String name, long at, boolean ready) {}

    /** A name of a module: its address, and how many bytes it is of; 0 where that is not said. */
    public record Name(String text, long address, long size, char type) {}

    private final long head;
    private final int list;
    private final int name;
    private final int state;
    private final int kallsyms;
    private final int[] table;

    private LinuxModules(long head, StructLayout layout) {
        this.head = head;
        list = need(layout, "module", "list");
        name = need(layout, "module", "name");
        state = need(layout, "module", "state");
        kallsyms = need(layout, "module", "kallsyms");
        table = new int[] {need(layout, "mod_kallsyms", "symtab"), need(layout, "mod_kallsyms", "num_symtab"), need(layout, "mod_kallsyms", "strtab"), need(layout, "mod_kallsyms", "typetab")};
    }

    private static int need(StructLayout layout, String structure, String member) {
        int offset = layout.offset(structure, member);
        if (offset == StructLayout.NONE) {
            throw new IllegalArgumentException(structure + "." + member);
        }
        return offset;
    }

    /**
     * Modules of the guest that memory is of.
     *
     * @param otherwise asked where members are when the kernel does not say it; null for nobody
     * @return null when there is no such list, or it cannot be found
     */
    public static LinuxModules find(PhysicalMemory physical, LinearMemory linear, StructLayout otherwise) {
        Map<String, String> info = VmcoreInfo.of(physical);
        SymbolTable symbols = info.isEmpty() ? null : new GuestSymbols(linear, info).read();
        return symbols == null ? null : of(linear, symbols, otherwise);
    }

    /** The same by a kernel's symbols. */
    static LinuxModules of(LinearMemory linear, SymbolTable symbols, StructLayout otherwise) {
        long head = symbols.address("modules");
        if (head == -1) {
            return null;
        }
        long from = symbols.address("__start_BTF");
        long length = symbols.address("__stop_BTF") - from;
        StructLayout types = from == -1 || length <= 0 || length > MOST_TYPES ? null : BtfTypes.of(linear.read(from, (int) length));
        StructLayout layout = types == null ? otherwise : types;
        try {
            return layout == null ? null : new LinuxModules(head, layout);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** What changes when a module is loaded, and when the one that was loaded last is unloaded; 0 when the list is not there any more. */
    public long newest(LinearMemory memory) {
        return memory.u64(head);
    }

    /** All modules, that which was loaded last first; null when the list is not there any more. */
    public List<Module> list(LinearMemory memory) {
        List<Module> all = new ArrayList<>();
        long before = head;
        for (long at = memory.u64(head); at != head; at = memory.u64(at)) {
            // each points back to the one before, but while one is put in
            if (all.size() == MOST_MODULES || at == 0 || all.isEmpty() && memory.u64(at + 8) != before) {
                return all.isEmpty() ? null : all;
            }
            long module = at - list;
            all.add(new Module(text(memory.read(module + name, NAME), 0), module, memory.u32(module + state) != UNFORMED && memory.u64(module + kallsyms) != 0));
            before = at;
        }
        return all;
    }

    /** Names of a module that is ready. */
    public List<Name> names(LinearMemory memory, Module module) {
        long from = memory.u64(module.at + kallsyms);
        int count = memory.u32(from + table[1]);
        if (count <= 0 || count > MOST_SYMBOLS) {
            return List.of();
        }
        byte[] symbols = memory.read(memory.u64(from + table[0]), count * ELF_SYMBOL);
        byte[] types = memory.read(memory.u64(from + table[3]), count);
        int last = 0;
        for (int at = 0; at + ELF_SYMBOL <= symbols.length; at += ELF_SYMBOL) {
            last = Math.max(last, Math.min(LittleEndian.u32(symbols, at) & 0x7FFFFFFF, MOST_NAMES));
        }
        byte[] texts = memory.read(memory.u64(from + table[2]), last + SymbolTable.MOST_NAME);
        List<Name> all = new ArrayList<>();
        for (int i = 0; (i + 1) * ELF_SYMBOL <= symbols.length; i++) {
            int at = i * ELF_SYMBOL;
            String text = text(texts, LittleEndian.u32(symbols, at) & 0x7FFFFFFF);
            long address = LittleEndian.u64(symbols, at + 8);
            // those that are not defined have address 0
            if (!text.isEmpty() && LittleEndian.u16(symbols, at + 6) != 0 && address != 0) {
                all.add(new Name(text, address, LittleEndian.u64(symbols, at + 16), i < types.length ? (char) (types[i] & 0x7F) : '?'));
            }
        }
        return all;
    }

    private static String text(byte[] from, int at) {
        int end = at;
        while (end < from.length && from[end] != 0 && end - at < SymbolTable.MOST_NAME) {
            end++;
        }
        return end <= at ? "" : new String(from, at, end - at, StandardCharsets.ISO_8859_1);
    }

    /** Symbols of all modules, with one behind each module's last that is no code. */
    List<Symbol> symbols(LinearMemory memory) {
        List<Symbol> all = new ArrayList<>();
        List<Module> modules = list(memory);
        for (Module m : modules == null ? List.<Module>of() : modules) {
            for (Name n : m.ready ? names(memory, m) : List.<Name>of()) {
                all.add(new Symbol(n.address, n.type, n.text, m.name));
                if (n.size > 0 && SymbolTable.code(n.type)) {
                    all.add(new Symbol(n.address + n.size, ' ', "", m.name));
                }
            }
        }
        return all;
    }
}
