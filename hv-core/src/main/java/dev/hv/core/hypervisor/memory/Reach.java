package dev.hv.core.hypervisor.memory;

import java.util.BitSet;

/** Which pages of system memory a guest-physical space maps, and with which rights: what its partition may give on. */
public final class Reach {

    private static final int RIGHTS = 4;

    /** By bit of {@link dev.hv.core.tlfs.HvMapFlags}: page numbers. */
    private final BitSet[] pages = new BitSet[RIGHTS];

    Reach() {
        for (int i = 0; i < RIGHTS; i++) {
            pages[i] = new BitSet();
        }
    }

    void add(long page, int count, int rights) {
        int first = (int) (page >>> 12);
        for (int i = 0; i < RIGHTS; i++) {
            if ((rights >>> i & 1) != 0) {
                pages[i].set(first, first + count);
            }
        }
    }

    /** Whether all of a run of pages is there with all of some rights. */
    boolean covers(long page, int count, int rights) {
        int first = (int) (page >>> 12);
        for (int i = 0; i < RIGHTS; i++) {
            if ((rights >>> i & 1) != 0 && pages[i].nextClearBit(first) < first + count) {
                return false;
            }
        }
        return true;
    }
}
