package dev.hv.cli.root.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.machine.RunLimits;
import dev.hv.core.machine.StopReason;
import dev.hv.core.machine.VirtualClock;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.CpuModel;
import dev.hv.devices.firmware.FirmwarePiece;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Real-mode code on the bare machine that asks a BIOS: Xen's trampoline does. */
class RealModeTest {

    private static final int AT = 0x7C00;

    @Test
    void softwareInterruptsAreAnsweredAndReturn() {
        CpuModel model = CpuModel.intelDefault();
        var clock = VirtualClock.virtual(VirtualClock.DEFAULT_PICOS_PER_INSTRUCTION, model.tscHz(), 0);
        var machine = new BareMachine(model, 2 << 20, 1, clock, b -> { }, true);
        for (FirmwarePiece p : machine.firmware().pieces()) {
            machine.guestMemory().write(p.address(), p.bytes(), 0, p.bytes().length);
        }
        byte[] code = HexFormat.of().parseHex("bc0070"            // mov sp,0x7000
                + "cd12" + "89c6"                                 // int 0x12; mov si,ax
                + "cd11" + "89c7"                                 // int 0x11; mov di,ax
                + "b820e8" + "f8" + "cd15" + "89c3" + "19c9"      // mov ax,0xe820; clc; int 0x15; mov bx,ax; sbb cx,cx
                + "09c9" + "b401" + "0c01" + "cd16" + "0f94c2"    // or cx,cx; mov ah,1; or al,1; int 0x16; setz dl
                + "cd10" + "e6f4");                               // int 0x10; out 0xf4,al
        machine.guestMemory().write(AT, code, 0, code.length);
        Cpu cpu = machine.processor().cpu();
        cpu.seg[Cpu.CS].set(0, 0, 0xFFFF, 0x9B);
        cpu.rip = AT;
        StopReason end = machine.machine().run(new RunLimits(Long.MAX_VALUE, 10_000));
        assertThat(end.kind()).isEqualTo(StopReason.Kind.DEBUG_EXIT);
        assertThat(cpu.gpr(Cpu.RSP)).as("all have returned").isEqualTo(0x7000);
        assertThat(cpu.gpr(Cpu.RSI)).as("base memory in KiB, up to the tables").isEqualTo(576);
        assertThat(cpu.gpr(Cpu.RDI)).as("equipment").isEqualTo(0x202);
        assertThat(cpu.gpr(Cpu.RBX) >> 8 & 0xFF).as("AH: the memory map is not supported").isEqualTo(0x86);
        assertThat(cpu.gpr(Cpu.RCX) & 0xFFFF).as("carry").isEqualTo(0xFFFF);
        assertThat(cpu.gpr(Cpu.RDX) & 0xFF).as("no key was pressed").isEqualTo(1);
    }
}
