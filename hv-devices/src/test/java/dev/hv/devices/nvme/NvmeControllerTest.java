package dev.hv.devices.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.cpu.memory.LittleEndian;
import dev.hv.devices.disk.AtOnce;
import dev.hv.devices.disk.DiskFaults;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A controller as its driver meets it (NVM Express 1.4), with disks that answer at once. */
class NvmeControllerTest {

    private static final int DATA = NvmeGuest.DATA;

    private final NvmeGuest guest = new NvmeGuest(new AtOnce());
    private final byte[] memory = guest.machine.memory;

    @Test
    void registersSayWhatItCan() {
        assertThat(guest.register(0)).as("1024 entries, contiguous, 10 s").isEqualTo(0x1401_03FF);
        assertThat(guest.register(4)).as("NVM command set, pages of 4 to 64 KiB").isEqualTo(0x0040_0020);
        assertThat(guest.register(8)).isEqualTo(0x0001_0400);
        assertThat(guest.register(0x1C)).isZero();
        guest.enable();
        assertThat(guest.register(0x1C)).isEqualTo(1);
        guest.write(0x14, 0x0046_0000);
        assertThat(guest.register(0x1C)).isZero();
    }

    @Test
    void anUnsoundConfigurationIsFatalUntilReset() {
        for (int bad : new int[] {0x0046_0011, 0x0046_0801, 0x0046_0281}) {
            guest.enable();
            guest.write(0x14, 0);
            guest.write(0x14, bad);
            assertThat(guest.register(0x1C)).as(Integer.toHexString(bad)).isEqualTo(2);
            guest.write(0x14, 0);
            assertThat(guest.register(0x1C)).isZero();
        }
        guest.write(0x24, 0);
        guest.write(0x14, 0x0046_0001);
        assertThat(guest.register(0x1C)).as("queues of one entry").isEqualTo(2);
    }

    @Test
    void queuesInNoMemoryAreFatal() {
        guest.write(0x24, 0x0007_0007);
        guest.machine.bus.writeMmio(guest.base + 0x28, 8, 1L << 40);
        guest.machine.bus.writeMmio(guest.base + 0x30, 8, NvmeGuest.ADMIN_CQ);
        guest.write(0x14, 0x0046_0001);
        guest.write(0x1000, 1);
        assertThat(guest.register(0x1C)).isEqualTo(3);
        guest.write(0x14, 0);
        guest.up();
        assertThat(guest.register(0x1C)).as("a reset mends it").isEqualTo(1);
    }

    @Test
    void itDescribesItselfAndItsNamespaces() {
        guest.enable();
        assertThat(guest.admin(0x06, 0, DATA, 1)).isZero();
        assertThat(new String(memory, DATA + 4, 6, StandardCharsets.US_ASCII)).isEqualTo("serial");
        assertThat(memory[DATA + 77]).isEqualTo((byte) 8);
        assertThat(LittleEndian.u32(memory, DATA + 516)).as("namespaces").isEqualTo(2);
        assertThat(guest.admin(0x06, 1, DATA, 0)).isZero();
        assertThat(LittleEndian.u64(memory, DATA)).isEqualTo(4096);
        assertThat(memory[DATA + 130]).isEqualTo((byte) 9);
        assertThat(memory[DATA + 99]).isZero();
        byte[] identity = guest.memory(DATA + 104, 16);
        assertThat(guest.admin(0x06, 2, DATA, 0)).isZero();
        assertThat(LittleEndian.u64(memory, DATA)).isEqualTo(16);
        assertThat(memory[DATA + 130]).isEqualTo((byte) 12);
        assertThat(memory[DATA + 99]).as("write protected").isEqualTo((byte) 1);
        assertThat(guest.memory(DATA + 104, 16)).isNotEqualTo(identity);
        assertThat(guest.admin(0x06, 0, DATA, 2)).isZero();
        assertThat(LittleEndian.u64(memory, DATA)).isEqualTo(0x2_0000_0001L);
        assertThat(guest.admin(0x06, 1, DATA, 2)).isZero();
        assertThat(LittleEndian.u64(memory, DATA)).isEqualTo(2);
        assertThat(guest.admin(0x06, 1, DATA, 3)).isZero();
        assertThat(guest.memory(DATA + 4, 16)).isEqualTo(identity);
        assertThat(guest.admin(0x06, 3, DATA, 0) & 0x7FF).isEqualTo(0x00B);
    }

