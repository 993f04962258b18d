package dev.hv.cli.run;

import static dev.hv.cli.run.KvmUnitTestRow.bare;
import static dev.hv.cli.run.KvmUnitTestRow.child;
import static dev.hv.cli.run.KvmUnitTestRow.ends;
import static dev.hv.cli.run.KvmUnitTestRow.left;
import static dev.hv.cli.run.KvmUnitTestRow.passes;
import static dev.hv.cli.run.KvmUnitTestRow.skips;

import dev.hv.cli.run.KvmUnitTestRow.Result;
import java.util.List;
import java.util.stream.Stream;

/** All rows of the table "kvm-unit-tests" in docs/conformance.md, by group: the one place that says what is run and what it comes to. */
final class KvmUnitTestRows {

    private static final Result INTEL_ONLY = left("Intel's alone");
    private static final Result AMD_ONLY = left("AMD's alone");
    private static final String HYPERCALLS = "KVM's hypercalls";
    private static final String BIOS = "waits for a BIOS's timer interrupt after its 69 checks; they pass (realModePassesUpToItsBiosTick)";
    private static final String FAST_RDPMC = "RDPMC of 32 bits, which the counters are without";
    private static final String NO_PREFIX = "KVM's prefix for forced emulation";
    /** What svm.flat is not given with the rest: tests that want another model, memory or clock, with rows of their own, and one for SMIs. */
    private static final String SVM = "-pause_filter_test -svm_unsupported_instruction_intercept_test -reg_corruption -latency* -svm_tsc_scale_test "
            + "-svm_vmrun_errata_test -svm_intr_intercept_mix_smi";
    /** What vmx.flat is not given with the rest: what has rows of its own, and vmx_db_test, which counts as failures that two things work of which KVM does otherwise. */
    private static final String VMX = "-vmx_db_test -exit_monitor_from_l2_test -ept_access* -vmx_smp* -vmx_vmcs_shadow_test -atomic_switch_overflow_msrs_test -vmx_init_signal_test "
            + "-vmx_apic_passthrough_tpr_threshold_test -apic_reg_virt_test -virt_x2apic_mode_test -vmx_pf_exception_test -vmx_pf_exception_forced_emulation_test -vmx_pf_no_vpid_test "
            + "-vmx_pf_invvpid_test -vmx_pf_vpid_test -vmx_basic_vid_test -vmx_eoi_virt_test -vmx_posted_interrupts_test";
    private static final String WITHOUT_NPT = ",-npt,-v-vmsave-vmload,-avic,-x2avic";
    private static final String WITHOUT_INTERCEPTED = ",-rdtscp,-rdpid,-rdpru,-invpcid,-pku,-xsave,-avx,-f16c,-fma,-avx2,-vaes,-vpclmulqdq,-xsaveopt,-xsavec,"
            + "-xgetbv1,-xsaves";

    private KvmUnitTestRows() {}

    /** All of them, in the document's order. */
    static List<KvmUnitTestRow> all() {
        return Stream.of(processor(), svm(), vmx(), hyperv()).flatMap(List::stream).toList();
    }

