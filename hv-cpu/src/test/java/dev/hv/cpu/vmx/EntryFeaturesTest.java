package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Controls that a model can be without: what the capability MSRs announce can be entered with, and nothing else (SDM vol. 3D, appendix A). */
class EntryFeaturesTest {

    private static final int DELIVERY = 1 << 9;

    /** What controls of the virtual APIC need beside themselves. */
    private static VmxFixture ready(String model, int field, int control) {
        var f = new VmxFixture(model);
        f.with(VmcsField.PIN_CONTROLS, 1);
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
        f.with(VmcsField.EXIT_CONTROLS, 1 << 15);
        f.w(VmcsField.VIRTUAL_APIC_ADDRESS, VmxFixture.VIRTUAL_APIC);
        if (field == VmcsField.PIN_CONTROLS) {
            f.with(VmcsField.SECONDARY_CONTROLS, DELIVERY);
        }
        f.with(field, control);
        return f;
    }

    /** Feature, its control, the control's capability MSR. */
    static Stream<Arguments> features() {
        return Stream.of(
            Arguments.of("vmx-posted-interrupts", VmcsField.PIN_CONTROLS, 1 << 7, 0x48D),
            Arguments.of("vmx-apic-registers", VmcsField.SECONDARY_CONTROLS, 1 << 8, 0x48B),
            Arguments.of("vmx-posted-interrupts,-vmx-interrupt-delivery", VmcsField.SECONDARY_CONTROLS, DELIVERY, 0x48B),
            Arguments.of("vmx-x2apic", VmcsField.SECONDARY_CONTROLS, 1 << 4, 0x48B),
            Arguments.of("vmx-vmfunc", VmcsField.SECONDARY_CONTROLS, 1 << 13, 0x48B),
            Arguments.of("vmx-shadow-vmcs", VmcsField.SECONDARY_CONTROLS, 1 << 14, 0x48B),
            Arguments.of("vmx-pml", VmcsField.SECONDARY_CONTROLS, 1 << 17, 0x48B),
            Arguments.of("vmx-ve", VmcsField.SECONDARY_CONTROLS, 1 << 18, 0x48B),
            Arguments.of("vmx-mbec", VmcsField.SECONDARY_CONTROLS, 1 << 22, 0x48B),
            Arguments.of("vmx-tsc-scaling", VmcsField.SECONDARY_CONTROLS, 1 << 25, 0x48B));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("features")
    void whatAModelLacksIsNeitherAnnouncedNorTaken(String feature, int field, int control, int msr) {
        try (var f = ready("intel", field, control)) {
            assertThat(f.unit.capabilities.read(msr) >>> 32 & control).isEqualTo(control);
            f.enter();
        }
        try (var f = ready("intel,-" + feature, field, control)) {
            assertThat(f.unit.capabilities.read(msr) >>> 32 & control).isZero();
            assertThat(f.unit.launch()).isEqualTo(7);
            f.without(field, control);
            f.enter();
        }
    }

    private static Arguments broken(String what, Consumer<VmxFixture> change) {
        return Arguments.of(what, change);
    }

    private static void deliver(VmxFixture f) {
        f.with(VmcsField.PIN_CONTROLS, 1);
        f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
        f.with(VmcsField.SECONDARY_CONTROLS, 1 << 9);
        f.w(VmcsField.VIRTUAL_APIC_ADDRESS, VmxFixture.VIRTUAL_APIC);
    }

    private static void post(VmxFixture f) {
        deliver(f);
        f.with(VmcsField.PIN_CONTROLS, 1 << 7);
        f.with(VmcsField.EXIT_CONTROLS, 1 << 15);
        f.w(VmcsField.POSTED_INTERRUPT_VECTOR, 0xF2);
        f.w(VmcsField.POSTED_INTERRUPT_DESCRIPTOR, 0x9000);
    }

    private static Arguments withoutEpt(String what, int control) {
        return broken(what + " without EPT", f -> {
            f.without(VmcsField.SECONDARY_CONTROLS, 1 << 1 | 1 << 7);
            f.with(VmcsField.SECONDARY_CONTROLS, control);
        });
    }

    /** Fields of these controls that SDM vol. 3C, 26.2.1.1, refuses. */
    static Stream<Arguments> fields() {
        return Stream.of(
            broken("x2APIC virtualisation without TPR shadow", f -> f.with(VmcsField.SECONDARY_CONTROLS, 1 << 4)),
            broken("APIC-register virtualisation without TPR shadow", f -> f.with(VmcsField.SECONDARY_CONTROLS, 1 << 8)),
            broken("virtual-interrupt delivery without TPR shadow", f -> {
                f.with(VmcsField.PIN_CONTROLS, 1);
                f.with(VmcsField.SECONDARY_CONTROLS, 1 << 9);
            }),
            broken("virtual-interrupt delivery without external-interrupt exiting", f -> {
                deliver(f);
                f.without(VmcsField.PIN_CONTROLS, 1);
            }),
            broken("APIC accesses and x2APIC both virtualised", f -> {
                deliver(f);
                f.with(VmcsField.SECONDARY_CONTROLS, 1 | 1 << 4);
            }),
            broken("posted interrupts without virtual-interrupt delivery", f -> {
                post(f);
                f.without(VmcsField.SECONDARY_CONTROLS, 1 << 9);
            }),
            broken("posted interrupts without acknowledgement", f -> {
                post(f);
                f.without(VmcsField.EXIT_CONTROLS, 1 << 15);
            }),
            broken("posted-interrupt notification vector 256", f -> {
                post(f);
                f.w(VmcsField.POSTED_INTERRUPT_VECTOR, 0x100);
            }),
            broken("posted-interrupt descriptor misaligned", f -> {
                post(f);
                f.w(VmcsField.POSTED_INTERRUPT_DESCRIPTOR, 0x9020);
            }),
            broken("posted-interrupt descriptor beyond the address width", f -> {
                post(f);
                f.w(VmcsField.POSTED_INTERRUPT_DESCRIPTOR, 1L << 46);
            }),
            broken("page-modification log misaligned", f -> {
                f.with(VmcsField.SECONDARY_CONTROLS, 1 << 17);
                f.w(VmcsField.PML_ADDRESS, 0x9008);
            }),
            withoutEpt("page-modification log", 1 << 17),
            withoutEpt("mode-based execute control", 1 << 22),
            broken("VM function that does not exist", f -> {
                f.with(VmcsField.SECONDARY_CONTROLS, 1 << 13);
                f.w(VmcsField.VM_FUNCTION_CONTROLS, 2);
            }),
            broken("EPTP list misaligned", f -> {
                f.with(VmcsField.SECONDARY_CONTROLS, 1 << 13);
                f.w(VmcsField.VM_FUNCTION_CONTROLS, 1);
                f.w(VmcsField.EPTP_LIST_ADDRESS, 0x9800);
            }),
            broken("EPTP switching without EPT", f -> {
                f.without(VmcsField.SECONDARY_CONTROLS, 1 << 1 | 1 << 7);
                f.with(VmcsField.SECONDARY_CONTROLS, 1 << 13);
                f.w(VmcsField.VM_FUNCTION_CONTROLS, 1);
            }),
            broken("VMREAD bitmap misaligned", f -> {
                f.with(VmcsField.SECONDARY_CONTROLS, 1 << 14);
                f.w(VmcsField.VMREAD_BITMAP, 0x9001);
            }),
            broken("VMWRITE bitmap beyond the address width", f -> {
                f.with(VmcsField.SECONDARY_CONTROLS, 1 << 14);
                f.w(VmcsField.VMWRITE_BITMAP, 1L << 46);
            }),
            broken("virtualization-exception area misaligned", f -> {
                f.with(VmcsField.SECONDARY_CONTROLS, 1 << 18);
                f.w(VmcsField.VE_INFORMATION_ADDRESS, 0x9010);
            }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fields")
    void brokenFieldsFailWithError7(String what, Consumer<VmxFixture> change) {
        try (var f = new VmxFixture()) {
            change.accept(f);
            assertThat(f.unit.launch()).isEqualTo(7);
            assertThat(f.r(VmcsField.INSTRUCTION_ERROR)).isEqualTo(7);
        }
    }

    @Test
    void allControlsTogetherEnter() {
        try (var f = ready("intel", VmcsField.PIN_CONTROLS, 1 << 7)) {
            f.w(VmcsField.POSTED_INTERRUPT_VECTOR, 0xF2);
            f.w(VmcsField.POSTED_INTERRUPT_DESCRIPTOR, 0x9040);
            f.w(VmcsField.TPR_THRESHOLD, 0xFF);
            f.with(VmcsField.SECONDARY_CONTROLS, 1 | 1 << 8 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 18 | 1 << 22 | 1 << 25);
            f.w(VmcsField.APIC_ACCESS_ADDRESS, 0xA000);
            f.w(VmcsField.EPT_POINTER, VmxFixture.EPTP | 1 << 6);
            f.w(VmcsField.VM_FUNCTION_CONTROLS, 1);
            f.enter();
            assertThat(f.unit.inGuest()).isTrue();
        }
    }

    @Test
    void withoutAccessedAndDirtyFlagsAnEptPointerCannotAskForThem() {
        try (var f = new VmxFixture("intel,-vmx-pml,-vmx-ept-ad")) {
            assertThat(f.unit.capabilities.read(0x48C) & 1 << 21).isZero();
            f.w(VmcsField.EPT_POINTER, VmxFixture.EPTP | 1 << 6);
            assertThat(f.unit.launch()).isEqualTo(7);
            f.w(VmcsField.EPT_POINTER, VmxFixture.EPTP);
            f.enter();
        }
    }

    @Test
    void theMsrOfVmFunctionsIsThereWithThem() {
        try (var with = new VmxFixture(); var without = new VmxFixture("intel,-vmx-vmfunc")) {
            assertThat(with.unit.ownsMsr(0x491)).isTrue();
            assertThat(with.unit.readMsr(with.c, 0x491)).isEqualTo(1);
            assertThat(without.unit.ownsMsr(0x491)).isFalse();
        }
    }
}
