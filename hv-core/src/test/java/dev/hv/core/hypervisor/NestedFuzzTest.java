package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.hypervisor.partition.VirtualProcessor;
import dev.hv.core.machine.MemoryRange;
import dev.hv.core.tlfs.HvMapFlags;
import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.VpStop;
import dev.hv.core.vid.ChildMemory;
import dev.hv.cpu.memory.LittleEndian;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.svm.SvmControls;
import dev.hv.cpu.svm.SvmUnit;
import dev.hv.cpu.vmx.VmcsField;
import dev.hv.cpu.vmx.VmxUnit;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hypervisor in a child that is hostile: control structures, second-level tables and guest code with random parts. It may fail, and its partition may end; nothing else. */
class NestedFuzzTest {

    private static final int ROUNDS = Integer.getInteger("hv.rounds", 200);
    private static final long MEMORY = 1 << 20;
    private static final int CODE = 0x1000;
    private static final int HOST_CODE = 0x1010;
    private static final int REGION = 0x3000;
    private static final int CONTROL_STRUCTURE = 0x4000;
    private static final int MAPS = 0x8000;
    private static final int TABLES = 0x10000;
    private static final int SECOND_LEVEL = 0x20000;
    private static final int GUEST_CODE = 0x30000;
    private static final int STACK = 0x38000;
    private static final int[] FIELDS = VmcsField.all().clone();

    private Rig rig;
    private Rig.Child child;
    private VirtualProcessor vp;
    private ChildMemory memory;
    private int entered;

    private void build(Vendor vendor) {
        close();
        rig = new Rig(vendor).start();
        child = rig.new Child(rig.winHv.createPartition(vendor == Vendor.INTEL ? 0 : HvPrivilege.CHILD, true).value());
        rig.children.add(child);
        assertThat(rig.vid.addMemory(child.id, new MemoryRange(0, MEMORY), HvMapFlags.ALL).ok()).isTrue();
        assertThat(rig.winHv.createVp(child.id, 0).ok()).isTrue();
        assertThat(rig.winHv.installIntercepts(child.id, child).ok()).isTrue();
        vp = rig.hypervisor.partitions().get(child.id).processors().get(0);
        memory = rig.vid.memory(child.id);
    }

    @AfterEach
    void close() {
        if (rig != null) {
            rig.memory.close();
            rig = null;
        }
    }

    private void put(int at, int size, long value) {
        byte[] b = new byte[8];
        LittleEndian.put64(b, 0, value);
        assertThat(memory.write(at, b, 0, size)).isTrue();
    }

    private void bytes(int at, int... code) {
        for (int i = 0; i < code.length; i++) {
            put(at + i, 1, code[i]);
        }
    }

    /** Identity: 1 GiB by a 2 MiB page each, of the processor's tables and of second-level ones. */
    private void tables(int at, long rights, long leaf) {
        put(at, 8, at + 0x1000 | rights);
        put(at + 0x1000, 8, at + 0x2000 | rights);
        for (int i = 0; i < 512; i++) {
            put(at + 0x2000 + 8 * i, 8, (long) i << 21 | leaf);
        }
    }

    /** The hypervisor's registers: long mode at privilege level 0. */
    private Cpu host(long cr4, long efer) {
        vp.context().store();
        Cpu c = vp.registers();
        c.cr0 = Control.CR0_PE | Control.CR0_ET | Control.CR0_NE | Control.CR0_PG;
        c.cr3 = TABLES;
        c.cr4 = Control.CR4_PAE | cr4;
        c.efer = Control.EFER_LME | Control.EFER_LMA | efer;
        c.seg[Cpu.CS].set(8, 0, -1, Segment.CODE_64);
        c.cpl = 0;
        for (int i : new int[] {Cpu.DS, Cpu.ES, Cpu.SS, Cpu.FS, Cpu.GS}) {
            c.seg[i].set(16, 0, -1, Segment.DATA_32);
        }
        c.setRflags(2);
        c.rip = CODE;
        c.gpr(Cpu.RSP, STACK);
        c.shadow = 0;
        c.pendingDebug = 0;
        Modes.update(c);
        return c;
    }

