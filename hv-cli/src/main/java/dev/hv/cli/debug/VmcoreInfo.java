package dev.hv.cli.debug;

import dev.hv.core.machine.MemoryRange;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The text in which Linux says where things are in its memory, for tools that read dumps (kernel documentation, "VMCOREINFO"): lines KEY=VALUE in a page of their own. */
final class VmcoreInfo {

    private static final int PAGE = 0x1000;
    private static final byte[] FIRST = "OSRELEASE=".getBytes(StandardCharsets.US_ASCII);

    private VmcoreInfo() {}

    /** Looks at every page's beginning; empty when there is none. */
    static byte[] find(ElfCore.Source source) {
        byte[] page = new byte[PAGE];
        for (MemoryRange r : source.memory()) {
            for (long at = r.base(); at < r.base() + r.length(); at += PAGE) {
                if (source.read(at, page) && Arrays.equals(page, 0, FIRST.length, FIRST, 0, FIRST.length)) {
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
}
