package dev.hv.cli.guest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The agent as a script that guests run, with the program behind its last line: one file that goes wherever a guest takes a script from. */
public final class AgentScript {

    /** The word on the kernel's command line that asks for the agent. */
    public static final String WORD = "hv.agent";

    /** A further word: it is to listen on the second serial port. */
    private static final String SERIAL_WORD = "hv.agent.serial";
    private static final String BYTES = "AGENT_BYTES";
    private static final String SCRIPT = "SCRIPT\n";

    private AgentScript() {}

    /** Whether a kernel's command line asks for the agent. */
    public static boolean wanted(String append) {
        return (" " + append + " ").contains(" " + WORD + " ");
    }

    /** A kernel's command line that asks for the agent, on the second serial port if {@code serial}. */
    public static String asking(String append, boolean serial) {
        String asking = wanted(append) ? append : append + " " + WORD;
        return serial ? asking + " " + SERIAL_WORD : asking;
    }

    /**
     * The script.
     *
     * @param before a script for the guest's shell that runs to its end before the agent listens; null for none
     */
    public static byte[] bytes(byte[] before) {
        byte[] agent = resource("agent");
        int scriptBytes = before == null ? 0 : before.length;
        String text = new String(resource("agent.sh"), StandardCharsets.US_ASCII).replace(BYTES, Integer.toString(agent.length));
        // what runs before lies between the script and the program
        text = text.replace(SCRIPT, before == null ? "" : "tail -c %d \"$0\" | head -c %d > /run/hv-before.sh%nsh /run/hv-before.sh%necho \"HV-GUEST-STATUS $?\"%n".formatted(
                scriptBytes + agent.length, scriptBytes));
        var all = new ByteArrayOutputStream();
        all.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        if (before != null) {
            all.writeBytes(before);
        }
        all.writeBytes(agent);
        return all.toByteArray();
    }

    private static byte[] resource(String name) {
        try (InputStream in = AgentScript.class.getResourceAsStream("/guest/" + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
