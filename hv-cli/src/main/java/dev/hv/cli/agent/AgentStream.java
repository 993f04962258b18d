package dev.hv.cli.agent;

/** A stream of bytes to the agent, both ways, for one request. All methods are called on the machine's thread. */
interface AgentStream {

    /**
     * Sends bytes.
     *
     * @return how many were taken; when not all were, {@link Peer#writable} is called as soon as there is room
     */
    int write(byte[] bytes, int offset, int length);

    /** Ends both ways. {@link Peer#closed} is not called. */
    void close();

    /** Who has a stream. */
    interface Peer {

        /** The agent has taken it: {@link AgentStream#write} works from now on. */
        void opened();

        /** Bytes from the agent; the array is the caller's. */
        void data(byte[] bytes, int offset, int length);

        /** There is room for more. */
        void writable();

        /** It is over, by the agent or for another reason, which is told in one line. Nothing follows. */
        void closed(String why);
    }

    /** Makes streams. */
    @FunctionalInterface
    interface Source {

        /**
         * Asks for a stream.
         *
         * @return it, not open before {@link Peer#opened}; null when there can be no more
         */
        AgentStream open(Peer peer);
    }
}
