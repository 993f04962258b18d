package dev.hv.core.hypervisor.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.Rig;
import dev.hv.core.hypervisor.Vendor;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvRegisterValue;
import dev.hv.core.tlfs.HvStatus;
import dev.hv.cpu.memory.LittleEndian;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No two virtual processors have one identifier, however many come and go. */
class GuestIdentifiersTest {

    @Test
    void allAreDifferentAndNoneIsTheHypervisors() {
        var identifiers = new GuestIdentifiers(0xFFFF);
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 0xFFFF; i++) {
            assertThat(identifiers.free()).isTrue();
            seen.add(identifiers.take());
        }
        assertThat(identifiers.free()).isFalse();
        assertThat(seen).hasSize(0xFFFF).doesNotContain(0, 0x10000);
    }

    @Test
    void oneThatWasGivenBackRestsUntilTheOthersHaveHadTheirTurn() {
        var identifiers = new GuestIdentifiers(4);
        int kept = identifiers.take();
        for (int round = 0; round < 3; round++) {
            Set<Integer> seen = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                int id = identifiers.take();
                seen.add(id);
                identifiers.release(id);
            }
            assertThat(seen).hasSize(3).doesNotContain(kept);
        }
    }

    /** The second processor of a partition gets the identifier that the first one had, and paging tables of its own. */
    @ParameterizedTest
    @EnumSource(Vendor.class)
    void anOwnerSeesNothingOfTheTranslationsOfTheOneBefore(Vendor vendor) {
        var rig = new Rig(vendor);
        rig.start(memory -> vendor.backend(memory, 1));
        // mov eax,[0x400000]; out 0xF4,al
        Rig.Child child = rig.child(8 << 20).code(true, 0xA1, 0, 0, 0x40, 0, 0xE6, 0xF4);
        for (int i = 0; i < 2; i++) {
            if (i > 0) {
                assertThat(rig.winHv.deleteVp(child.id, 0)).isEqualTo(HvStatus.SUCCESS);
                assertThat(rig.winHv.createVp(child.id, 0)).isEqualTo(HvStatus.SUCCESS);
                child.code(true, 0xA1, 0, 0, 0x40, 0, 0xE6, 0xF4);
                child.done = false;
            }
            // 4 MiB pages: the first is itself, the second is page 0 or 0x400000
            int directory = 0x10_0000 + i * 0x1000;
            poke(rig, child, directory, 0x83);
            poke(rig, child, directory + 4, i == 0 ? 0x83 : 0x40_0083);
            poke(rig, child, 0, 0x1111);
            poke(rig, child, 0x40_0000, 0x2222);
            child.set(HvRegister.CR3, HvRegisterValue.of(directory));
            child.set(HvRegister.CR4, HvRegisterValue.of(0x10));
            child.set(HvRegister.CR0, HvRegisterValue.of(0x8000_0031L));
            child.go();
            rig.run(1000);
            assertThat(child.done).isTrue();
            assertThat(child.get(HvRegister.RAX)).isEqualTo(i == 0 ? 0x1111 : 0x2222);
        }
        rig.memory.close();
    }

    private static void poke(Rig rig, Rig.Child child, long address, int value) {
        byte[] b = new byte[4];
        LittleEndian.put32(b, 0, value);
        assertThat(rig.vid.memory(child.id).write(address, b, 0, 4)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    void withoutOneThereIsNoVirtualProcessor(Vendor vendor) {
        var rig = new Rig(vendor);
        rig.start(memory -> vendor.backend(memory, 2));
        Rig.Child child = rig.child(1 << 20);
        Rig.Child other = rig.child(1 << 20);
        assertThat(rig.winHv.createVp(child.id, 1)).isEqualTo(HvStatus.NO_RESOURCES);
        assertThat(rig.winHv.deletePartition(other.id)).isEqualTo(HvStatus.SUCCESS);
        for (int i = 0; i < 5; i++) {
            Rig.Child next = rig.child(1 << 20);
            assertThat(rig.winHv.deletePartition(next.id)).isEqualTo(HvStatus.SUCCESS);
        }
        assertThat(rig.winHv.createVp(child.id, 1)).isEqualTo(HvStatus.SUCCESS);
        rig.memory.close();
    }
}
