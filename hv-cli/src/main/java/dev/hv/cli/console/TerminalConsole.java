package dev.hv.cli.console;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The user's terminal in raw mode: every key goes to the guest, but for Ctrl-A, which begins a command: Ctrl-A x leaves, Ctrl-A
 * Ctrl-A types Ctrl-A. Whatever ends the program, the terminal is put back as it was. Bytes pass as they are, both ways.
 */
public final class TerminalConsole implements HostConsole {

    private static final int CTRL_A = 1;
    /** Keys one by one and unseen; Ctrl-C, Ctrl-Z, Ctrl-\ and Ctrl-S are the guest's. Output is left alone, so that hv's own lines begin at the left. */
    private static final String[] RAW = {"-icanon", "-echo", "-isig", "-iexten", "-ixon", "-icrnl", "-inlcr", "-istrip", "min", "1", "time", "0"};

    private final String before;
    private final OutputStream out = new StandardOutput();
    private final Thread restore = new Thread(this::restore, "terminal-restore");
    private boolean closed;

    /**
     * Takes the terminal over.
     *
     * @throws IOException when there is none
     */
    public TerminalConsole() throws IOException {
        before = HostTerminal.stty("-g");
        Runtime.getRuntime().addShutdownHook(restore);
        HostTerminal.stty(RAW);
    }

    @Override
    public OutputStream output() {
        return out;
    }

    @Override
    public void start(Input input) {
        Thread.ofPlatform().daemon().name("console").start(() -> pump(new FileInputStream(FileDescriptor.in), input));
    }

    /** Hands keys on until there are no more, or the user leaves. */
    static void pump(InputStream keys, Input input) {
        try {
            boolean command = false;
            for (int k = keys.read(); k >= 0; k = keys.read()) {
                if (command) {
                    command = false;
                    if (k == 'x' || k == 'X') {
                        input.leave();
                        return;
                    }
                    if (k == CTRL_A) {
                        input.typed(k);
                    }
                } else if (k == CTRL_A) {
                    command = true;
                } else {
                    input.typed(k);
                }
            }
        } catch (IOException e) {
            input.leave();
        }
    }

    private void restore() {
        try {
            HostTerminal.stty(before);
        } catch (IOException e) {
            // the terminal is gone: there is nothing to put back
        }
    }

    @Override
    public void close() {
        // a run closes its console before it reports, and again on its way out
        if (closed) {
            return;
        }
        closed = true;
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(restore);
        } catch (IllegalStateException e) {
            // on the way out already: the settings are back, which is what counts
        }
    }
}
