package dev.hv.cli.debug;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Names of addresses, of code alone when asked for it. */
public final class SymbolTable {

    /**
     * A name of an address.
     *
     * @param type as {@code nm} has it: t and T, w and W are code
     * @param module of Linux that it is in; empty for the kernel's own
     */
    record Symbol(long address, char type, String name, String module) {
        Symbol(long address, char type, String name) {
            this(address, type, name, "");
        }

        boolean code() {
            return SymbolTable.code(type);
        }
    }

    /** Names are cut off here. */
    static final int MOST_NAME = 512;
    /** No function is longer: what is further from a name is not its. */
    private static final long MOST_LENGTH = 1 << 20;

    private final List<Symbol> byAddress;

    SymbolTable(List<Symbol> symbols) {
        byAddress = new ArrayList<>(symbols);
        byAddress.sort(Comparator.comparing(Symbol::address, Long::compareUnsigned));
    }

    /** Whether a type is that of code. */
    static boolean code(char type) {
        return "tTwW".indexOf(type) >= 0;
    }

    /** How many there are. */
    int size() {
        return byAddress.size();
    }

    /** The address of a name, or -1. */
    long address(String name) {
        return byAddress.stream().filter(s -> s.name.equals(name)).mapToLong(Symbol::address).findFirst().orElse(-1);
    }

    /** The table with others added. */
    SymbolTable with(List<Symbol> more) {
        if (more.isEmpty()) {
            return this;
        }
        List<Symbol> all = new ArrayList<>(byAddress);
        all.addAll(more);
        return new SymbolTable(all);
    }

    /** Whether there are symbols of modules. */
    boolean hasModules() {
        return byAddress.stream().anyMatch(s -> !s.module.isEmpty());
    }

    /** The table with everything so much further up. */
    SymbolTable moved(long offset) {
        return offset == 0 ? this : new SymbolTable(byAddress.stream().map(s -> new Symbol(s.address + offset, s.type, s.name, s.module)).toList());
    }

    /** An address in code as {@code NAME+OFFSET/LENGTH}, with {@code [MODULE]} behind it, as Linux writes it; null where no code is known. */
    String code(long address) {
        int at = last(address);
        if (at < 0) {
            return null;
        }
        Symbol s = byAddress.get(at);
        int next = last(s.address) + 1;
        // of several names of one address the first that is code
        for (int i = at; i >= 0 && byAddress.get(i).address == s.address; i--) {
            if (byAddress.get(i).code()) {
                s = byAddress.get(i);
            }
        }
        long length = next < byAddress.size() ? byAddress.get(next).address - s.address : MOST_LENGTH;
        return s.code() && address - s.address < Math.min(length, MOST_LENGTH) ? "%s+0x%x/0x%x%s".formatted(s.name, address - s.address, length, s.module.isEmpty() ? "" : " [" + s.module + "]") : null;
    }

    /** The last at or below an address, or -1. */
    private int last(long address) {
        int low = 0;
        int high = byAddress.size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(byAddress.get(middle).address, address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
