package dev.hv.cli.guest;

/** Told how far a long job is. */
public interface Progress {

    /**
     * A step begins.
     *
     * @param done steps finished before it
     * @param total steps in all
     * @param what for people
     */
    void step(int done, int total, String what);

    /** The job has ended, well or not. */
    void end();
}
