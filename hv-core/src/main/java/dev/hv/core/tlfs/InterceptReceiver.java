package dev.hv.core.tlfs;

/**
 * Where the intercept messages of a child arrive in a root partition whose services are no guest. The virtual processor is suspended
 * ({@link HvRegister#INTERCEPT_SUSPEND}) from before the message until it is answered.
 */
public interface InterceptReceiver {

    /**
     * A virtual processor was intercepted. Called on the thread of its logical processor, with the machine's lock.
     *
     * @param message the processor's message page. Of the header it has the processor and the access; instruction length, CR8, execution state, CS,
     *     RIP and RFLAGS are filled in when the call returns false
     * @param processor the processor, whose registers can be had whole; valid during the call
     * @param answer cleared; what registers that were lent hold goes before it; applied when the call returns true
     * @return whether it is answered: the processor goes on. Otherwise it stays suspended until its owner has set its registers and clears
     *     {@link HvRegister#INTERCEPT_SUSPEND}
     */
    boolean intercepted(InterceptMessage message, InterceptedProcessor processor, InterceptAnswer answer);
}
