package dev.hv.devices.vpci;

/** Maps the registers of an assigned function, so that the child reaches them without anybody in between. */
public interface FunctionMemory {

    /** Nothing can be mapped: every access comes to the bus. */
    FunctionMemory NONE = new FunctionMemory() {
        @Override
        public boolean map(long guest, long machine, long length) {
            return false;
        }

        @Override
        public void unmap(long guest, long length) {}
    };

    /**
     * Maps whole pages.
     *
     * @param guest where the child has them
     * @param machine where the machine has them
     * @return false when they cannot be mapped, because the child has memory there for one
     */
    boolean map(long guest, long machine, long length);

    /** What {@link #map} has mapped is not any more. */
    void unmap(long guest, long length);
}
