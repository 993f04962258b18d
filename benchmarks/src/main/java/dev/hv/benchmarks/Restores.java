package dev.hv.benchmarks;

import dev.hv.cli.Main;
import java.util.Arrays;

/** Restores a checkpoint again and again in one process, for one instruction each, and prints the median of the second half: what a warm process takes. */
public final class Restores {

    private Restores() {}

    /**
     * Measures.
     *
     * @param arguments the checkpoint's folder, and how often
     */
    public static void main(String[] arguments) {
        int times = Integer.parseInt(arguments[1]);
        double[] millis = new double[times];
        for (int i = 0; i < times; i++) {
            long from = System.nanoTime();
            Main.run("run", "--restore", arguments[0], "--serial", "none", "--max-instructions", "1");
            millis[i] = (System.nanoTime() - from) / 1e6;
        }
        double[] warm = Arrays.copyOfRange(millis, times / 2, times);
        Arrays.sort(warm);
        System.out.printf("restored within a process, the first time: %.0f ms; warm: %.0f ms%n", millis[0], warm[warm.length / 2]);
    }
}
