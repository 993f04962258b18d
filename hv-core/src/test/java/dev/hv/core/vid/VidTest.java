package dev.hv.core.vid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.Hypervisor;
import dev.hv.core.hypervisor.vmx.VmxBackend;
import dev.hv.core.machine.DmaRequester;
import dev.hv.core.machine.DmaView;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.machine.SystemBus;
import dev.hv.core.machine.SystemMemory;
import dev.hv.core.machine.VirtualClock;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.core.winhv.PageFrames;
import dev.hv.core.winhv.WinHv;
import dev.hv.cpu.Processor;
import dev.hv.cpu.apic.ApicRouter;
import dev.hv.cpu.state.CpuModel;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VidTest {

    private final SystemMemory memory = new SystemMemory(32 << 20);
    private final SystemBus bus = new SystemBus(memory);
    private final VirtualClock clock = VirtualClock.virtual(10_000, 2_000_000_000L, 0);
    private final Machine machine = new Machine(bus, clock);
    private final Hypervisor hypervisor = new Hypervisor(machine,
            List.of(new Processor(0, CpuModel.intelDefault(), bus, bus, clock, new ApicRouter(), () -> 0xFF)), VmxBackend::new);
    private final PageFrames frames = new PageFrames(hypervisor.rootMemory());
    private final WinHv winHv = new WinHv(hypervisor, frames);
    private final Vid vid = new Vid(winHv, frames, memory);

    @AfterEach
    void free() {
        memory.close();
    }

    @Test
    void childrenHaveMemoryOfTheirOwnAtTheSameAddresses() {
        long a = winHv.createPartition().value();
        long b = winHv.createPartition().value();
        assertThat(vid.addMemory(a, new MemoryRange(0, 4 << 20), HvMapFlags.ALL)).isEqualTo(HvStatus.SUCCESS);
        assertThat(vid.addMemory(b, new MemoryRange(0, 4 << 20), HvMapFlags.ALL)).isEqualTo(HvStatus.SUCCESS);
        byte[] pattern = {1, 2, 3, 4};
        assertThat(vid.memory(a).write(0x20_0FFE, pattern, 0, 4)).isTrue();
        byte[] seen = new byte[4];
        assertThat(vid.memory(b).read(0x20_0FFE, seen, 0, 4)).isTrue();
        assertThat(seen).containsExactly(0, 0, 0, 0);
        assertThat(vid.memory(a).read(0x20_0FFE, seen, 0, 4)).isTrue();
        assertThat(seen).isEqualTo(pattern);
    }

    @Test
    void accessesThatLeaveTheChildsMemoryFail() {
        long a = winHv.createPartition().value();
        vid.addMemory(a, new MemoryRange(0, 1 << 20), HvMapFlags.ALL);
        vid.addMemory(a, new MemoryRange(1L << 32, 1 << 20), HvMapFlags.ALL);
        byte[] b = new byte[16];
        assertThat(vid.memory(a).read((1 << 20) - 8, b, 0, 16)).isFalse();
        assertThat(vid.memory(a).write(1 << 20, b, 0, 1)).isFalse();
        assertThat(vid.memory(a).write(-8, b, 0, 16)).isFalse();
        assertThat(vid.memory(a).write((1L << 32) + 8, b, 0, 16)).isTrue();
        assertThat(vid.memory(99).read(0, b, 0, 1)).isFalse();
    }

    @Test
    void memoryGivenBackIsEmptyForTheNextChild() {
        long before = frames.available();
        long a = winHv.createPartition().value();
        vid.addMemory(a, new MemoryRange(0, 16 << 20), HvMapFlags.ALL);
        vid.memory(a).write(0x1234, new byte[] {7}, 0, 1);
        winHv.deletePartition(a);
        vid.releaseMemory(a);
        assertThat(frames.available()).isEqualTo(before);
        long b = winHv.createPartition().value();
        vid.addMemory(b, new MemoryRange(0, 16 << 20), HvMapFlags.ALL);
        byte[] seen = new byte[1];
        vid.memory(b).read(0x1234, seen, 0, 1);
        assertThat(seen[0]).isZero();
    }

    @Test
    void wishesThatCannotBeMetChangeNothing() {
        long a = winHv.createPartition().value();
        long before = frames.available();
        assertThat(vid.addMemory(a, new MemoryRange(0, 64 << 20), HvMapFlags.ALL)).isEqualTo(HvStatus.INSUFFICIENT_MEMORY);
        assertThat(vid.addMemory(a, new MemoryRange(0x800, 4096), HvMapFlags.ALL)).isEqualTo(HvStatus.INVALID_ALIGNMENT);
        assertThat(frames.available()).isEqualTo(before);
        assertThat(vid.addMemory(a, new MemoryRange(0, 8192), HvMapFlags.ALL)).isEqualTo(HvStatus.SUCCESS);
        assertThat(vid.addMemory(a, new MemoryRange(4096, 8192), HvMapFlags.ALL)).isEqualTo(HvStatus.INVALID_PARAMETER);
    }

    @Test
    void devicesHaveTheRightsOfTheGuest() {
        long a = winHv.createPartition().value();
        vid.addMemory(a, new MemoryRange(0, 4 << 20), HvMapFlags.ALL);
        vid.addMemory(a, new MemoryRange(0xFF00_0000L, 1 << 20), HvMapFlags.READABLE | HvMapFlags.EXECUTABLE);
        DmaView device = vid.dma(a).view(DmaRequester.pci(0, 1, 0));
        byte[] b = new byte[16];
        assertThat(device.read(0xFF00_0FF8L, b, 0, 16)).isTrue();
        assertThat(device.write(0xFF00_0FF8L, b, 0, 16)).as("read-only memory").isFalse();
        assertThat(device.write(0x1F_FFF8, b, 0, 16)).isTrue();
    }

    @Test
    void viewsFollowTheTables() {
        long a = winHv.createPartition().value();
        vid.addMemory(a, new MemoryRange(0, 4 << 20), HvMapFlags.ALL);
        DmaView device = vid.dma(a).view(DmaRequester.pci(0, 1, 0));
        byte[] b = new byte[8];
        assertThat(winHv.unmapGpaPages(a, 0x100, 1)).isEqualTo(HvStatus.SUCCESS);
        assertThat(device.write(0xF_FFFC, b, 0, 8)).as("runs into the hole").isFalse();
        assertThat(device.read(0x10_0000, b, 0, 8)).isFalse();
        assertThat(device.read(0x10_1000, b, 0, 8)).isTrue();
        assertThat(winHv.deletePartition(a)).isEqualTo(HvStatus.SUCCESS);
        assertThat(device.read(0x10_1000, b, 0, 8)).as("the partition is gone").isFalse();
    }

    /** Pages out of the middle of large mappings, too; each back once, empty. */
    @Test
    void memoryIsTakenBackAndGivenInPieces() {
        long before = frames.available();
        long a = winHv.createPartition().value();
        var all = new MemoryRange(0, 8 << 20);
        vid.addMemory(a, all, HvMapFlags.ALL);
        for (long at = 0; at < all.length(); at += 4096) {
            assertThat(vid.memory(a).write(at, new byte[] {1, 2}, 0, 2)).isTrue();
        }
        var random = new SplittableRandom(3);
        var there = new BitSet();
        there.set(0, 2048);
        for (int round = 0; round < 400; round++) {
            int first = random.nextInt(2048);
            int count = random.nextInt(1, Math.min(64, 2048 - first) + 1);
            var range = new MemoryRange((long) first << 12, (long) count << 12);
            BitSet part = there.get(first, first + count);
            if (random.nextBoolean()) {
                boolean ok = vid.removeMemory(a, range).ok();
                assertThat(ok).isEqualTo(part.cardinality() == count);
                if (ok) {
                    there.clear(first, first + count);
                }
            } else {
                boolean ok = vid.addMemory(a, range, HvMapFlags.ALL).ok();
                assertThat(ok).isEqualTo(part.isEmpty());
                if (ok) {
                    there.set(first, first + count);
                    byte[] seen = new byte[2];
                    assertThat(vid.memory(a).read(range.base(), seen, 0, 2)).isTrue();
                    assertThat(seen).containsExactly(0, 0);
                }
            }
            assertThat(vid.memory(a).bytes()).isEqualTo((long) there.cardinality() << 12);
        }
        var seen = new byte[1];
        var holes = new BitSet();
        vid.holes(a, all, 10_000).forEach(h -> holes.set((int) (h.base() >>> 12), (int) (h.end() >>> 12)));
        for (int page = 0; page < 2048; page++) {
            assertThat(vid.memory(a).read((long) page << 12, seen, 0, 1)).isEqualTo(there.get(page));
            assertThat(holes.get(page)).isEqualTo(!there.get(page));
        }
        assertThat(vid.removeMemory(a, new MemoryRange(1, 4096))).isEqualTo(HvStatus.INVALID_ALIGNMENT);
        winHv.deletePartition(a);
        vid.releaseMemory(a);
        assertThat(frames.available()).isEqualTo(before);
    }
}
