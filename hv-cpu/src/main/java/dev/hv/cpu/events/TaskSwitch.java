package dev.hv.cpu.events;

import dev.hv.cpu.state.BranchTracking;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Descriptors;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.PageWalker;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;
import dev.hv.cpu.state.ShadowStack;
import dev.hv.cpu.state.TaskSwitchSource;
import dev.hv.cpu.state.Vector;
import dev.hv.cpu.state.VmExitSignal;

/** The hardware task switch of protected mode outside IA-32e mode (SDM vol. 3A, chapter 9). */
public final class TaskSwitch {

    private static final int LIMIT32 = 0x67;
    private static final int LIMIT16 = 0x2B;
    /** With CR4.CET a TSS has an SSP, and only those of 32 bits have room for it. */
    private static final int LIMIT_CET = 0x6B;
    private static final int T_FLAG = 0x64;
    private static final int SSP = 0x68;
    private static final long LOCAL_BREAKPOINTS = 0x155;
    private static final int[] SEGMENTS32 = {Cpu.ES, Cpu.CS, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS};

    private TaskSwitch() {}

    /** JMP or CALL to a TSS or through a task gate; privilege has been checked. {@link Cpu#rip} is at the instruction. */
    public static int instruction(Cpu c, int selector, TaskSwitchSource source, long returnRip, int length) {
        long descriptor = available(c, selector, Vector.GP, 0, false);
        if (c.guest != null && c.virtualization.interceptTaskSwitch(c, selector, source, length)) {
            return Outcome.EXIT;
        }
        perform(c, selector, descriptor, source, returnRip, 0, c.rflags());
        return Outcome.BRANCH;
    }

    /** IRET with NT set: back to the task that the current TSS links to. */
    public static int iret(Cpu c, long returnRip, int length) {
        int selector = (int) Mem.readSystem(c, c.tr.base & 0xFFFFFFFFL, 2);
        long descriptor = available(c, selector, Vector.TS, 0, true);
        if (ShadowStack.enabled(c, c.cpl) && (c.ssp & 7) != 0) {
            throw c.fault(Vector.TS, c.tr.selector & 0xFFFC);
        }
        if (c.guest != null && c.virtualization.interceptTaskSwitch(c, selector, TaskSwitchSource.IRET, length)) {
            return Outcome.EXIT;
        }
        perform(c, selector, descriptor, TaskSwitchSource.IRET, returnRip, 0, c.rflags() & ~(long) Rflags.NT);
        c.nmiBlocked = false;
        Modes.updateEvents(c);
        return Outcome.BRANCH;
    }

    /** An interrupt or exception through a task gate. In guest operation it may unwind to a VM exit. */
    static void enter(Cpu c, int selector, long returnRip, int ext, long flags) {
        long descriptor = available(c, selector, Vector.GP, ext, false);
        VmExitSignal exit = c.guest != null ? c.virtualization.interceptTaskGate(c, selector) : null;
        if (exit != null) {
            throw exit;
        }
        perform(c, selector, descriptor, TaskSwitchSource.GATE, returnRip, ext, flags);
    }

    /** Fetches the TSS descriptor and checks it. */
    private static long available(Cpu c, int selector, int vector, int ext, boolean busy) {
        int code = selector & 0xFFFC | ext;
        if ((selector & 4) != 0 || Descriptors.isNull(selector)) {
            throw c.fault(vector, code);
        }
        long descriptor = Descriptors.fetch(c, selector, vector, ext);
        int type = (int) (descriptor >>> 40) & 0x1F;
        boolean ok = busy ? type == Descriptors.TSS16_BUSY || type == Descriptors.TSS32_BUSY
                : type == Descriptors.TSS16_AVAILABLE || type == Descriptors.TSS32_AVAILABLE;
        if (!ok) {
            throw c.fault(vector, code);
        }
        if (!Descriptors.present(descriptor)) {
            throw c.fault(Vector.NP, code);
        }
        boolean wide = (type & 8) != 0;
        boolean cet = c.cr4(Control.CR4_CET);
        if (cet && !wide || Descriptors.limit(descriptor) < (cet ? LIMIT_CET : wide ? LIMIT32 : LIMIT16)) {
            throw c.fault(Vector.TS, code);
        }
        return descriptor;
    }