    @Test
    void blocksGoByPages() {
        guest.up();
        assertThat(guest.execute(0x02, 1, 7, 8, DATA, 0)).isZero();
        assertThat(guest.memory(DATA, 4096)).isEqualTo(guest.blocks(7, 8));
        assertThat(guest.execute(0x02, 1, 7, 9, DATA + 512, DATA + 0x2000)).as("two pages, the first from its middle").isZero();
        assertThat(guest.memory(DATA + 512, 3584)).isEqualTo(Arrays.copyOf(guest.blocks(7, 7), 3584));
        assertThat(guest.memory(DATA + 0x2000, 1024)).isEqualTo(guest.blocks(14, 2));
        // a list that begins two entries before its page's end, and goes on in another
        int list = 0x8000 - 16;
        for (int i = 0, at = list; i < 5; i++, at += 8) {
            if (at == 0x8000 - 8) {
                LittleEndian.put64(memory, at, 0x9000);
                at = 0x9000;
            }
            LittleEndian.put64(memory, at, DATA + 0x1_0000 + 0x2000L * i);
        }
        Arrays.fill(memory, DATA, DATA + 0x2_0000, (byte) 0);
        assertThat(guest.execute(0x02, 1, 100, 48, DATA, list)).isZero();
        assertThat(guest.memory(DATA, 4096)).isEqualTo(guest.blocks(100, 8));
        for (int i = 0; i < 5; i++) {
            assertThat(guest.memory(DATA + 0x1_0000 + 0x2000 * i, 4096)).as("page %d", i).isEqualTo(guest.blocks(108 + 8 * i, 8));
        }
        Arrays.fill(memory, DATA, DATA + 1024, (byte) 0x33);
        assertThat(guest.execute(0x01, 1, 50, 2, DATA, 0)).isZero();
        assertThat(guest.blocks(50, 2)).containsOnly(0x33);
    }

    @Test
    void blocksGoByLists() {
        guest.up();
        descriptor(0x8000, DATA, 700, 0);
        descriptor(0x8010, 0, 100, 1);
        descriptor(0x8020, 0x8100, 16, 3);
        descriptor(0x8100, DATA + 0x1000, 4096, 0);
        byte[] c = NvmeGuest.command(0x02, 0, 1, 0x8000, 0, 20, 0, 2);
        c[1] = 0x40;
        LittleEndian.put32(c, 32, 48);
        c[39] = 2 << 4;
        guest.send(c);
        assertThat(NvmeGuest.status(guest.completion())).isZero();
        byte[] all = guest.blocks(20, 3);
        assertThat(guest.memory(DATA, 700)).isEqualTo(Arrays.copyOf(all, 700));
        assertThat(guest.memory(DATA + 0x1000, 736)).as("behind the bit bucket").isEqualTo(Arrays.copyOfRange(all, 800, 1536));
    }

    private void descriptor(int at, long address, int length, int type) {
        LittleEndian.put64(memory, at, address);
        LittleEndian.put32(memory, at + 8, length);
        LittleEndian.put32(memory, at + 12, type << 28);
    }

    private int list(int type, long address, int length) {
        byte[] c = NvmeGuest.command(0x02, 0, 1, address, 0, 20, 0, 2);
        c[1] = 0x40;
        LittleEndian.put32(c, 32, length);
        c[39] = (byte) (type << 4);
        guest.send(c);
        return NvmeGuest.status(guest.completion());
    }

