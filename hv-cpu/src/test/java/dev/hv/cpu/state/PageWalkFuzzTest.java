package dev.hv.cpu.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.hv.cpu.events.Guest;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Page tables of any contents under any paging controls: an access of any kind goes where a second walk, written here from SDM vol. 3A, chapter 4 alone, says, or faults with its error code, whether the translation cache knows
 * the page or not. {@code -Dhv.fuzz.seconds=N} goes on with other seeds.
 */
class PageWalkFuzzTest {

    /** Tables lie one after the other; entries mostly point at one of them. */
    private static final int TABLES = 4;
    private static final int ACCESSES = 6;
    private static final int BYTES = 1024;
    private static final int PRESENT = 1;
    private static final int PAGE_FAULT = 14;
    private static final long MEMORY = Guest.MEMORY;

    private final Guest intel = Guest.long64(CpuModel.intelDefault());
    private final Guest amd = Guest.long64(CpuModel.amdDefault());
    private final Guest max = Guest.long64(CpuModels.named("max"));

    @FuzzTest
    void walksAreAsTheManualSays(byte[] data) {
        play(ByteBuffer.wrap(data));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void randomTables(int seed) {
        Random random = new Random(seed);
        long end = System.nanoTime() + Long.getLong("hv.fuzz.seconds", 0) * 1_000_000_000L;
        byte[] data = new byte[BYTES];
        int reached = 0;
        do {
            for (int i = 0; i < 2000; i++) {
                random.nextBytes(data);
                reached += play(ByteBuffer.wrap(data));
            }
        } while (System.nanoTime() < end);
        assertThat(reached).as("accesses that reached memory").isGreaterThan(500);
    }

    /** Sets controls and tables as the bytes say, and accesses; how many accesses reached memory. */
    private int play(ByteBuffer data) {
        if (data.remaining() < 16) {
            return 0;
        }
        int choice = data.get();
        Guest g = (choice & 3) == 0 ? intel : (choice & 3) == 1 ? amd : max;
        Cpu c = g.c;
        int form = data.get() & 3;
        controls(c, form, data.getShort(), data.getInt(), data.getInt());
        long tables = Guest.PAGES;
        c.cr3 = tables;
        while (data.remaining() > 12 * (1 + ACCESSES) && data.get() != 0) {
            // among the entries that addresses choose, see below
            int where = data.getShort();
            int at = (where & TABLES - 1) * (form == 0 ? 1024 : 512) + (where >>> 4 & 7);
            long value = entry(data, form);
            if (form == 0) {
                g.put32(tables + 4L * at, (int) value);
            } else {
                g.put64(tables + 8L * at, value);
            }
        }
        Modes.update(c);
        c.tlb.flushAll();
        boolean loaded = form != 1 || PageWalker.loadPdptes(c, c.cr3);
        int reached = 0;
        for (int i = 0; loaded && i < ACCESSES && data.remaining() >= 12; i++) {
            long address = address(c, form, data);
            int access = (data.get() & 0xFF) % 3;
            boolean user = (data.get() & 1) != 0;
            Outcome expected = expected(g, form, address, access, user);
            assertThat(actual(c, address, access, user)).as("form %d, %x, access %d, user %s", form, address, access, user).isEqualTo(expected);
            assertThat(actual(c, address, access, user)).as("once more").isEqualTo(expected);
            probed(c, form, address, expected);
            if (access != Mem.FETCH) {
                // by the slow path, then with what the translation cache has kept of it
                assertThat(accessed(g, address, access, user, expected)).as("form %d, %x, access %d, user %s", form, address, access, user).isEqualTo(expected);
                assertThat(accessed(g, address, access, user, expected)).as("from the cache").isEqualTo(expected);
            }
            reached += expected.error < 0 ? 1 : 0;
        }
        return reached;
    }

    /** Who looks from outside comes to the page that an access reaches, and to none where an entry is not present. */
    private static void probed(Cpu c, int form, long address, Outcome expected) {
        if (expected.error >= 0 && (expected.error & PRESENT) != 0) {
            // rights and reserved bits stop accesses alone
            return;
        }
        long found = LinearProbe.translate(c, address);
        if (found == LinearProbe.NOWHERE && !in(expected.physical)) {
            // a table that is nowhere reads as ones, and leads nowhere
            return;
        }
        assertThat(found).as("probe, form %d, %x; cr0 %x cr4 %x efer %x cr3 %x; pde %x at %x", form, address, c.cr0, c.cr4, c.efer, c.cr3, c.bus.read((c.cr3 & 0xFFFFF000L) + (address >>> 20 & 0xFFC), 4), c.bus.pageAddress(c.cr3)).isEqualTo(expected.error < 0 ? expected.physical : LinearProbe.NOWHERE);
    }

    private static void controls(Cpu c, int form, int bits, int pkru, int pkrs) {
        c.cr0 = Control.CR0_PE | Control.CR0_ET | Control.CR0_NE | Control.CR0_PG | ((bits & 1) != 0 ? Control.CR0_WP : 0);
        c.efer = (form >= 2 ? Control.EFER_LME | Control.EFER_LMA : 0) | ((bits & 2) != 0 ? Control.EFER_NXE : 0);
        c.cr4 = (form >= 1 ? Control.CR4_PAE : 0) | ((bits & 4) != 0 ? Control.CR4_PSE : 0) | ((bits & 8) != 0 ? Control.CR4_SMEP : 0) | ((bits & 16) != 0 ? Control.CR4_SMAP : 0);
        if (form == 3 && c.model.has(Feature.LA57)) {
            c.cr4 |= Control.CR4_LA57;
        }
        if (form >= 2 && (bits & 32) != 0 && c.model.has(Feature.PKU)) {
            c.cr4 |= Control.CR4_PKE;
        }
        if (form >= 2 && (bits & 64) != 0 && c.model.has(Feature.PKS)) {
            c.cr4 |= Control.CR4_PKS;
        }
        ProtectionKeys.pkru(c, pkru);
        ProtectionKeys.pkrs(c, pkrs);
    }

    /** Mostly present and at a table or a page of memory, now and then with any bits. */
    private static long entry(ByteBuffer data, int form) {
        int kind = data.get();
        long frame = (kind & 8) != 0 ? Guest.PAGES + ((long) (data.get() & TABLES - 1) << 12) : (long) (data.getShort() & 0x3FF) << 12;
        long low = data.get() & 0x7F | PRESENT | ((kind & 0x30) == 0 ? 0x80 : 0) | ((kind & 0x40) != 0 ? 6 : 0);
        long high = form == 0 ? 0 : (kind & 3) == 0 ? (long) (data.get() & 0xFF) << 56 : 0;
        return (kind & 7) != 7 ? frame | low | high : data.remaining() >= 8 ? data.getLong() : 0;
    }

    /** An address whose tables are likely to be among the first entries. */
    private static long address(Cpu c, int form, ByteBuffer data) {
        int indices = data.getInt();
        long a = data.getShort() & 0xFF8;
        int bits = form == 0 ? 10 : 9;
        for (int level = 0; level < 5; level++) {
            a |= (long) (indices >>> 3 * level & 7) << 12 + bits * level;
        }
        return form < 2 ? a & 0xFFFF_FFFFL : c.cr4(Control.CR4_LA57) ? a : a & 0x7FFF_FFFF_FFFFL;
    }

    /** What became of an access: the physical address, or the error code of its fault. */
    private record Outcome(long physical, int error) {}

    private static Outcome actual(Cpu c, long address, int access, boolean user) {
        try {
            return new Outcome(PageWalker.walk(c, address, access, user ? Tlb.USER : Tlb.SUPERVISOR), -1);
        } catch (GuestFault fault) {
            assertThat(fault.vector).isEqualTo(PAGE_FAULT);
            return new Outcome(0, fault.errorCode);
        }
    }

    /** As {@link #actual}, by an access; one that reads must find what is at the expected place. */
    private static Outcome accessed(Guest g, long address, int access, boolean user, Outcome expected) {
        Cpu c = g.c;
        long context = Mem.contextFor(c, user ? 3 : 0);
        try {
            if (access == Mem.WRITE) {
                Mem.probeWriteIn(c, context, address, 8);
            } else {
                long found = Mem.readIn(c, context, address, 8);
                assertThat(found).isEqualTo(in(expected.physical) ? g.get64(expected.physical) : NOTHING);
            }
            return new Outcome(expected.physical, -1);
        } catch (GuestFault fault) {
            assertThat(fault.vector).isEqualTo(PAGE_FAULT);
            assertThat(c.pageFaultAddress).isEqualTo(address);
            return new Outcome(0, fault.errorCode);
        }
    }

    /** Walks as the manual describes, from the outermost table in. */
    private static Outcome expected(Guest g, int form, long address, int access, boolean user) {
        Cpu c = g.c;
        boolean nxe = (c.efer & Control.EFER_NXE) != 0;
        boolean write = access == Mem.WRITE;
        boolean fetch = access == Mem.FETCH;
        int error = (write ? 2 : 0) | (user ? 4 : 0) | (fetch && (c.cr4(Control.CR4_SMEP) || nxe && form >= 1) ? 16 : 0);
        int levels = switch (form) {
            case 0 -> 2;
            case 1 -> 3;
            default -> c.cr4(Control.CR4_LA57) ? 5 : 4;
        };
        int bits = form == 0 ? 10 : 9;
        long table = c.cr3;
        boolean writable = true;
        boolean userPage = true;
        boolean executable = true;
        for (int level = levels; level > 0; level--) {
            int shift = 12 + bits * (level - 1);
            long index = address >>> shift & (1 << bits) - 1;
            boolean pdpte = form == 1 && level == 3;
            long e = pdpte ? c.pdpte[(int) index & 3] : form == 0 ? in(table + 4 * index) ? g.get32(table + 4 * index) & 0xFFFF_FFFFL : NOTHING : in(table + 8 * index) ? g.get64(table + 8 * index) : NOTHING;
            if ((e & 1) == 0) {
                return new Outcome(0, error);
            }
            boolean large = !pdpte && level > 1 && (e & 0x80) != 0 && (form == 0 ? c.cr4(Control.CR4_PSE) : level <= 3);
            if (!pdpte && reserved(c, form, level, large, e, nxe)) {
                return new Outcome(0, error | 9);
            }
            if (!pdpte) {
                writable &= (e & 2) != 0;
                userPage &= (e & 4) != 0;
                executable &= !nxe || form == 0 || e >= 0;
            }
            long frame = form == 0 ? e & 0xFFFFF000L : e & 0x000F_FFFF_FFFF_F000L;
            if (!large && level > 1) {
                table = frame;
                continue;
            }
            if (large && form == 0) {
                frame = e & 0xFFC0_0000L | (e >>> 13 & 0xFF) << 32;
            }
            int refused = refusal(c, form, e, access, user, writable, userPage, executable);
            if (refused >= 0) {
                return new Outcome(0, error | 1 | refused);
            }
            long inPage = (1L << shift) - 1;
            return new Outcome(frame & ~inPage | address & inPage, -1);
        }
        throw new AssertionError();
    }

    /** What is read where no memory is. */
    private static final long NOTHING = -1L;

    private static boolean in(long physical) {
        return physical >= 0 && physical < MEMORY;
    }

    /** Reserved bits (SDM vol. 3A, tables 4-4 to 4-20). */
    private static boolean reserved(Cpu c, int form, int level, boolean large, long e, boolean nxe) {
        int width = c.model.physicalBits();
        if (form == 0) {
            // bit 21 and the bits of the address above the processor's width
            return large && (e & 1 << 21 | e >>> 13 & 0xFF & -(1L << Math.max(0, Math.min(width, 40) - 32))) != 0;
        }
        if (!nxe && e < 0) {
            return true;
        }
        if (form == 1 && (e & 0x7FF0_0000_0000_0000L) != 0) {
            return true;
        }
        if ((e & 0x000F_FFFF_FFFF_F000L) >>> width != 0) {
            return true;
        }
        if (level >= 4) {
            return (e & (c.model.intel() ? 0x80 : 0x180)) != 0;
        }
        if (large) {
            return level == 3 && !c.model.has(Feature.PAGE1GB) || (e & (1L << 12 + 9 * (level - 1)) - 1 & ~0x1FFFL) != 0;
        }
        return false;
    }

    /** The bit of the error code that says why rights do not suffice, 0 for the rights of the entries themselves; -1 when they do. */
    private static int refusal(Cpu c, int form, long leaf, int access, boolean user, boolean writable, boolean userPage, boolean executable) {
        boolean write = access == Mem.WRITE;
        boolean fetch = access == Mem.FETCH;
        int keyBit = 0;
        if (form >= 2 && !fetch && c.cr4(userPage ? Control.CR4_PKE : Control.CR4_PKS)) {
            int key = (int) (leaf >>> 59) & 15;
            int rights = (int) ((userPage ? c.pkru : c.pkrs) >>> 2 * key) & 3;
            boolean protectedWrite = write && (rights & 2) != 0 && (user || c.cr0(Control.CR0_WP));
            keyBit = (rights & 1) != 0 || protectedWrite ? 32 : 0;
        }
        boolean refused;
        if (user) {
            refused = !userPage || write && !writable || fetch && !executable;
        } else if (fetch) {
            refused = !executable || userPage && c.cr4(Control.CR4_SMEP);
        } else {
            refused = userPage && c.cr4(Control.CR4_SMAP) || write && !writable && c.cr0(Control.CR0_WP);
        }
        return keyBit != 0 ? keyBit : refused ? 0 : -1;
    }
}
