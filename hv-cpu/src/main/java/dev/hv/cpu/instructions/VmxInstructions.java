package dev.hv.cpu.instructions;

import dev.hv.cpu.decode.Insn;
import dev.hv.cpu.state.Control;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;
import dev.hv.cpu.state.Intercept;
import dev.hv.cpu.state.Mem;
import dev.hv.cpu.state.Outcome;
import dev.hv.cpu.state.Rflags;
import dev.hv.cpu.state.VmxOperations;

/**
 * The VMX instructions as code executes them (SDM vol. 3C, chapter 30): mode, privilege, operands, flags. What they do is in
 * {@link VmxOperations}.
 */
public final class VmxInstructions {

    private static final int FEATURE_CONTROL_LOCKED_VMX = 5;

    private VmxInstructions() {}

    /** VMXON m64. */
    public static int vmxon(Cpu c, Insn d) {
        VmxOperations unit = unit(c);
        requireMode(c);
        if (!c.cr4(Control.CR4_VMXE)) {
            throw c.ud();
        }
        if (Exits.made(c, d, Intercept.VMXON)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        if (!unit.inVmxOperation() && !(unit.canStart() && (c.featureControl & FEATURE_CONTROL_LOCKED_VMX) == FEATURE_CONTROL_LOCKED_VMX)) {
            throw c.gp();
        }
        long region = pointer(c, d);
        return conclude(c, d, unit.vmxon(region));
    }

    /** VMXOFF. */
    public static int vmxoff(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMXOFF)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        return conclude(c, d, unit.vmxoff());
    }

    /** VMCLEAR m64. */
    public static int vmclear(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMCLEAR)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        return conclude(c, d, unit.vmclear(pointer(c, d)));
    }

    /** VMPTRLD m64. */
    public static int vmptrld(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMPTRLD)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        return conclude(c, d, unit.vmptrld(pointer(c, d)));
    }

    /** VMPTRST m64. */
    public static int vmptrst(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMPTRST)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        Mem.write64(c, Ea.of(c, d, 8, true), unit.vmptrst());
        return conclude(c, d, VmxOperations.SUCCEED);
    }

    /** VMREAD r/m, r. */
    public static int vmread(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMREAD)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        long field = register(c, d, d.reg);
        int error = unit.checkField(field);
        if (error == VmxOperations.SUCCEED) {
            long value = unit.vmread((int) field);
            if (d.isReg) {
                c.gpr(d.rm, d.mode64() ? value : value & 0xFFFFFFFFL);
            } else if (d.mode64()) {
                Mem.write64(c, Ea.of(c, d, 8, true), value);
            } else {
                Mem.write32(c, Ea.of(c, d, 4, true), value);
            }
        }
        return conclude(c, d, error);
    }

    /** VMWRITE r, r/m. */
    public static int vmwrite(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMWRITE)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        long value;
        if (d.isReg) {
            value = register(c, d, d.rm);
        } else {
            value = d.mode64() ? Mem.read64(c, Ea.of(c, d, 8, false)) : Mem.read32(c, Ea.of(c, d, 4, false));
        }
        long field = register(c, d, d.reg);
        int error = unit.checkField(field);
        if (error == VmxOperations.SUCCEED) {
            unit.vmwrite((int) field, value);
        }
        return conclude(c, d, error);
    }

    /** VMLAUNCH. */
    public static int vmlaunch(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMLAUNCH)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        c.rip = d.rip;
        int error = unit.launch();
        return error == VmxOperations.SUCCEED ? Outcome.EXIT : conclude(c, d, error);
    }

    /** VMRESUME. */
    public static int vmresume(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.VMRESUME)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        c.rip = d.rip;
        int error = unit.resume();
        return error == VmxOperations.SUCCEED ? Outcome.EXIT : conclude(c, d, error);
    }

    /** VMCALL: from root operation it fails, since no SMM monitor exists. */
    public static int vmcall(Cpu c, Insn d) {
        VmxOperations unit = unit(c);
        if (!unit.inVmxOperation()) {
            throw c.ud();
        }
        if (Exits.made(c, d, Intercept.VMCALL)) {
            return Outcome.EXIT;
        }
        requireMode(c);
        requireLevel0(c);
        return conclude(c, d, unit.vmcallInRoot());
    }

    /** VMFUNC: EAX numbers the VM function; it exists in guest operation alone. */
    public static int vmfunc(Cpu c, Insn d) {
        if (c.guest == null) {
            throw c.ud();
        }
        if (Exits.made(c, d, Intercept.VMFUNC)) {
            return Outcome.EXIT;
        }
        unit(c).vmfunc();
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }

    /** INVEPT r, m128. */
    public static int invept(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.INVEPT)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        long pointer = Mem.read64(c, Ea.of(c, d, 0, 8, false));
        long reserved = Mem.read64(c, Ea.of(c, d, 8, 8, false));
        return conclude(c, d, unit.invept(register(c, d, d.reg), pointer, reserved));
    }

    /** INVVPID r, m128: bits 15:0 VPID, 127:64 linear address. */
    public static int invvpid(Cpu c, Insn d) {
        VmxOperations unit = operating(c);
        if (Exits.made(c, d, Intercept.INVVPID)) {
            return Outcome.EXIT;
        }
        requireLevel0(c);
        long low = Mem.read64(c, Ea.of(c, d, 0, 8, false));
        long linear = Mem.read64(c, Ea.of(c, d, 8, 8, false));
        return conclude(c, d, unit.invvpid(register(c, d, d.reg), low, linear));
    }

    private static VmxOperations unit(Cpu c) {
        if (c.virtualization instanceof VmxOperations unit) {
            return unit;
        }
        throw c.ud();
    }

    /** The unit, where all but VMXON and VMCALL raise #UD outside VMX operation. */
    private static VmxOperations operating(Cpu c) {
        VmxOperations unit = unit(c);
        if (!unit.inVmxOperation()) {
            throw c.ud();
        }
        requireMode(c);
        return unit;
    }

    /** Not in real, virtual-8086 or compatibility mode. */
    private static void requireMode(Cpu c) {
        if (!c.protectedMode() || c.longMode() && !c.mode64()) {
            throw c.ud();
        }
    }

    private static void requireLevel0(Cpu c) {
        if (c.cpl != 0) {
            throw c.gp();
        }
    }

    private static long register(Cpu c, Insn d, int number) {
        return d.mode64() ? c.gpr(number) : c.gpr(number) & 0xFFFFFFFFL;
    }

    private static long pointer(Cpu c, Insn d) {
        return Mem.read64(c, Ea.of(c, d, 8, false));
    }

    /** VMsucceed, VMfailInvalid, VMfailValid (30.2). */
    private static int conclude(Cpu c, Insn d, int error) {
        Flags.load(c, error == VmxOperations.SUCCEED ? 0 : error == VmxOperations.FAIL_INVALID ? Rflags.CF : Rflags.ZF);
        c.rip = d.nextRip();
        return Outcome.BRANCH;
    }
}
