package dev.hv.cli.suite;

/** How a machine's agent is reached. */
public enum AgentWay {
    /** Over a Hyper-V socket where the guest has them, else over the second serial port. */
    AUTO,
    /** Over a Hyper-V socket. */
    HVSOCK,
    /** Over the second serial port. */
    SERIAL,
    /** There is none: steps that need one are refused when the suite is read. */
    NONE
}