    /** Platform, interrupt controllers, processor. */
    static List<KvmUnitTestRow> processor() {
        return List.of(
                bare("x2apic", "apic", "", passes(55), passes(54, 1, "no TSC deadline on AMD's processors")).processors(2),
                bare("xapic", "apic", "", passes(44, 1, "no x2APIC"), passes(43, 2, "no x2APIC, no TSC deadline")).processors(2).without(",-x2apic")
                        .withoutOn(",-vmx-x2apic", ",-x2avic"),
                bare("ioapic", "ioapic", "", passes(30), passes(30)).processors(4),
                bare("smptest", "smptest", "", passes(1), passes(1)).processors(2),
                bare("smptest3", "smptest", "", passes(1), passes(1)).processors(3),
                bare("vmexit_cpuid", "vmexit", "cpuid", ends(), ends()),
                bare("vmexit_mov_from_cr8", "vmexit", "mov_from_cr8", ends(), ends()),
                bare("vmexit_mov_to_cr8", "vmexit", "mov_to_cr8", ends(), ends()),
                bare("vmexit_inl_pmtimer", "vmexit", "inl_from_pmtimer", ends(), ends()),
                bare("vmexit_vmcall", "vmexit", "vmcall", left("wants a hypervisor below it"), left("wants a hypervisor below it")),
                bare("vmexit_ipi", "vmexit", "ipi", ends(), ends()).processors(2),
                bare("vmexit_ipi_halt", "vmexit", "ipi_halt", ends(), ends()).processors(2),
                bare("vmexit_ple_round_robin", "vmexit", "ple_round_robin", ends(), ends()),
                bare("vmexit_tscdeadline", "vmexit", "tscdeadline", ends(), skips("no TSC deadline")),
                bare("vmexit_tscdeadline_immed", "vmexit", "tscdeadline_immed", ends(), skips("no TSC deadline")),
                bare("vmexit_cr0_wp", "vmexit", "toggle_cr0_wp", ends(), ends()).processors(2),
                bare("vmexit_cr4_pge", "vmexit", "toggle_cr4_pge", ends(), ends()).processors(2),
                bare("access", "access_test", "", passes(1), passes(1)).takesLong(),
                bare("access_fep", "access_test", "force_emulation", left(NO_PREFIX), left(NO_PREFIX)),
                bare("access-reduced-maxphyaddr", "access_test", "", left("KVM's emulation of fewer address bits"), left("KVM's emulation of fewer address bits")),
                bare("smap", "smap", "", passes(18), passes(18)),
                bare("pku", "pku", "", passes(7), passes(7)),
                bare("pks", "pks", "", skips("no PKS"), skips("no PKS")),
                bare("emulator", "emulator", "", passes(151, 1, NO_PREFIX), passes(151, 1, NO_PREFIX)),
                bare("eventinj", "eventinj", "", passes(13), passes(13)),
                bare("idt_test", "idt_test", "", passes(4), passes(4)),
                bare("memory", "memory", "", passes(7, 1, "PCOMMIT"), passes(7, 1, "PCOMMIT")),
                bare("msr", "msr", "", passes(1843), left("written for Intel's, IA32_MISC_ENABLE first")),
                bare("setjmp", "setjmp", "", passes(10), passes(10)),
                bare("sieve", "sieve", "", ends(), ends()).takesLong(),
                bare("rmap_chain", "rmap_chain", "", ends(), ends()),
                bare("syscall", "syscall", "", passes(2, 1, "a trap behind SYSCALL, looked at on AMD's processors alone"), passes(2)),
                bare("tsc", "tsc", "", passes(6), passes(6)),
                bare("tsc_adjust", "tsc_adjust", "", passes(6), skips("no TSC_ADJUST")),
                bare("xsave", "xsave", "", passes(386), passes(386)),
                bare("pcid-enabled", "pcid", "", passes(2), passes(2)),
                bare("pcid-disabled", "pcid", "", passes(2), passes(2)).without(",-pcid,-invpcid"),
                bare("pcid-asymmetric", "pcid", "", left("INVPCID without PCID, which no model can be given"), left("INVPCID without PCID, which no model can be given")),
                bare("rdpru", "rdpru", "", passes(1), skips("looks for its absence, and it is there")),
                bare("umip", "umip", "", passes(21), passes(21)),
                bare("la57", "la57", "", passes(56, 4, "PEBS, PT and SYSENTER's MSRs, " + NO_PREFIX), passes(56, 4, "registers of Intel's, " + NO_PREFIX)),
                bare("debug", "debug", "", passes(25), passes(25)),
                bare("lam", "lam", "", passes(19), passes(19)),
                bare("cet", "cet", "", skips("no CET; max has it"), skips("no CET; Intel's max has it")),
                bare("tsx-ctrl", "tsx-ctrl", "", skips("no TSX"), skips("no TSX")),
                bare("realmode", "realmode", "", left(BIOS), left(BIOS)),
                bare("cmpxchg8b", "cmpxchg8b", "", passes(1), passes(1)),
                bare("taskswitch", "taskswitch", "", ends(), ends()),
                bare("taskswitch2", "taskswitch2", "", passes(13), passes(13)),
                bare("pmu", "pmu", "", passes(127, 14, FAST_RDPMC), passes(77, 10, FAST_RDPMC)).options("--instruction-time", "1000"),
                bare("pmu_lbr", "pmu_lbr", "", skips("no format of branch records"), skips("Intel's alone")),
                bare("pmu_pebs", "pmu_pebs", "", skips("no PEBS"), skips("Intel's alone")),
                bare("hypercall", "hypercall", "", left(HYPERCALLS), left(HYPERCALLS)),
                bare("asyncpf", "asyncpf", "", left(HYPERCALLS), skips(HYPERCALLS)),
                bare("kvmclock_test", "kvmclock_test", "1000", left(HYPERCALLS), skips(HYPERCALLS)).processors(2),
                bare("vmware_backdoors", "vmware_backdoors", "", left("VMware's ports"), left("VMware's ports")),
                bare("s3", "s3", "", left("no sleep state S3"), left("no sleep state S3")),
                bare("intel_iommu", "intel-iommu", "", left("9 checks pass with --iommu, then it waits without end for an interrupt of the edu device's pin, whose entries are wrong twice (`vtd_setup_ioapic_irq`). The remapping entry wants the whole source id to be edu's (SVT 1, SQ 0; VT-d specification, 9.10), while the request comes from the I/O APIC, whose source id DMAR tells (8.3.1: 0xF0F8 here): a unit has to block it (reason 26h). The I/O APIC's entry says active high and edge, while PCI's pins are active low (PCI Local Bus 3.0, 2.2.6): the edge is the end of the request, which waits for the handler. QEMU compares no source of an I/O APIC and has no polarity. With `source_id` 0xF0F8 and `polarity` 1 all 11 pass, on 2026-11-28"), INTEL_ONLY)
        );
    }