    private static long interesting(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextInt(512);
            case 1 -> 1L << random.nextInt(64);
            case 2 -> (long) random.nextInt(256) << 12;
            case 3 -> -1L >>> random.nextInt(64);
            case 4 -> random.nextLong();
            default -> random.nextInt();
        };
    }

    private void vmcs(VmxUnit unit, Cpu c, Random random) {
        put(CONTROL_STRUCTURE, 4, unit.readMsr(c, 0x480) & 0x7FFF_FFFF);
        assertThat(unit.vmclear(CONTROL_STRUCTURE)).isZero();
        assertThat(unit.vmptrld(CONTROL_STRUCTURE)).isZero();
        for (int f : FIELDS) {
            unit.vmwrite(f, 0);
        }
        unit.vmwrite(VmcsField.PIN_CONTROLS, (int) unit.readMsr(c, 0x48D) & 0xFFFF_FFFFL);
        unit.vmwrite(VmcsField.PRIMARY_CONTROLS, (unit.readMsr(c, 0x48E) | 1 << 24 | 1L << 31 | 1 << 7) & 0xFFFF_FFFFL);
        unit.vmwrite(VmcsField.SECONDARY_CONTROLS, 1 << 1 | 1 << 7 | (random.nextBoolean() ? 1 << 5 : 0));
        unit.vmwrite(VmcsField.EXIT_CONTROLS, (unit.readMsr(c, 0x48F) | 1 << 9 | 1 << 20 | 1 << 21) & 0xFFFF_FFFFL);
        unit.vmwrite(VmcsField.ENTRY_CONTROLS, (unit.readMsr(c, 0x490) | 1 << 15) & 0xFFFF_FFFFL);
        unit.vmwrite(VmcsField.VPID, 1 + random.nextInt(3));
        unit.vmwrite(VmcsField.EPT_POINTER, SECOND_LEVEL | 3 << 3 | 6 | (random.nextBoolean() ? 1 << 6 : 0));
        unit.vmwrite(VmcsField.VMCS_LINK_POINTER, -1);
        unit.vmwrite(VmcsField.HOST_CR0, c.cr0);
        unit.vmwrite(VmcsField.HOST_CR3, c.cr3);
        unit.vmwrite(VmcsField.HOST_CR4, c.cr4);
        unit.vmwrite(VmcsField.HOST_EFER, c.efer);
        unit.vmwrite(VmcsField.HOST_CS_SELECTOR, 8);
        unit.vmwrite(VmcsField.HOST_TR_SELECTOR, 24);
        unit.vmwrite(VmcsField.HOST_SS_SELECTOR, 16);
        unit.vmwrite(VmcsField.HOST_RSP, STACK);
        unit.vmwrite(VmcsField.HOST_RIP, HOST_CODE);
        unit.vmwrite(VmcsField.GUEST_CR0, 0x30);
        unit.vmwrite(VmcsField.GUEST_CR4, Control.CR4_VMXE);
        for (int i = 0; i < 8; i++) {
            unit.vmwrite(VmcsField.GUEST_ES_SELECTOR + 2 * i, i < 6 ? GUEST_CODE >> 4 : 0);
            unit.vmwrite(VmcsField.GUEST_ES_BASE + 2 * i, i < 6 ? GUEST_CODE : 0);
            unit.vmwrite(VmcsField.GUEST_ES_LIMIT + 2 * i, 0xFFFF);
            unit.vmwrite(VmcsField.GUEST_ES_ACCESS_RIGHTS + 2 * i, i == 1 ? 0x9B : i == 6 ? 0x82 : i == 7 ? 0x8B : 0x93);
        }
        unit.vmwrite(VmcsField.GUEST_GDTR_LIMIT, 0xFFFF);
        unit.vmwrite(VmcsField.GUEST_IDTR_LIMIT, 0x3FF);
        unit.vmwrite(VmcsField.GUEST_DR7, 0x400);
        unit.vmwrite(VmcsField.GUEST_RSP, 0x7000);
        unit.vmwrite(VmcsField.GUEST_RFLAGS, 2);
        for (int i = random.nextInt(8); i > 0; i--) {
            int field = FIELDS[random.nextInt(FIELDS.length)];
            if (unit.checkField(field) == 0) {
                unit.vmwrite(field, random.nextBoolean() ? interesting(random) : unit.vmread(field) ^ 1L << random.nextInt(32));
            }
        }
    }

    private void vmcb(Random random) {
        byte[] b = new byte[0x1000];
        LittleEndian.put32(b, 0x0C, 1 | 1 << 18 | 1 << 24 | 1 << 27 | 1 << 31);
        LittleEndian.put32(b, 0x10, 1);
        LittleEndian.put64(b, 0x40, MAPS);
        LittleEndian.put64(b, 0x48, MAPS);
        LittleEndian.put32(b, 0x58, 1 + random.nextInt(3));
        LittleEndian.put64(b, 0x60, 1 << 24);
        LittleEndian.put64(b, 0x90, random.nextInt(4) == 0 ? 0 : 1);
        LittleEndian.put64(b, 0xB0, SECOND_LEVEL);
        for (int i = 0; i < 4; i++) {
            LittleEndian.put32(b, 0x400 + 16 * i, GUEST_CODE >> 4 | (i == 1 ? 0x9B : 0x93) << 16);
            LittleEndian.put32(b, 0x404 + 16 * i, 0xFFFF);
            LittleEndian.put64(b, 0x408 + 16 * i, GUEST_CODE);
        }
        LittleEndian.put64(b, 0x4D0, Control.EFER_SVME);
        LittleEndian.put64(b, 0x558, 0x30);
        LittleEndian.put64(b, 0x560, 0x400);
        LittleEndian.put64(b, 0x568, 0xFFFF_0FF0L);
        LittleEndian.put64(b, 0x570, 2);
        LittleEndian.put64(b, 0x5D8, 0x7000);
        LittleEndian.put64(b, 0x668, 0x0007_0406_0007_0406L);
        for (int i = random.nextInt(8); i > 0; i--) {
            int at = random.nextInt(4) == 0 ? 0x400 + random.nextInt(0x260) : random.nextInt(0xC0);
            b[at] = (byte) (random.nextBoolean() ? random.nextInt() : b[at] ^ 1 << random.nextInt(8));
        }
        assertThat(memory.write(CONTROL_STRUCTURE, b, 0, b.length)).isTrue();
    }

    private void start(Vendor vendor, Random random) {
        tables(TABLES, 3, 0x83);
        tables(SECOND_LEVEL, 7, vendor == Vendor.INTEL ? 0xB7 : 0x87);
        for (int i = random.nextInt(4); i > 0; i--) {
            put(SECOND_LEVEL + 0x1000 * random.nextInt(3) + 8 * random.nextInt(2), 8, interesting(random));
        }
        byte[] code = new byte[64];
        random.nextBytes(code);
        for (int i = 0; i < code.length; i += 16) {
            // OUT, CPUID, a write to memory, a jump back now and then
            code[i] = (byte) new int[] {0xE6, 0x0F, 0xA2, 0xF4, 0xEB, 0x50, 0xCD, code[i]}[random.nextInt(8)];
        }
        assertThat(memory.write(GUEST_CODE, code, 0, code.length)).isTrue();
        if (vendor == Vendor.INTEL) {
            Cpu c = host(Control.CR4_VMXE, 0);
            VmxUnit unit = (VmxUnit) c.virtualization;
            c.featureControl = 5;
            put(REGION, 4, unit.readMsr(c, 0x480) & 0x7FFF_FFFF);
            assertThat(unit.inVmxOperation() ? 0 : unit.vmxon(REGION)).isZero();
            vmcs(unit, c, random);
            bytes(CODE, 0x0F, 0x01, 0xC2, 0xEB, 0xFE);
            bytes(HOST_CODE, 0x0F, 0x01, 0xC3, 0xEB, 0xFE);
        } else {
            Cpu c = host(0, Control.EFER_SVME);
            ((SvmUnit) c.virtualization).writeMsr(c, SvmControls.MSR_VM_HSAVE_PA, REGION);
            c.gpr(Cpu.RAX, CONTROL_STRUCTURE);
            vmcb(random);
            bytes(CODE, 0x0F, 0x01, 0xD8, 0xEB, 0xFB);
        }
        vp.context().load();
    }

    @ParameterizedTest
    @EnumSource(Vendor.class)
    @Timeout(300)
    void aHostileHypervisorHarmsItselfAlone(Vendor vendor) {
        Random random = new Random(7);
        build(vendor);
        for (int round = 0; round < ROUNDS; round++) {
            start(vendor, random);
            long before = vp.exits();
            child.go();
            for (int turn = 0; turn < 4 && child.stop == null; turn++) {
                rig.run(500);
                entered += vp.registers().guest != null ? 1 : 0;
            }
            assertThat(vp.exits()).as("round %d", round).isGreaterThan(before);
            if (child.stop != null) {
                assertThat(child.stop.reason()).as("round %d: %s", round, child.stop.detail()).isNotIn(VpStop.Reason.INTERNAL_ERROR, VpStop.Reason.INVALID_REGISTER_VALUE);
            }
            // another one, in whatever state this one is
            build(vendor);
        }
        assertThat(entered).as("rounds in whose guest the machine was found").isGreaterThan(ROUNDS / 20);
    }
}
