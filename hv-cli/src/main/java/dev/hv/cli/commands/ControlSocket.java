package dev.hv.cli.commands;

import dev.hv.cli.config.FileName;
import dev.hv.cli.config.UsageException;
import dev.hv.cli.inspect.InspectException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;

/** The socket of a run that {@code hv run --control} opened, to those who ask there. */
final class ControlSocket {

    private static final String UNIX = "unix:";

    private ControlSocket() {}

    /** Asks once. */
    @FunctionalInterface
    interface Question<T> {
        T ask(SocketChannel channel) throws IOException, InspectException;
    }

    /**
     * The answer of a run.
     *
     * @param where unix:PATH
     * @throws UsageException when nobody is there, or the answer is an error
     */
    static <T> T ask(String where, Question<T> question) {
        if (!where.startsWith(UNIX) || where.length() == UNIX.length()) {
            throw new UsageException("--control " + where + ": unix:PATH is needed");
        }
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(FileName.of(where.substring(UNIX.length()))));
            return question.ask(channel);
        } catch (InspectException e) {
            throw new UsageException(e.getMessage());
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--control " + where + ": " + (e.getMessage() == null ? "the run has ended" : e.getMessage()));
        }
    }
}