    @Test
    void listsThatAreNoneGetTheirStatus() {
        guest.up();
        assertThat(list(0, DATA, 1000)).as("too short").isEqualTo(0x00F);
        assertThat(list(4, DATA, 1536)).as("a key").isEqualTo(0x011);
        assertThat(list(2, 0x8000, 40)).as("no whole descriptors").isEqualTo(0x00D);
        assertThat(list(3, 1L << 50, 32)).as("no memory").isEqualTo(0x004);
        descriptor(0x8000, 0x8000, 16, 2);
        assertThat(list(2, 0x8000, 16)).as("a circle").isEqualTo(0x00E);
        assertThat(list(0, 1L << 50, 1536)).isEqualTo(0x004);
        assertThat(guest.register(0x1C)).as("nothing of that is fatal").isEqualTo(1);
    }

    @Test
    void commandsThatCannotBeGetTheirStatus() {
        guest.up();
        assertThat(guest.execute(0x02, 1, 4096, 1, DATA, 0) & 0x7FF).as("behind the end").isEqualTo(0x080);
        assertThat(guest.execute(0x02, 1, -1, 1, DATA, 0) & 0x7FF).isEqualTo(0x080);
        assertThat(guest.execute(0x02, 3, 0, 1, DATA, 0) & 0x7FF).as("no such namespace").isEqualTo(0x00B);
        assertThat(guest.execute(0x01, 2, 0, 1, DATA, 0) & 0x7FF).as("write protected").isEqualTo(0x020);
        assertThat(guest.execute(0x77, 1, 0, 1, DATA, 0) & 0x7FF).as("no such command").isEqualTo(0x001);
        assertThat(guest.execute(0x02, 1, 0, 4000, DATA, 0) & 0x7FF).as("too much at a time").isEqualTo(0x002);
        assertThat(guest.execute(0x02, 1, 0, 8, DATA + 2, 0) & 0x7FF).as("offset").isEqualTo(0x013);
        assertThat(guest.execute(0x02, 1, 0, 8, 1L << 40, 0) & 0x7FF).as("no memory").isEqualTo(0x004);
        assertThat(guest.admin(0x02, -1, DATA, 127 << 16 | 1) & 0x7FF).isZero();
        assertThat(LittleEndian.u64(memory, DATA)).as("errors so far").isEqualTo(8);
        assertThat(LittleEndian.u16(memory, DATA + 12) >> 1 & 0x7FF).as("the newest first").isEqualTo(0x004);
    }

    /** The log of errors has the first block that could not be read (NVMe 1.4, 5.14.1.1), not the command's first. */
    @Test
    void anErrorOfTheMediumHasItsBlock() {
        guest.up();
        guest.faults.fail(DiskFaults.Failure.MEDIUM, true, false, 103 * 512, 104 * 512, Long.MAX_VALUE);
        assertThat(guest.execute(0x02, 1, 100, 8, DATA, 0) & 0x7FF).isEqualTo(0x281);
        assertThat(guest.admin(0x02, -1, DATA, 127 << 16 | 1) & 0x7FF).isZero();
        assertThat(LittleEndian.u64(memory, DATA + 16)).isEqualTo(103);
    }

    @Test
    void zeroesCompareFlushAndDeallocate() {
        guest.up();
        System.arraycopy(guest.contents, 30 * 512, memory, DATA, 512);
        assertThat(guest.execute(0x05, 1, 30, 1, DATA, 0)).isZero();
        memory[DATA] ^= 1;
        assertThat(guest.execute(0x05, 1, 30, 1, DATA, 0)).isEqualTo(0x285);
        assertThat(guest.execute(0x08, 1, 30, 2, 0, 0)).isZero();
        assertThat(guest.blocks(30, 2)).containsOnly(0);
        assertThat(guest.execute(0x00, 1, 0, 1, 0, 0)).isZero();
        LittleEndian.put32(memory, DATA + 4, 2);
        LittleEndian.put64(memory, DATA + 8, 40);
        guest.send(NvmeGuest.command(0x09, 0, 1, DATA, 0, 0, 4));
        assertThat(NvmeGuest.status(guest.completion())).isZero();
        LittleEndian.put64(memory, DATA + 8, 4095);
        guest.send(NvmeGuest.command(0x09, 0, 1, DATA, 0, 0, 4));
        assertThat(NvmeGuest.status(guest.completion())).isEqualTo(0x080);
    }

