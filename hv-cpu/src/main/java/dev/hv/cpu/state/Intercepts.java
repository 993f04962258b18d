package dev.hv.cpu.state;

/**
 * What hardware virtualisation intercepts while the processor is in guest operation ({@link Cpu#guest} is not null then).
 * Each method is called by the instruction named, before it changes anything and with {@link Cpu#rip} at the instruction;
 * true means that the VM exit has been made: the processor is in host state and the instruction returns
 * {@link Outcome#EXIT}. Instructions that a control turns off raise #UD from here.
 */
public interface Intercepts {

    /** An instruction that has no method of its own here. */
    boolean instruction(Cpu c, Intercept what, InstructionOperands d);

    /** As {@link #instruction(Cpu, Intercept, InstructionOperands)}, of an instruction about a linear address: INVLPG. */
    boolean instruction(Cpu c, Intercept what, InstructionOperands d, long linear);

    /** RDMSR (write false) or WRMSR. */
    boolean msr(Cpu c, int length, int msr, boolean write);

    /** Whether an MSR that does not exit is something else than the processor's in the guest: a register of its virtual APIC, a scaled time-stamp counter. */
    default boolean virtualizesMsr(int msr) {
        return false;
    }

    /** Whether a virtual interrupt waits for the moment when the guest can take it. */
    default boolean virtualInterruptWaits() {
        return false;
    }

    /** MOV to CR0, CR3, CR4 or CR8. */
    boolean movToCr(Cpu c, int length, int cr, int gpr, long value);

    /** MOV from CR3 or CR8. */
    boolean movFromCr(Cpu c, int length, int cr, int gpr);

    /** CLTS. */
    boolean clts(Cpu c, int length);

    /** LMSW. */
    boolean lmsw(Cpu c, int length, int source, boolean memory, long linear);

    /** MOV to or from a debug register. */
    boolean movDr(Cpu c, int length, int dr, int gpr, boolean fromDr);

    /** IN, OUT. */
    boolean io(Cpu c, InstructionOperands d, int port, int size, boolean in, boolean immediate);

    /** INS, OUTS, one iteration or more; {@code linear} and {@code segment} of the memory operand. */
    boolean ioString(Cpu c, InstructionOperands d, int port, int size, boolean in, boolean rep, long linear, int segment);

    /** What a read of CR0 gives: guest/host mask and read shadow. */
    long readCr0(Cpu c);

    /** What a read of CR4 gives. */
    long readCr4(Cpu c);

    /** The value CR0 takes when the guest writes {@code value} and no exit was made: bits the host owns stay. */
    long writeCr0(Cpu c, long value);

    /** The value CR4 takes when the guest writes {@code value} and no exit was made. */
    long writeCr4(Cpu c, long value);

    /** What a read of CR8 gives after {@link #movFromCr} made no exit (virtual TPR or the APIC's). */
    long readCr8(Cpu c);

    /** Does a write of CR8 after {@link #movToCr} made no exit. */
    void writeCr8(Cpu c, long value);

    /** Value of the time-stamp counter as the guest reads it. */
    long guestTsc(Cpu c, long tsc);

    /** INT n. */
    default boolean softwareInterrupt(Cpu c, int length, int vector) {
        return false;
    }

    /** Whether the processor's own interrupts, where they do not exit, go through the guest's IDT now. */
    default boolean interruptsEnabled(Cpu c) {
        return (c.rflagsOther() & Rflags.IF) != 0;
    }

    /** Whether the processor's own NMIs, where they do not exit, go through the guest's IDT now. */
    default boolean nmisEnabled(Cpu c) {
        return !c.nmiBlocked;
    }

    /** Whether PUSHF may exit: machine code leaves it to the interpreter then ({@link Modes#PUSHF_EXITS}). */
    default boolean pushfExits() {
        return false;
    }

    /** Whether RDPID exists in the guest; a hypervisor that turns RDTSCP off turns it off too. */
    default boolean allowsRdpid() {
        return true;
    }

    /** Whether instructions must run one at a time ({@link Cpu#EVENT_DEBUG} stays raised): VMX's monitor trap. */
    default boolean steps(Cpu c) {
        return false;
    }
}
