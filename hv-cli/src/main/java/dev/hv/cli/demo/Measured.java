package dev.hv.cli.demo;

/**
 * A piece of work that a guest did, and its cost.
 *
 * @param path way to the device
 * @param requests disk requests, or frames
 * @param bytes of one of them
 */
record Measured(String path, int requests, int bytes, Counters cost) {

    private static final double KIB = 1024;

    double exitsPerRequest() {
        return (double) cost.exits() / requests;
    }

    double signalsPerRequest() {
        return (double) cost.signals() / requests;
    }

    double interceptsPerRequest() {
        return (double) cost.intercepts() / requests;
    }

    /** Instructions that the guest executed; the clock counts them. */
    double instructionsPerRequest(long picosPerInstruction) {
        return cost.runtimeNanos() * 1000.0 / picosPerInstruction / requests;
    }

    double microsPerRequest() {
        return cost.hostNanos() / 1e3 / requests;
    }

    double exitsPerKib() {
        return exitsPerRequest() * KIB / bytes;
    }
}