    @Test
    void queuesAreMadeAndTakenAway() {
        guest.up();
        assertThat(guest.admin(0x05, 0, 0x2_0000, 15 << 16 | 1, 3) & 0x7FF).as("there already").isEqualTo(0x101);
        assertThat(guest.admin(0x05, 0, 0x2_0000, 15 << 16 | 65, 3) & 0x7FF).isEqualTo(0x101);
        assertThat(guest.admin(0x05, 0, 0x2_0000, 2, 3) & 0x7FF).as("one entry").isEqualTo(0x102);
        assertThat(guest.admin(0x05, 0, 0x2_0000, 15 << 16 | 2, 65 << 16 | 3) & 0x7FF).isEqualTo(0x108);
        assertThat(guest.admin(0x05, 0, 0x2_0004, 15 << 16 | 2, 3) & 0x7FF).isEqualTo(0x013);
        assertThat(guest.admin(0x01, 0, 0x2_0000, 15 << 16 | 2, 2 << 16 | 1) & 0x7FF).as("no such completion queue").isEqualTo(0x100);
        assertThat(guest.admin(0x04, 0, 0, 1) & 0x7FF).as("still used").isEqualTo(0x10C);
        assertThat(guest.admin(0x00, 0, 0, 1)).isZero();
        assertThat(guest.admin(0x04, 0, 0, 1)).isZero();
        assertThat(guest.admin(0x00, 0, 0, 1) & 0x7FF).isEqualTo(0x101);
    }

    @Test
    void featuresAreKeptUntilReset() {
        guest.enable();
        guest.sendAdmin(NvmeGuest.command(0x09, 0, 0, 0, 0, 7, 0x003F_003F));
        assertThat(LittleEndian.u32(guest.adminCompletion(), 0)).as("64 queues of each kind").isEqualTo(0x003F_003F);
        assertThat(guest.admin(0x09, 0, 0, 6, 0)).isZero();
        guest.sendAdmin(NvmeGuest.command(0x0A, 0, 0, 0, 0, 6));
        assertThat(LittleEndian.u32(guest.adminCompletion(), 0)).as("no write cache").isZero();
        assertThat(guest.admin(0x09, 0, 0, 0x8000_0006, 1) & 0x7FF).isEqualTo(0x10D);
        assertThat(guest.admin(0x0A, 0, 0, 0xC0) & 0x7FF).isEqualTo(0x002);
    }

    @Test
    void aWrongDoorbellIsAnEvent() {
        guest.enable();
        int event = guest.sendAdmin(NvmeGuest.command(0x0C, 0, 0, 0, 0));
        guest.write(0x1000 + 8 * 9, 1);
        byte[] told = guest.adminCompletion();
        assertThat(LittleEndian.u16(told, 12)).isEqualTo(event);
        assertThat(LittleEndian.u32(told, 0)).isEqualTo(0x01_00_00);
        guest.sendAdmin(NvmeGuest.command(0x0C, 0, 0, 0, 0));
        guest.write(0x1000, 77);
        assertThat(guest.admin(0x02, -1, DATA, 15 << 16 | 1)).as("reading the log lets others through").isZero();
        guest.write(0x1000, 77);
        assertThat(LittleEndian.u32(guest.adminCompletion(), 0)).isEqualTo(0x01_01_00);
    }

