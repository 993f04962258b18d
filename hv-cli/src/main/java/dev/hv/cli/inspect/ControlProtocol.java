package dev.hv.cli.inspect;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * What is said at the control socket of a run. A request is a line: {@code inspect text PATH} or {@code inspect json PATH}; an empty path is the whole tree; {@code dump MACHINE FILE}, with an empty name for the only machine: the run writes a core file there; {@code screenshot MACHINE}, whose answer is a picture (PNG); or {@code do MACHINE ACTION}, where an
 * action is {@code type=TEXT}, {@code key=KEY} or {@code click=X,Y}, as after {@code --at}, and the only machine can be called {@code *}. The answer is a line {@code ok N} and N bytes behind it, or a line {@code error SENTENCE}. A connection takes any number of requests, one after the
 * other.
 */
public final class ControlProtocol {

    /** Stands for the only machine of a run. */
    public static final String ONLY = "*";

    private static final int MOST_LINE = 1 << 14;
    private static final int MOST_ANSWER = 1 << 28;
    private static final String OK = "ok ";
    private static final String ERROR = "error ";
    private static final String DUMP = "dump";

    private ControlProtocol() {}

    /** Does what is asked for. */
    public interface Source {
        /**
         * The tree now.
         *
         * @throws IOException with a sentence for who asked
         */
        InspectTree tree() throws IOException;

        /**
         * Writes a core file of a machine.
         *
         * @param machine its name; empty for the only one
         * @return what is to be said
         * @throws IOException with a sentence for who asked
         */
        String dump(String machine, Path file) throws IOException;

        /**
         * What a machine's screen shows, as PNG.
         *
         * @throws IOException with a sentence for who asked
         */
        byte[] screenshot(String machine) throws IOException;

        /**
         * Does something at a machine's keyboard or mouse.
         *
         * @throws IOException with a sentence for who asked
         */
        void input(String machine, String action) throws IOException;
    }

    /**
     * Answers requests until the connection ends.
     *
     * @throws IOException when the connection breaks
     */
    public static void serve(SocketChannel channel, Source source) throws IOException {
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
        OutputStream out = Channels.newOutputStream(channel);
        String request = line(in);
        while (request != null) {
            try {
                byte[] text = answer(request, source);
                out.write((OK + text.length + "\n").getBytes(StandardCharsets.UTF_8));
                out.write(text);
            } catch (InspectException e) {
                out.write((ERROR + e.getMessage().replaceAll("\\p{Cntrl}", "?") + "\n").getBytes(StandardCharsets.UTF_8));
            }
            request = line(in);
        }
    }

    private static byte[] answer(String request, Source source) throws InspectException {
        String[] words = request.split(" ", 3);
        if (words[0].equals(DUMP) && words.length == 3 && words[2].startsWith("/")) {
            try {
                return source.dump(words[1], Path.of(words[2])).getBytes(StandardCharsets.UTF_8);
            } catch (IOException | InvalidPathException e) {
                throw new InspectException(e.getMessage());
            }
        }
        try {
            if (words[0].equals("screenshot") && words.length == 2) {
                return source.screenshot(words[1]);
            }
            if (words[0].equals("do") && words.length == 3) {
                source.input(words[1], words[2]);
                return new byte[0];
            }
        } catch (IOException e) {
            throw new InspectException(e.getMessage());
        }
        boolean json = words.length > 1 && words[1].equals("json");
        if (!words[0].equals("inspect") || words.length < 2 || !json && !words[1].equals("text")) {
            throw new InspectException("inspect text PATH, inspect json PATH, dump MACHINE FILE, screenshot MACHINE and do MACHINE ACTION are what can be asked");
        }
        try {
            var found = source.tree().find(words.length < 3 ? "" : words[2]);
            return (json ? InspectText.json(found) : InspectText.lines(found)).getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InspectException(e.getMessage());
        }
    }

    /**
     * Asks.
     *
     * @return the answer's text
     * @throws InspectException when the answer is an error, with its sentence
     * @throws IOException when the connection breaks, or the other side speaks otherwise
     */
    public static String ask(SocketChannel channel, boolean json, String path) throws IOException, InspectException {
        return ask(channel, "inspect " + (json ? "json" : "text") + " " + path);
    }

    /**
     * Has the run write a core file.
     *
     * @param machine name of the machine; empty for the only one
     * @param file absolute
     * @return what it says
     * @throws InspectException when it could not, with its sentence
     * @throws IOException as above
     */
    public static String dump(SocketChannel channel, String machine, Path file) throws IOException, InspectException {
        if (machine.contains(" ")) {
            throw new InspectException("--machine " + machine + ": a name has no spaces");
        }
        return ask(channel, DUMP + " " + machine + " " + file);
    }

    private static String ask(SocketChannel channel, String request) throws IOException, InspectException {
        return new String(request(channel, request), StandardCharsets.UTF_8);
    }

    /** The answer to a request, without the end of its line; exceptions as above. */
    public static byte[] request(SocketChannel channel, String request) throws IOException, InspectException {
        byte[] line = (request + "\n").getBytes(StandardCharsets.UTF_8);
        if (request.chars().anyMatch(Character::isISOControl) || line.length > MOST_LINE) {
            throw new InspectException("what is asked for has control characters, or is longer than " + MOST_LINE + " bytes");
        }
        Channels.newOutputStream(channel).write(line);
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
        String head = line(in);
        if (head == null) {
            throw new EOFException("the run has ended");
        }
        if (head.startsWith(ERROR)) {
            throw new InspectException(head.substring(ERROR.length()));
        }
        String count = head.startsWith(OK) ? head.substring(OK.length()) : "";
        if (!count.matches("\\d{1,9}") || Integer.parseInt(count) > MOST_ANSWER) {
            throw new IOException("no hv run listens there");
        }
        byte[] text = new byte[Integer.parseInt(count)];
        new DataInputStream(in).readFully(text);
        return text;
    }

    /** The next line, without its end; null at the end, and when it is too long to be one. */
    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && line.size() <= MOST_LINE; b = in.read()) {
            if (b == '\n') {
                return line.toString(StandardCharsets.UTF_8);
            }
            line.write(b);
        }
        return null;
    }
}
