package dev.hv.cli.debug;

import dev.hv.cpu.memory.LittleEndian;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Memory as a Linux kernel has it as far as modules go: VMCOREINFO, kallsyms, BTF and a list of modules. Members are elsewhere than in any kernel, so that whoever knows where they are has read it. */
public final class LinuxLike {

    /** Linear address of the first byte. */
    public static final long BASE = 0xFFFFFFFF81000000L;
    private static final int INFO = 0x1000;
    private static final int NAMES = 0x3000;
    private static final int TOKENS = 0x4000;
    private static final int INDEX = 0x5000;
    private static final int OFFSETS = 0x6000;
    private static final int BTF = 0x7000;
    private static final int LIST = 0x8000;
    private static final int MODULES = 0x9000;
    private static final int STATE = 8;
    private static final int NEXT = 24;
    private static final int NAME = 48;
    private static final int KALLSYMS = 160;

    /** All of it. */
    public final byte[] memory = new byte[0x20000];
    private final List<Integer> entries = new ArrayList<>();
    private int free = MODULES;

    public LinuxLike() {
        var names = new ByteArrayOutputStream();
        Map<String, Integer> symbols = new TreeMap<>(Map.of("D modules", LIST, "R __start_BTF", BTF, "R __stop_BTF", BTF + btf(), "T _stext", 0));
        int token = 0;
        int text = TOKENS;
        for (Map.Entry<String, Integer> s : symbols.entrySet()) {
            byte[] name = s.getKey().replace(" ", "").getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(name, 0, memory, text, name.length);
            LittleEndian.put16(memory, INDEX + 2 * token, text - TOKENS);
            text += name.length + 1;
            names.write(1);
            names.write(token);
            LittleEndian.put32(memory, OFFSETS + 4 * token++, -1 - s.getValue());
        }
        System.arraycopy(names.toByteArray(), 0, memory, NAMES, names.size());
        LittleEndian.put32(memory, 0x100, token);
        LittleEndian.put64(memory, 0x200, BASE);
        put(INFO, ("OSRELEASE=6.1.0-like\nPAGESIZE=4096\nSYMBOL(_stext)=%x\nSYMBOL(kallsyms_num_syms)=%x\nSYMBOL(kallsyms_relative_base)=%x\nSYMBOL(kallsyms_offsets)=%x\nSYMBOL(kallsyms_names)=%x\n"
                + "SYMBOL(kallsyms_token_table)=%x\nSYMBOL(kallsyms_token_index)=%x\n").formatted(BASE, BASE + 0x100, BASE + 0x200, BASE + OFFSETS, BASE + NAMES, BASE + TOKENS, BASE + INDEX));
        link();
    }

    private void put(int at, String text) {
        byte[] b = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(b, 0, memory, at, b.length);
    }

    /** Types: a number, and both structures, the second with bit fields. Returns how many bytes they have. */
    private int btf() {
        var strings = new StringBuilder("\0");
        var types = new ByteArrayOutputStream();
        type(types, strings, "int", 1 << 24, 4, new int[] {0x20});
        type(types, strings, "module", 4 << 24 | 4, 512, new int[] {name(strings, "state"), 1, STATE * 8, name(strings, "list"), 1, NEXT * 8, name(strings, "name"), 1, NAME * 8, name(strings, "kallsyms"), 1, KALLSYMS * 8});
        type(types, strings, "mod_kallsyms", 4 << 24 | 1 << 31 | 5, 64, new int[] {name(strings, "bit"), 1, 1 << 24, name(strings, "strtab"), 1, 8 * 8, name(strings, "symtab"), 1, 16 * 8, name(strings, "num_symtab"), 1, 24 * 8,
            name(strings, "typetab"), 1, 32 * 8});
        byte[] head = new byte[24];
        LittleEndian.put16(head, 0, 0xEB9F);
        head[2] = 1;
        LittleEndian.put32(head, 4, 24);
        LittleEndian.put32(head, 12, types.size());
        LittleEndian.put32(head, 16, types.size());
        LittleEndian.put32(head, 20, strings.length());
        System.arraycopy(head, 0, memory, BTF, 24);
        System.arraycopy(types.toByteArray(), 0, memory, BTF + 24, types.size());
        put(BTF + 24 + types.size(), strings.toString());
        return 24 + types.size() + strings.length();
    }

    private static int name(StringBuilder strings, String name) {
        int at = strings.length();
        strings.append(name).append('\0');
        return at;
    }

    private static void type(ByteArrayOutputStream to, StringBuilder strings, String name, int info, int size, int[] rest) {
        byte[] b = new byte[12 + 4 * rest.length];
        LittleEndian.put32(b, 0, name(strings, name));
        LittleEndian.put32(b, 4, info);
        LittleEndian.put32(b, 8, size);
        for (int i = 0; i < rest.length; i++) {
            LittleEndian.put32(b, 12 + 4 * i, rest[i]);
        }
        to.writeBytes(b);
    }

    /** Loads a module: it is the list's first. */
    public void load(String name, List<LinuxModules.Name> names) {
        int module = free;
        int kallsyms = module + 512;
        int symbols = kallsyms + 64;
        int types = symbols + 24 * names.size();
        int texts = types + names.size();
        LittleEndian.put32(memory, module + STATE, 1);
        put(module + NAME, name);
        LittleEndian.put64(memory, module + KALLSYMS, BASE + kallsyms);
        LittleEndian.put64(memory, kallsyms + 8, BASE + texts);
        LittleEndian.put64(memory, kallsyms + 16, BASE + symbols);
        LittleEndian.put32(memory, kallsyms + 24, names.size());
        LittleEndian.put64(memory, kallsyms + 32, BASE + types);
        int text = texts + 1;
        for (int i = 0; i < names.size(); i++) {
            LinuxModules.Name n = names.get(i);
            LittleEndian.put32(memory, symbols + 24 * i, text - texts);
            LittleEndian.put16(memory, symbols + 24 * i + 6, 3);
            LittleEndian.put64(memory, symbols + 24 * i + 8, n.address());
            LittleEndian.put64(memory, symbols + 24 * i + 16, n.size());
            memory[types + i] = (byte) n.type();
            put(text, n.text());
            text += n.text().length() + 1;
        }
        free = text + 0xFF & ~0xFF;
        entries.addFirst(module);
        link();
    }

    /** Says that the module that was loaded last is still being loaded, or not any more. */
    public void forming(boolean so) {
        LittleEndian.put32(memory, entries.getFirst() + STATE, so ? 3 : 1);
    }

    /** Unloads the module that was loaded last. */
    public void unload() {
        entries.removeFirst();
        link();
    }

    private void link() {
        long before = BASE + LIST;
        int at = LIST;
        for (int module : entries) {
            LittleEndian.put64(memory, at, BASE + module + NEXT);
            at = module + NEXT;
            LittleEndian.put64(memory, at + 8, before);
            before = BASE + at;
        }
        LittleEndian.put64(memory, at, BASE + LIST);
    }

    /** By linear addresses. */
    LinearMemory linear() {
        return (linear, length) -> {
            long at = linear - BASE;
            return at < 0 || at >= memory.length ? new byte[0] : Arrays.copyOfRange(memory, (int) at, (int) Math.min(memory.length, at + length));
        };
    }
}