    private static void perform(Cpu c, int selector, long descriptor, TaskSwitchSource source, long returnRip, int ext, long flags) {
        boolean oldWide = (c.tr.access & 8) != 0;
        boolean wide = (Descriptors.type(descriptor) & 8) != 0;
        long oldBase = c.tr.base;
        long base = Descriptors.base(descriptor);
        int oldLimit = oldWide ? LIMIT32 : LIMIT16;
        if ((c.tr.limit & 0xFFFFFFFFL) < oldLimit) {
            throw c.fault(Vector.TS, c.tr.selector & 0xFFFC | ext);
        }
        // every page that will be touched is touched before anything changes (9.3, step 6)
        Mem.probeWriteSystem(c, oldBase, oldLimit + 1);
        NewTask task = new NewTask(c, base, wide);
        boolean nests = source == TaskSwitchSource.CALL || source == TaskSwitchSource.GATE;
        if (nests) {
            Mem.probeWriteSystem(c, base, 2);
        }
        boolean pae = c.cr0(Control.CR0_PG) && c.cr4(Control.CR4_PAE);
        if (wide && pae && !PageWalker.loadPdptes(c, task.cr3)) {
            throw c.fault(Vector.TS, selector & 0xFFFC | ext);
        }

        boolean returns = source == TaskSwitchSource.IRET;
        var left = returns ? ShadowStack.returnFromTask(c, task.cpl()) : ShadowStack.leaveTask(c, nests, task.cpl(), returnRip);
        if (!nests) {
            Descriptors.setBusy(c, c.tr.selector, false);
        }
        save(c, oldBase, oldWide, returnRip, flags);
        if (nests) {
            Mem.writeSystem(c, base, 2, c.tr.selector);
            task.flags |= Rflags.NT;
        }
        if (!returns) {
            Descriptors.setBusy(c, selector, true);
        }
        c.tr.setFromDescriptor(selector, descriptor);
        c.tr.access |= 2;
        c.cr0 |= Control.CR0_TS;
        c.dr[7] &= ~LOCAL_BREAKPOINTS;
        if (wide && c.cr0(Control.CR0_PG)) {
            c.cr3 = task.cr3;
            c.tlb.flushCurrent();
        }
        c.stepping = false;
        c.resuming = false;
        task.load(c, ext);
        controlFlow(c, task, left, returns, ext);
        if (c.rip > (c.seg[Cpu.CS].limit & 0xFFFFFFFFL)) {
            throw c.fault(Vector.GP, ext);
        }
        if (wide && (Mem.readSystem(c, c.tr.base + T_FLAG & 0xFFFFFFFFL, 1) & 1) != 0) {
            c.pendingDebug |= Events.TASK_SWITCH;
        }
        Modes.update(c);
    }

    /** Shadow stack and branch tracking of the new task, in which what fails here fails. */
    private static void controlFlow(Cpu c, NewTask task, ShadowStack.Left left, boolean returns, int ext) {
        boolean v86 = (c.rflagsOther() & Rflags.VM) != 0;
        if (v86 && ShadowStack.forbidsVirtual8086(c) || !returns && ShadowStack.enabled(c, c.cpl) && (task.ssp & 7) != 0) {
            throw c.fault(Vector.TS, c.tr.selector & 0xFFFC | ext);
        }
        if (returns) {
            ShadowStack.returnToTask(c, left);
        } else {
            if (!ShadowStack.enterTask(c, left, task.ssp)) {
                throw c.fault(Vector.TS, c.tr.selector & 0xFFFC | ext);
            }
            BranchTracking.entered(c);
        }
    }

    private static void save(Cpu c, long base, boolean wide, long returnRip, long flags) {
        int size = wide ? 4 : 2;
        long a = base + (wide ? 0x20 : 0x0E);
        put(c, a, size, returnRip);
        put(c, a + size, size, flags);
        a += 2 * size;
        for (int i = 0; i < 8; i++) {
            put(c, a, size, c.gpr(i));
            a += size;
        }
        for (int i = 0; i < (wide ? 6 : 4); i++) {
            put(c, a, 2, c.seg[SEGMENTS32[i]].selector);
            a += size;
        }
    }

    private static void put(Cpu c, long a, int size, long value) {
        Mem.writeSystem(c, a & 0xFFFFFFFFL, size, value);
    }

    /** The state in the TSS switched to: read whole, then loaded. */
    private static final class NewTask {

        private final long cr3;
        private final long rip;
        private long flags;
        private final long[] gpr = new long[8];
        private final int[] selectors = new int[6];
        private final int ldt;
        private final long ssp;

        NewTask(Cpu c, long base, boolean wide) {
            int size = wide ? 4 : 2;
            cr3 = wide ? get(c, base + 0x1C, 4) : 0;
            long a = base + (wide ? 0x20 : 0x0E);
            rip = get(c, a, size);
            flags = get(c, a + size, size);
            a += 2 * size;
            for (int i = 0; i < 8; i++) {
                // the upper halves are undefined after a switch to a 16-bit task; ones are what processors leave
                gpr[i] = get(c, a, size) | (wide ? 0 : 0xFFFF0000L);
                a += size;
            }
            for (int i = 0; i < (wide ? 6 : 4); i++) {
                selectors[i] = (int) get(c, a, 2);
                a += size;
            }
            ldt = (int) get(c, base + (wide ? 0x60 : 0x2A), 2);
            ssp = c.cr4(Control.CR4_CET) ? get(c, base + SSP, 4) : 0;
        }

