package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every check of SDM vol. 3C, 26.2 and 26.3.1: a VMCS that enters, one thing broken. */
class EntryChecksTest {

    private static Arguments broken(String what, Consumer<VmxFixture> change) {
        return Arguments.of(what, change);
    }

    private static Arguments field(String what, int field, long value) {
        return broken(what, f -> f.w(field, value));
    }

    private static Arguments set(String what, int field, int bits) {
        return broken(what, f -> f.with(field, bits));
    }

    private static Arguments clear(String what, int field, int bits) {
        return broken(what, f -> f.without(field, bits));
    }

    /** One that has been entered and left, so that its checks have passed; its launch state is clear again. */
    private static VmxFixture passed() {
        var f = new VmxFixture().enter();
        f.unit.exits().event(ExitReason.EXTERNAL_INTERRUPT, 0);
        f.unit.vmcs.launched = false;
        return f;
    }

    @Test
    void theUnchangedVmcsEnters() {
        try (var f = new VmxFixture()) {
            f.enter();
            assertThat(f.unit.inGuest()).isTrue();
        }
        try (var f = new VmxFixture().realMode()) {
            f.enter();
            assertThat(f.c.cr0 & 1).isZero();
        }
    }

    static Stream<Arguments> controls() {
        return Stream.of(
            clear("pin default-1 bit", VmcsField.PIN_CONTROLS, 1 << 1),
            set("pin reserved bit", VmcsField.PIN_CONTROLS, 1 << 8),
            clear("primary default-1 bit", VmcsField.PRIMARY_CONTROLS, 1 << 1),
            set("primary reserved bit", VmcsField.PRIMARY_CONTROLS, 1),
            set("secondary bit that does not exist", VmcsField.SECONDARY_CONTROLS, 1 << 30),
            field("five CR3 targets", VmcsField.CR3_TARGET_COUNT, 5),
            broken("I/O bitmap A misaligned", f -> {
                f.with(VmcsField.PRIMARY_CONTROLS, 1 << 25);
                f.w(VmcsField.IO_BITMAP_A, 0x5001);
            }),
            broken("I/O bitmap B beyond the address width", f -> {
                f.with(VmcsField.PRIMARY_CONTROLS, 1 << 25);
                f.w(VmcsField.IO_BITMAP_B, 1L << 46);
            }),
            broken("MSR bitmap misaligned", f -> {
                f.with(VmcsField.PRIMARY_CONTROLS, 1 << 28);
                f.w(VmcsField.MSR_BITMAP, 0x4004);
            }),
            broken("virtual-APIC page misaligned", f -> {
                f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
                f.w(VmcsField.VIRTUAL_APIC_ADDRESS, 0x7010);
            }),
            broken("TPR threshold with bits 31:4", f -> {
                f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
                f.w(VmcsField.VIRTUAL_APIC_ADDRESS, VmxFixture.VIRTUAL_APIC);
                f.w(VmcsField.TPR_THRESHOLD, 0x10);
            }),
            broken("TPR threshold above the virtual TPR", f -> {
                f.with(VmcsField.PRIMARY_CONTROLS, 1 << 21);
                f.w(VmcsField.VIRTUAL_APIC_ADDRESS, VmxFixture.VIRTUAL_APIC);
                f.put8(VmxFixture.VIRTUAL_APIC + 0x80, 0x3F);
                f.w(VmcsField.TPR_THRESHOLD, 4);
            }),
            set("virtual NMIs without NMI exiting", VmcsField.PIN_CONTROLS, 1 << 5),
            broken("NMI window without virtual NMIs", f -> {
                f.with(VmcsField.PIN_CONTROLS, 1 << 3);
                f.with(VmcsField.PRIMARY_CONTROLS, 1 << 22);
            }),
            broken("APIC-access page misaligned", f -> {
                f.with(VmcsField.SECONDARY_CONTROLS, 1);
                f.w(VmcsField.APIC_ACCESS_ADDRESS, 0x8);
            }),
            field("VPID 0", VmcsField.VPID, 0),
            field("EPT memory type 1", VmcsField.EPT_POINTER, VmxFixture.EPTP & ~7 | 1),
            field("EPT walk length 3", VmcsField.EPT_POINTER, VmxFixture.EPTP & ~0x38 | 2 << 3),
            field("EPT pointer reserved bit", VmcsField.EPT_POINTER, VmxFixture.EPTP | 1 << 7),
            field("EPT pointer beyond the address width", VmcsField.EPT_POINTER, VmxFixture.EPTP | 1L << 46),
            clear("unrestricted guest without EPT", VmcsField.SECONDARY_CONTROLS, 1 << 1),
            clear("exit default-1 bit", VmcsField.EXIT_CONTROLS, 1),
            set("exit reserved bit", VmcsField.EXIT_CONTROLS, 1 << 31),
            set("saving a timer that is off", VmcsField.EXIT_CONTROLS, 1 << 22),
            broken("MSR-store area misaligned", f -> {
                f.w(VmcsField.EXIT_MSR_STORE_COUNT, 1);
                f.w(VmcsField.EXIT_MSR_STORE_ADDRESS, 0x8008);
            }),
            broken("MSR-load area ends beyond the address width", f -> {
                f.w(VmcsField.EXIT_MSR_LOAD_COUNT, 2);
                f.w(VmcsField.EXIT_MSR_LOAD_ADDRESS, (1L << 46) - 16);
            }),
            clear("entry default-1 bit", VmcsField.ENTRY_CONTROLS, 1),
            set("entry to SMM", VmcsField.ENTRY_CONTROLS, 1 << 10),
            set("deactivate dual-monitor treatment", VmcsField.ENTRY_CONTROLS, 1 << 11),
            field("event of reserved type", VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000100L),
            field("NMI with vector 3", VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000203L),
            field("hardware exception with vector 32", VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000320L),
            field("other event with vector 1", VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000701L),
            field("#UD with error code", VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000B06L),
            field("#PF without error code", VmcsField.ENTRY_INTERRUPTION_INFO, 0x8000030EL),
            field("INT n with error code", VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000C0DL),
            field("event with reserved bits", VmcsField.ENTRY_INTERRUPTION_INFO, 0x80001306L),
            broken("error code with high bits", f -> {
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000B0DL);
                f.w(VmcsField.ENTRY_ERROR_CODE, 0x10000);
            }),
            broken("INT n of 16 bytes", f -> {
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000480L);
                f.w(VmcsField.ENTRY_INSTRUCTION_LENGTH, 16);
            }),
            broken("real-mode #GP with error code", f -> {
                f.realMode();
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000B0DL);
            }),
            broken("entry MSR-load area misaligned", f -> {
                f.w(VmcsField.ENTRY_MSR_LOAD_COUNT, 1);
                f.w(VmcsField.ENTRY_MSR_LOAD_ADDRESS, 0x8004);
            }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("controls")
    void brokenControlsFailWithError7(String what, Consumer<VmxFixture> change) {
        for (boolean before : new boolean[] {false, true}) {
            try (var f = before ? passed() : new VmxFixture()) {
                change.accept(f);
                assertThat(f.unit.launch()).isEqualTo(7);
                assertThat(f.r(VmcsField.INSTRUCTION_ERROR)).isEqualTo(7);
                assertThat(f.unit.inGuest()).isFalse();
            }
        }
    }

    static Stream<Arguments> host() {
        return Stream.of(
            field("CR0 without PE", VmcsField.HOST_CR0, 0x80010030L),
            field("CR0 without NE", VmcsField.HOST_CR0, 0x80010011L),
            field("CR0 without PG", VmcsField.HOST_CR0, 0x10031),
            field("CR0 with bit 32", VmcsField.HOST_CR0, 0x1_8001_0033L),
            field("CR4 without VMXE", VmcsField.HOST_CR4, 0x20),
            field("CR4 with a reserved bit", VmcsField.HOST_CR4, 0x2020 | 1L << 31),
            field("CR4 without PAE", VmcsField.HOST_CR4, 0x2000),
            field("CR3 beyond the address width", VmcsField.HOST_CR3, 1L << 46),
            field("SYSENTER_ESP not canonical", VmcsField.HOST_SYSENTER_ESP, 1L << 47),
            field("SYSENTER_EIP not canonical", VmcsField.HOST_SYSENTER_EIP, 1L << 47),
            broken("PAT of type 2", f -> {
                f.with(VmcsField.EXIT_CONTROLS, 1 << 19);
                f.w(VmcsField.HOST_PAT, 0x0200);
            }),
            broken("EFER with a reserved bit", f -> {
                f.with(VmcsField.EXIT_CONTROLS, 1 << 21);
                f.w(VmcsField.HOST_EFER, 0xD01 | 1 << 9);
            }),
            broken("EFER without LMA", f -> {
                f.with(VmcsField.EXIT_CONTROLS, 1 << 21);
                f.w(VmcsField.HOST_EFER, 0x901);
            }),
            broken("EFER without LME", f -> {
                f.with(VmcsField.EXIT_CONTROLS, 1 << 21);
                f.w(VmcsField.HOST_EFER, 0xC01);
            }),
            field("CS with RPL 3", VmcsField.HOST_CS_SELECTOR, 0x0B),
            field("DS with TI", VmcsField.HOST_DS_SELECTOR, 0x14),
            field("null CS", VmcsField.HOST_CS_SELECTOR, 0),
            field("null TR", VmcsField.HOST_TR_SELECTOR, 0),
            field("FS base not canonical", VmcsField.HOST_FS_BASE, 1L << 47),
            field("GS base not canonical", VmcsField.HOST_GS_BASE, 1L << 47),
            field("GDTR base not canonical", VmcsField.HOST_GDTR_BASE, 1L << 47),
            field("IDTR base not canonical", VmcsField.HOST_IDTR_BASE, 1L << 47),
            field("TR base not canonical", VmcsField.HOST_TR_BASE, 1L << 47),
            clear("32-bit host on a processor in long mode", VmcsField.EXIT_CONTROLS, 1 << 9),
            field("RIP not canonical", VmcsField.HOST_RIP, 1L << 47));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("host")
    void brokenHostStateFailsWithError8(String what, Consumer<VmxFixture> change) {
        for (boolean before : new boolean[] {false, true}) {
            try (var f = before ? passed() : new VmxFixture()) {
                change.accept(f);
                assertThat(f.unit.launch()).isEqualTo(8);
                assertThat(f.unit.inGuest()).isFalse();
            }
        }
    }

    static Stream<Arguments> guest() {
        return Stream.of(
            field("CR0 with PG but not PE", VmcsField.GUEST_CR0, 0x80010032L),
            field("CR0 without NE", VmcsField.GUEST_CR0, 0x80010013L),
            broken("CR0 without PE and no unrestricted guest", f -> {
                f.realMode();
                f.without(VmcsField.SECONDARY_CONTROLS, 1 << 7);
            }),
            field("CR4 without VMXE", VmcsField.GUEST_CR4, 0x20),
            field("CR4 reserved", VmcsField.GUEST_CR4, 0x2020 | 1L << 31),
            broken("DEBUGCTL reserved", f -> {
                f.with(VmcsField.ENTRY_CONTROLS, 1 << 2);
                f.w(VmcsField.GUEST_DEBUGCTL, 1 << 2);
            }),
            field("IA-32e guest without PAE", VmcsField.GUEST_CR4, 0x2000),
            broken("PCIDE outside IA-32e mode", f -> {
                f.realMode();
                f.w(VmcsField.GUEST_CR4, 0x22000);
            }),
            field("CR3 beyond the address width", VmcsField.GUEST_CR3, 1L << 46),
            broken("DR7 with bit 32", f -> {
                f.with(VmcsField.ENTRY_CONTROLS, 1 << 2);
                f.w(VmcsField.GUEST_DR7, 0x1_0000_0400L);
            }),
            field("SYSENTER_ESP not canonical", VmcsField.GUEST_SYSENTER_ESP, 1L << 47),
            field("SYSENTER_EIP not canonical", VmcsField.GUEST_SYSENTER_EIP, 1L << 47),
            broken("PAT of type 3", f -> {
                f.with(VmcsField.ENTRY_CONTROLS, 1 << 14);
                f.w(VmcsField.GUEST_PAT, 3);
            }),
            broken("EFER reserved", f -> {
                f.with(VmcsField.ENTRY_CONTROLS, 1 << 15);
                f.w(VmcsField.GUEST_EFER, 0xD01 | 1 << 1);
            }),
            broken("EFER.LMA against the entry control", f -> {
                f.with(VmcsField.ENTRY_CONTROLS, 1 << 15);
                f.w(VmcsField.GUEST_EFER, 0x101);
            }),
            broken("EFER.LME unlike LMA with paging", f -> {
                f.with(VmcsField.ENTRY_CONTROLS, 1 << 15);
                f.w(VmcsField.GUEST_EFER, 0x401);
            }),
            field("TR in the LDT", VmcsField.GUEST_TR_SELECTOR, 0x1C),
            broken("usable LDTR in the LDT", f -> f.segment(6, 0x24, 0, 0xFF, 0x82)),
            broken("SS.RPL unlike CS.RPL", f -> {
                f.without(VmcsField.SECONDARY_CONTROLS, 1 << 7);
                f.w(VmcsField.GUEST_SS_SELECTOR, 0x13);
            }),
            field("TR base not canonical", VmcsField.GUEST_TR_BASE, 1L << 47),
            field("FS base not canonical", VmcsField.GUEST_FS_BASE, 1L << 47),
            field("GS base not canonical", VmcsField.GUEST_GS_BASE, 1L << 47),
            broken("usable LDTR base not canonical", f -> f.segment(6, 0x20, 1L << 47, 0xFF, 0x82)),
            field("CS base above 4 GiB", VmcsField.GUEST_CS_BASE, 1L << 32),
            field("DS base above 4 GiB", VmcsField.GUEST_DS_BASE, 1L << 32),
            field("CS not accessed", VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xA09A),
            field("CS data without unrestricted guest", VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xA097),
            field("SS read-only", VmcsField.GUEST_SS_ACCESS_RIGHTS, 0xC091),
            field("DS not accessed", VmcsField.GUEST_DS_ACCESS_RIGHTS, 0xC092),
            field("ES execute-only", VmcsField.GUEST_ES_ACCESS_RIGHTS, 0xC099),
            field("CS system", VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xA08B),
            field("CS.DPL unlike SS.DPL", VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xA0FB),
            field("conforming CS.DPL above SS.DPL", VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xA0FF),
            broken("DS.DPL below its RPL", f -> {
                f.without(VmcsField.SECONDARY_CONTROLS, 1 << 7);
                f.w(VmcsField.GUEST_DS_SELECTOR, 0x13);
            }),
            field("CS not present", VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xA01B),
            field("FS not present", VmcsField.GUEST_FS_ACCESS_RIGHTS, 0xC013),
            field("GS reserved bit 8", VmcsField.GUEST_GS_ACCESS_RIGHTS, 0xC193),
            field("CS with L and D", VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xE09B),
            field("G set with a low limit bit clear", VmcsField.GUEST_DS_LIMIT, 0xFFFFFFFEL),
            field("G clear with a high limit bit set", VmcsField.GUEST_DS_ACCESS_RIGHTS, 0x4093),
            broken("virtual-8086 base unlike its selector", f -> {
                virtual8086(f);
                f.w(VmcsField.GUEST_DS_BASE, 0x10);
            }),
            broken("virtual-8086 limit", f -> {
                virtual8086(f);
                f.w(VmcsField.GUEST_DS_LIMIT, 0xFFFE);
            }),
            broken("virtual-8086 rights", f -> {
                virtual8086(f);
                f.w(VmcsField.GUEST_DS_ACCESS_RIGHTS, 0x93);
            }),
            field("TR available", VmcsField.GUEST_TR_ACCESS_RIGHTS, 0x89),
            field("TR of 16 bits in IA-32e mode", VmcsField.GUEST_TR_ACCESS_RIGHTS, 0x83),
            field("TR unusable", VmcsField.GUEST_TR_ACCESS_RIGHTS, 0x1008B),
            field("TR code or data", VmcsField.GUEST_TR_ACCESS_RIGHTS, 0x9B),
            broken("LDTR of type 3", f -> f.segment(6, 0x20, 0, 0xFF, 0x83)),
            broken("LDTR not present", f -> f.segment(6, 0x20, 0, 0xFF, 0x02)),
            field("GDTR base not canonical", VmcsField.GUEST_GDTR_BASE, 1L << 47),
            field("IDTR limit above 64 KiB", VmcsField.GUEST_IDTR_LIMIT, 0x10000),
            field("RIP with different bits 63:48", VmcsField.GUEST_RIP, 1L << 48),
            broken("RIP above 4 GiB in compatibility mode", f -> {
                f.w(VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xC09B);
                f.w(VmcsField.GUEST_RIP, 1L << 32);
            }),
            field("RFLAGS bit 1 clear", VmcsField.GUEST_RFLAGS, 0),
            field("RFLAGS bit 15 set", VmcsField.GUEST_RFLAGS, 0x8002),
            field("RFLAGS.VM in IA-32e mode", VmcsField.GUEST_RFLAGS, 0x20002),
            field("interrupt injected with IF clear", VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000020L),
            field("activity state 4", VmcsField.GUEST_ACTIVITY, 4),
            broken("HLT with SS.DPL 3", f -> {
                f.w(VmcsField.GUEST_ACTIVITY, 1);
                f.w(VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xA0FB);
                f.w(VmcsField.GUEST_SS_ACCESS_RIGHTS, 0xC0F3);
            }),
            broken("HLT with blocking by MOV SS", f -> {
                f.w(VmcsField.GUEST_ACTIVITY, 1);
                f.w(VmcsField.GUEST_INTERRUPTIBILITY, 2);
            }),
            broken("#UD into HLT", f -> {
                f.w(VmcsField.GUEST_ACTIVITY, 1);
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000306L);
            }),
            broken("#DB into shutdown", f -> {
                f.w(VmcsField.GUEST_ACTIVITY, 2);
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000301L);
            }),
            broken("NMI into wait-for-SIPI", f -> {
                f.w(VmcsField.GUEST_ACTIVITY, 3);
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000202L);
            }),
            field("interruptibility reserved", VmcsField.GUEST_INTERRUPTIBILITY, 1 << 5),
            broken("blocking by STI and by MOV SS", f -> {
                f.w(VmcsField.GUEST_RFLAGS, 0x202);
                f.w(VmcsField.GUEST_INTERRUPTIBILITY, 3);
            }),
            field("blocking by STI with IF clear", VmcsField.GUEST_INTERRUPTIBILITY, 1),
            broken("interrupt injected under blocking by STI", f -> {
                f.w(VmcsField.GUEST_RFLAGS, 0x202);
                f.w(VmcsField.GUEST_INTERRUPTIBILITY, 1);
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000020L);
            }),
            broken("NMI injected under blocking by MOV SS", f -> {
                f.w(VmcsField.GUEST_INTERRUPTIBILITY, 2);
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000202L);
            }),
            field("blocking by SMI outside SMM", VmcsField.GUEST_INTERRUPTIBILITY, 4),
            broken("virtual NMI injected under blocking by NMI", f -> {
                f.with(VmcsField.PIN_CONTROLS, 1 << 3 | 1 << 5);
                f.w(VmcsField.GUEST_INTERRUPTIBILITY, 8);
                f.w(VmcsField.ENTRY_INTERRUPTION_INFO, 0x80000202L);
            }),
            field("pending debug reserved", VmcsField.GUEST_PENDING_DEBUG, 1 << 4),
            broken("BS clear in HLT with TF", f -> {
                f.w(VmcsField.GUEST_ACTIVITY, 1);
                f.w(VmcsField.GUEST_RFLAGS, 0x102);
            }),
            broken("BS set in HLT without TF", f -> {
                f.w(VmcsField.GUEST_ACTIVITY, 1);
                f.w(VmcsField.GUEST_PENDING_DEBUG, 1 << 14);
            }));
    }

    private static void virtual8086(VmxFixture f) {
        f.w(VmcsField.ENTRY_CONTROLS, 0x11FB);
        f.w(VmcsField.GUEST_CR0, 0x31);
        f.w(VmcsField.GUEST_CR4, 0x2000);
        f.w(VmcsField.GUEST_RFLAGS, 0x20002);
        for (int i = 0; i < 6; i++) {
            f.segment(i, 0x100, 0x1000, 0xFFFF, 0xF3);
        }
    }

    @Test
    void virtual8086GuestsEnter() {
        try (var f = new VmxFixture()) {
            virtual8086(f);
            f.enter();
            assertThat(f.c.cpl).isEqualTo(3);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("guest")
    void brokenGuestStateExitsWithReason33(String what, Consumer<VmxFixture> change) {
        for (boolean before : new boolean[] {false, true}) {
            try (var f = before ? passed() : new VmxFixture()) {
                change.accept(f);
                assertThat(f.unit.launch()).isZero();
                assertThat(f.unit.exitedToNativeHost()).isTrue();
                assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(0x80000021L);
                assertThat(f.r(VmcsField.EXIT_QUALIFICATION)).isZero();
                assertThat(f.c.rip).isEqualTo(0xFFFF800000001000L);
                assertThat(f.unit.inGuest()).isFalse();
                assertThat(f.unit.resume()).as("the VMCS is not launched").isEqualTo(5);
            }
        }
    }

    @Test
    void badLinkPointersHaveQualification4() {
        for (long link : new long[] {0x9001, 1L << 46, 0x9000, VmxFixture.VMCS}) {
            try (var f = new VmxFixture()) {
                f.w(VmcsField.VMCS_LINK_POINTER, link);
                f.unit.launch();
                assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(0x80000021L);
                assertThat(f.r(VmcsField.EXIT_QUALIFICATION)).isEqualTo(4);
            }
        }
    }

    @Test
    void badPdptesHaveQualification2() {
        try (var f = new VmxFixture()) {
            f.w(VmcsField.ENTRY_CONTROLS, 0x11FB);
            f.w(VmcsField.GUEST_CS_ACCESS_RIGHTS, 0xC09B);
            f.w(VmcsField.GUEST_PDPTE0 + 4, 1 | 1 << 5);
            f.unit.launch();
            assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(0x80000021L);
            assertThat(f.r(VmcsField.EXIT_QUALIFICATION)).isEqualTo(2);
        }
    }

    @Test
    void msrsThatCannotBeLoadedExitWithReason34AndTheirNumber() {
        try (var f = new VmxFixture()) {
            f.w(VmcsField.ENTRY_MSR_LOAD_COUNT, 2);
            f.w(VmcsField.ENTRY_MSR_LOAD_ADDRESS, VmxFixture.MSR_AREA);
            f.put64(VmxFixture.MSR_AREA, 0xC0000081L);
            f.put64(VmxFixture.MSR_AREA + 8, 0x1234);
            f.put64(VmxFixture.MSR_AREA + 16, 0xC0000100L);
            f.unit.launch();
            assertThat(f.r(VmcsField.EXIT_REASON)).isEqualTo(0x80000022L);
            assertThat(f.r(VmcsField.EXIT_QUALIFICATION)).isEqualTo(2);
            assertThat(f.c.star).as("the first was loaded").isEqualTo(0x1234);
        }
    }
}
