package dev.hv.cli.root.worker;

/** Decides what comes of a machine that is reset. */
@FunctionalInterface
public interface Restarts {

    /** A machine that is reset is over. */
    Restarts NEVER = tripleFault -> false;

    /**
     * The machine is reset. Called within the instruction that does it: whoever wants to start the machine again does that later, between turns.
     *
     * @param tripleFault whether a processor has met a triple fault, which resets a PC; else the guest or somebody outside asked for it
     * @return whether the machine is to start again, and stands still until then; else it ends
     */
    boolean wanted(boolean tripleFault);
}
