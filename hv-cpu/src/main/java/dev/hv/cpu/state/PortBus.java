package dev.hv.cpu.state;

/** The port address space as the processor sees it. */
public interface PortBus {

    /** A space where nothing answers. */
    PortBus NONE = new PortBus() {
        @Override
        public int in(int port, int size) {
            return -1;
        }

        @Override
        public void out(int port, int size, int value) {}
    };

    /** Reads 1, 2 or 4 bytes, zero-extended by the caller; unclaimed ports read as ones. */
    int in(int port, int size);

    /** Writes the low 1, 2 or 4 bytes. */
    void out(int port, int size, int value);
}
