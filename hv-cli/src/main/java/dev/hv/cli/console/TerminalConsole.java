package dev.hv.cli.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.NonBlockingReader;

/**
 * The user's terminal in raw mode: every key goes to the guest, but for Ctrl-A, which begins a command: Ctrl-A x leaves, Ctrl-A
 * Ctrl-A types Ctrl-A. Whatever ends the program, the terminal is put back as it was.
 */
public final class TerminalConsole implements HostConsole {

    private static final int CTRL_A = 1;

    private final Terminal terminal;
    private final Attributes before;
    private final OutputStream out = new StandardOutput();
    private boolean closed;
    private final Thread restore = new Thread(this::restore, "terminal-restore");

    /**
     * Takes the terminal over.
     *
     * @throws IOException when there is none
     */
    public TerminalConsole() throws IOException {
        terminal = TerminalBuilder.builder().system(true).dumb(false).nativeSignals(false).build();
        before = terminal.enterRawMode();
        Attributes raw = terminal.getAttributes();
        // Ctrl-C, Ctrl-Z and Ctrl-\ are the guest's
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
        raw.setInputFlag(Attributes.InputFlag.IXON, false);
        raw.setInputFlag(Attributes.InputFlag.ICRNL, false);
        terminal.setAttributes(raw);
        Runtime.getRuntime().addShutdownHook(restore);
    }

    @Override
    public OutputStream output() {
        return out;
    }

    @Override
    public void start(Input input) {
        Thread.ofPlatform().daemon().name("console").start(() -> pump(input));
    }

    private void pump(Input input) {
        try {
            NonBlockingReader keys = terminal.reader();
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
                    for (byte b : Character.toString(k).getBytes(StandardCharsets.UTF_8)) {
                        input.typed(b & 0xFF);
                    }
                }
            }
        } catch (IOException e) {
            input.leave();
        }
    }

    private void restore() {
        terminal.setAttributes(before);
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
            terminal.close();
        } catch (IOException | IllegalStateException e) {
            // on the way out already: the attributes are back, which is what counts
        }
    }
}
