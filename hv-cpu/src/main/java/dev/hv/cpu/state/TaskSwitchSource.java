package dev.hv.cpu.state;

/** What makes the processor switch tasks (SDM vol. 3A, 9.3). */
public enum TaskSwitchSource {
    CALL,
    IRET,
    JMP,
    /** A task gate in the IDT. */
    GATE
}
