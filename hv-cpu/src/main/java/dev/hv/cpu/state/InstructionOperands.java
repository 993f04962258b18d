package dev.hv.cpu.state;

/** The operands of an instruction, as far as virtualisation units describe them to hypervisors. Registers are encodings, 0 RAX to 15 R15. */
public interface InstructionOperands {

    /** Bytes of the instruction. */
    int length();

    /** Whether it has a memory operand in its ModRM byte. */
    boolean memory();

    /** Operand size in bits. */
    int operandSize();

    /** Address size in bits. */
    int addressSize();

    /** Register of the r/m operand when that is no memory. */
    int rm();

    /** Register operand. */
    int reg();

    /** Segment of the memory operand. */
    int segment();

    /** Base register of the memory operand, {@link Cpu#ZERO} for none. */
    int base();

    /** Index register of the memory operand, {@link Cpu#ZERO} for none. */
    int index();

    /** Shift of the index. */
    int scale();

    /** Displacement of the memory operand; absolute where it is relative to RIP. */
    long displacement();
}
