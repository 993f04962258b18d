package dev.hv.cli.root.boot;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Modes;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.Segment;

/**
 * Processor state at the entry of a loaded image. Segments are flat; what is not named is as after reset.
 *
 * @param longMode 64-bit code with paging, else 32-bit protected mode without
 * @param codeSelector selector of CS
 * @param dataSelector selector of DS ES SS (and FS GS)
 * @param taskSelector selector of TR, 0 for the one after reset
 */
public record InitialState(boolean longMode, long rip, long rsp, long rax, long rbx, long rsi, long cr0, long cr3, long cr4, long efer, int codeSelector,
        int dataSelector, int taskSelector, long gdtBase, int gdtLimit) {

    /** Sets a processor that was just reset. */
    public void apply(Cpu c) {
        c.rip = rip;
        c.gpr(Cpu.RSP, rsp);
        c.gpr(Cpu.RAX, rax);
        c.gpr(Cpu.RBX, rbx);
        c.gpr(Cpu.RDX, 0);
        c.gpr(Cpu.RSI, rsi);
        c.cr0 = cr0;
        c.cr3 = cr3;
        c.cr4 = cr4;
        c.efer = efer;
        int code = longMode ? Segment.CODE_64 : Segment.CODE_32;
        c.seg[Cpu.CS].set(codeSelector, 0, -1, code);
        for (int i : new int[] {Cpu.ES, Cpu.SS, Cpu.DS, Cpu.FS, Cpu.GS}) {
            c.seg[i].set(dataSelector, 0, -1, Segment.DATA_32);
        }
        c.tr.set(taskSelector, 0, 0x67, Segment.BUSY_TSS);
        c.gdtrBase = gdtBase;
        c.gdtrLimit = gdtLimit;
        c.idtrBase = 0;
        c.idtrLimit = 0;
        c.rflagsOther(Rflags.FIXED);
        Flags.load(c, 0);
        c.tlb.flushAll();
        Modes.update(c);
    }
}