    @Test
    void eventsWaitUpToFourAndCanBeAborted() {
        guest.enable();
        int first = guest.sendAdmin(NvmeGuest.command(0x0C, 0, 0, 0, 0));
        for (int i = 0; i < 3; i++) {
            guest.sendAdmin(NvmeGuest.command(0x0C, 0, 0, 0, 0));
        }
        assertThat(guest.admin(0x0C, 0, 0) & 0x7FF).isEqualTo(0x105);
        guest.sendAdmin(NvmeGuest.command(0x08, 0, 0, 0, 0, first << 16));
        byte[] aborted = guest.adminCompletion();
        assertThat(LittleEndian.u16(aborted, 12)).isEqualTo(first);
        assertThat(NvmeGuest.status(aborted)).isEqualTo(0x007);
        assertThat(LittleEndian.u32(guest.adminCompletion(), 0)).isZero();
        guest.sendAdmin(NvmeGuest.command(0x08, 0, 0, 0, 0, 0x7777 << 16));
        assertThat(LittleEndian.u32(guest.adminCompletion(), 0)).as("nothing to abort").isEqualTo(1);
    }

    @Test
    void aFullCompletionQueueHoldsUpUntilItIsRead() {
        guest.up();
        for (int i = 0; i < 15; i++) {
            guest.send(NvmeGuest.command(0x00, 0, 1, 0, 0));
        }
        for (int i = 0; i < 5; i++) {
            guest.send(NvmeGuest.command(0x00, 0, 1, 0, 0));
        }
        for (int i = 0; i < 20; i++) {
            byte[] c = guest.completion();
            assertThat(LittleEndian.u16(c, 14) & 1).as("phase of completion %d", i).isEqualTo(i < 16 ? 1 : 0);
            assertThat(LittleEndian.u16(c, 12)).isEqualTo(3 + i);
        }
    }

    @Test
    void interruptsGoTheWayThatTheSystemChose() {
        guest.enable();
        guest.sendAdmin(NvmeGuest.command(0x06, 0, 0, DATA, 0, 1));
        assertThat(guest.machine.high).as("the pin").containsExactly(18);
        guest.write(0x0C, 1);
        assertThat(guest.machine.high).as("masked").isEmpty();
        guest.write(0x10, 1);
        assertThat(guest.machine.high).containsExactly(18);
        guest.adminCompletion();
        assertThat(guest.machine.high).isEmpty();
        int msi = guest.machine.capability(0, 2, 5);
        guest.machine.configure(0, 2, msi + 4, 4, 0xFEE0_0000);
        guest.machine.configure(0, 2, msi + 12, 2, 0x61);
        guest.machine.configure(0, 2, msi + 2, 2, 1);
        guest.admin(0x06, 0, DATA, 1);
        assertThat(guest.machine.messages).containsExactly("10 fee00000 61");
        assertThat(guest.machine.high).isEmpty();
    }

    @Test
    void withoutBusMasteringItWaits() {
        guest.up();
        guest.machine.configure(0, 2, 4, 2, 2);
        guest.send(NvmeGuest.command(0x02, 0, 1, DATA, 0, 7, 0, 0));
        assertThat(guest.memory(DATA, 512)).containsOnly(0);
        guest.machine.configure(0, 2, 4, 2, 6);
        assertThat(guest.memory(DATA, 512)).isEqualTo(guest.blocks(7, 1));
        assertThat(guest.register(0x1C)).isEqualTo(1);
    }

    @Test
    void aShutdownEndsWhenAllIsDurable() {
        guest.up();
        guest.write(0x14, 0x0046_4001);
        assertThat(guest.register(0x1C)).isEqualTo(0x9);
    }

    @Test
    void everyRegisterTakesEveryValue() {
        for (int at = 0; at < NvmeFormat.BAR_BYTES; at += at < 0x1100 ? 4 : 0x200) {
            for (long value : new long[] {0, -1, 1, 0x5555_5555_5555_5555L, 0x0046_0001, 0x8000_0000L}) {
                guest.up();
                for (int size = 1; size <= 8; size *= 2) {
                    guest.machine.bus.writeMmio(guest.base + at, size, value);
                    guest.machine.bus.readMmio(guest.base + at, size);
                }
                guest.write(0x14, 0);
            }
        }
        var fresh = new NvmeGuest(new AtOnce());
        fresh.up();
        assertThat(fresh.register(0x1C)).isEqualTo(1);
    }
}