    /** AMD-V. */
    static List<KvmUnitTestRow> svm() {
        return List.of(
                bare("svm", "svm", SVM, AMD_ONLY, passes(416, 5, "a prefix for forced emulation, TSC_ADJUST")).processors(2).memory("4096M"),
                bare("svm, nested paging off", "svm", SVM, AMD_ONLY,
                        passes(403, 5, "a prefix for forced emulation, TSC_ADJUST")).processors(2).memory("4096M")
                        .without(WITHOUT_NPT),
                bare("svm_unsupported_instruction_intercept_test", "svm", "svm_unsupported_instruction_intercept_test", AMD_ONLY, passes(10))
                        .without(WITHOUT_INTERCEPTED),
                bare("svm_pause_filter", "svm", "pause_filter_test", AMD_ONLY, passes(4)),
                bare("svm reg_corruption", "svm", "reg_corruption", AMD_ONLY, passes(2)).options("--instruction-time", "50"),
                bare("svm latency_*", "svm", "latency*", AMD_ONLY, passes(3)),
                bare("svm_tsc_scale_test", "svm", "svm_tsc_scale_test", AMD_ONLY, passes(13)).options("--instruction-time", "20000"),
                bare("svm_vmrun_errata_test", "svm", "svm_vmrun_errata_test", AMD_ONLY, passes(1)).memory("256M"),
                bare("svm_intr_intercept_mix_smi", "svm", "svm_intr_intercept_mix_smi", AMD_ONLY, left("there is no SMM, so no SMI ever comes")),
                bare("svm_npt", "svm_npt", "", AMD_ONLY, passes(138, 3, "no mode-based execution traps")).processors(2).memory("4096M"));
    }

    /** VT-x. */
    static List<KvmUnitTestRow> vmx() {
        return List.of(
                vmx("vmx", VMX, passes(430712, 8, "LAM, MPX and CET controls, what needs two processors or a test device's interrupt")).memory("2560M"),
                vmx("ept", "ept_access*", passes(10864)).memory("2560M"),
                vmx("vmx_eoi_bitmap_ioapic_scan", "vmx_eoi_bitmap_ioapic_scan_test", passes(7)).processors(2),
                vmx("vmx_hlt_with_rvi_test", "vmx_hlt_with_rvi_test", passes(7)),
                vmx("vmx_apicv_test", "apic_reg_virt_test virt_x2apic_mode_test vmx_basic_vid_test vmx_eoi_virt_test", passes(1078299)),
                vmx("vmx_posted_intr_test", "vmx_posted_interrupts_test", passes(28024)).processors(2),
                vmx("vmx_init_signal_test", "vmx_init_signal_test", passes(9)).processors(2),
                vmx("vmx_sipi_signal_test", "vmx_sipi_signal_test", passes(12)).processors(2),
                vmx("vmx_apic_passthrough_tpr_threshold_test", "vmx_apic_passthrough_tpr_threshold_test", passes(6)),
                vmx("vmx_vmcs_shadow_test", "vmx_vmcs_shadow_test", passes(154159)),
                vmx("vmx_pf_exception_test", "vmx_pf_exception_test", passes(83)).takesLong(),
                vmx("vmx_pf_exception_test_fep", "vmx_pf_exception_forced_emulation_test", left(NO_PREFIX)),
                vmx("vmx_pf_vpid_test", "vmx_pf_vpid_test", passes(3833967)).without(",-pku").takesLong(),
                vmx("vmx_pf_invvpid_test", "vmx_pf_invvpid_test", passes(3833967)).without(",-pku").takesLong(),
                vmx("vmx_pf_no_vpid_test", "vmx_pf_no_vpid_test", passes(3833967)).without(",-pku").takesLong());
    }

    private static KvmUnitTestRow vmx(String name, String tests, Result intel) {
        return bare(name, "vmx", tests, intel, INTEL_ONLY);
    }

    /** Hyper-V's interface, as enlightened children. */
    static List<KvmUnitTestRow> hyperv() {
        return List.of(
                child("hyperv_synic", "hyperv_synic", "", passes(1)).processors(2),
                child("hyperv_synic, four processors", "hyperv_synic", "", passes(1)).processors(4),
                child("hyperv_connections", "hyperv_connections", "", passes(7)).processors(2),
                child("hyperv_connections, five processors", "hyperv_connections", "", passes(7)).processors(5),
                child("hyperv_stimer", "hyperv_stimer", "", passes(12)).processors(2),
                child("hyperv_stimer_direct", "hyperv_stimer", "direct", passes(8)).processors(2),
                child("hyperv_clock", "hyperv_clock", "", passes(3)).processors(4),
                child("debug", "debug", "", passes(25)));
    }
}
