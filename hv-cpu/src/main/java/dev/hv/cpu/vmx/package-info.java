/**
 * VT-x: VMX operation, the VMCS, VM entries and exits, EPT. Section numbers of the SDM's volume 3C are those of its editions
 * up to 2022: chapter 23 introduces VMX, 24 is the VMCS, 25 non-root operation, 26 VM entries, 27 VM exits, 28 address
 * translation, 29 APIC virtualisation, 30 the instructions; volume 3D has appendices A (capabilities), B (field encodings) and
 * C (exit reasons).
 */
package dev.hv.cpu.vmx;
