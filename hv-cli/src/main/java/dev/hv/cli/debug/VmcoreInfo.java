package dev.hv.cli.debug;

import dev.hv.core.machine.MemoryRange;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The text in which Linux says where things are in its memory, for tools that read dumps (kernel documentation, "VMCOREINFO"): lines KEY=VALUE in a page of their own. */
final class VmcoreInfo {

    private static final int PAGE = 0x1000;
    private static final byte[] FIRST = "OSRELEASE=".getBytes(StandardCharsets.US_ASCII);

    private VmcoreInfo() {}

    /** Looks at every page's beginning; empty when there is none. */
    static byte[] find(PhysicalMemory source) {
        byte[] begin = new byte[FIRST.length];
        byte[] page = new byte[PAGE];
        for (MemoryRange r : source.memory()) {
            for (long at = r.base(); at < r.base() + r.length(); at += PAGE) {
                if (source.read(at, begin) && Arrays.equals(begin, FIRST) && source.read(at, page)) {
                    int length = 0;
                    while (length < PAGE && page[length] != 0) {
                        length++;
                    }
                    String text = new String(page, 0, length, StandardCharsets.ISO_8859_1);
                    if (text.contains("\nPAGESIZE=4096\n") && text.contains("\nSYMBOL(")) {
                        return Arrays.copyOf(page, length);
                    }
                }
            }
        }
        return new byte[0];
    }

    /** What it says, by keys. */
    static Map<String, String> of(PhysicalMemory source) {
        Map<String, String> info = new HashMap<>();
        for (String line : new String(find(source), StandardCharsets.ISO_8859_1).split("\n")) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                info.put(line.substring(0, equals), line.substring(equals + 1).strip());
            }
        }
        return info;
    }
}
