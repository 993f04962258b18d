package dev.hv.cpu.state;

/**
 * FERR# and IGNNE#: how x87 errors reach software while CR0.NE is clear, as under MS-DOS (SDM vol. 1, 8.7.2). The chipset makes an
 * interrupt of FERR#; IGNNE# lets its handler use the x87 in spite of the error.
 */
public interface NumericErrorPins {

    /** Pins that lead nowhere: an unmasked error stops the processor until an interrupt from elsewhere. */
    NumericErrorPins NONE = new NumericErrorPins() {
        @Override
        public boolean raise() {
            return false;
        }

        @Override
        public void lower() {}
    };

    /**
     * FERR# is asserted: an unmasked error is pending, and an instruction that waits for it is next.
     *
     * @return whether IGNNE# is asserted, so that the instruction runs all the same
     */
    boolean raise();

    /** FERR# is no longer asserted: software has cleared or masked the error. */
    void lower();
}