        int cpl() {
            return (flags & Rflags.VM) != 0 ? 3 : selectors[Cpu.CS] & 3;
        }

        private static long get(Cpu c, long a, int size) {
            return Mem.readSystem(c, a & 0xFFFFFFFFL, size);
        }

        /** Loads registers and selectors, then descriptors; what fails from here on fails in the new task. */
        void load(Cpu c, int ext) {
            c.rip = rip;
            for (int i = 0; i < gpr.length; i++) {
                c.gpr(i, gpr[i]);
            }
            for (int i = 0; i < 6; i++) {
                c.seg[SEGMENTS32[i]].set(selectors[i], 0, 0, Segment.UNUSABLE);
            }
            c.ldtr.set(ldt, 0, 0, Segment.UNUSABLE);
            boolean v86 = (flags & Rflags.VM) != 0;
            c.cpl = cpl();
            c.setRflags(flags);
            c.tlb.forgetFetches();
            Modes.update(c);
            loadLdt(c, ext);
            if (v86) {
                for (int i = 0; i < 6; i++) {
                    c.seg[SEGMENTS32[i]].set(selectors[i], (long) selectors[i] << 4, 0xFFFF, 0xF3);
                }
            } else {
                loadCode(c, ext);
                loadStack(c, ext);
                for (int s : new int[] {Cpu.ES, Cpu.DS, Cpu.FS, Cpu.GS}) {
                    loadData(c, s, ext);
                }
            }
            Modes.update(c);
        }

        private void loadLdt(Cpu c, int ext) {
            if (Descriptors.isNull(ldt)) {
                return;
            }
            int code = ldt & 0xFFFC | ext;
            if ((ldt & 4) != 0) {
                throw c.fault(Vector.TS, code);
            }
            long descriptor = Descriptors.fetch(c, ldt, Vector.TS, ext);
            if ((descriptor >>> 40 & 0x1F) != Descriptors.LDT || !Descriptors.present(descriptor)) {
                throw c.fault(Vector.TS, code);
            }
            c.ldtr.setFromDescriptor(ldt, descriptor);
        }

        private void loadCode(Cpu c, int ext) {
            int selector = selectors[Cpu.CS];
            int code = selector & 0xFFFC | ext;
            if (Descriptors.isNull(selector)) {
                throw c.fault(Vector.TS, code);
            }
            long descriptor = Descriptors.fetch(c, selector, Vector.TS, ext);
            int dpl = Descriptors.dpl(descriptor);
            if (!Descriptors.code(descriptor) || (Descriptors.conforming(descriptor) ? dpl > c.cpl : dpl != c.cpl)) {
                throw c.fault(Vector.TS, code);
            }
            if (!Descriptors.present(descriptor)) {
                throw c.fault(Vector.NP, code);
            }
            c.seg[Cpu.CS].setFromDescriptor(selector, Descriptors.markAccessed(c, selector, descriptor));
        }

        private void loadStack(Cpu c, int ext) {
            int selector = selectors[Cpu.SS];
            int code = selector & 0xFFFC | ext;
            if (Descriptors.isNull(selector)) {
                throw c.fault(Vector.TS, code);
            }
            long descriptor = Descriptors.fetch(c, selector, Vector.TS, ext);
            if (!Descriptors.writableData(descriptor) || Descriptors.dpl(descriptor) != c.cpl || (selector & 3) != c.cpl) {
                throw c.fault(Vector.TS, code);
            }
            if (!Descriptors.present(descriptor)) {
                throw c.fault(Vector.SS, code);
            }
            c.seg[Cpu.SS].setFromDescriptor(selector, Descriptors.markAccessed(c, selector, descriptor));
        }

        private void loadData(Cpu c, int s, int ext) {
            int selector = selectors[s];
            if (Descriptors.isNull(selector)) {
                return;
            }
            int code = selector & 0xFFFC | ext;
            long descriptor = Descriptors.fetch(c, selector, Vector.TS, ext);
            int dpl = Descriptors.dpl(descriptor);
            if (!Descriptors.readable(descriptor) || !Descriptors.conforming(descriptor) && (dpl < c.cpl || dpl < (selector & 3))) {
                throw c.fault(Vector.TS, code);
            }
            if (!Descriptors.present(descriptor)) {
                throw c.fault(Vector.NP, code);
            }
            c.seg[s].setFromDescriptor(selector, Descriptors.markAccessed(c, selector, descriptor));
        }
    }
}
