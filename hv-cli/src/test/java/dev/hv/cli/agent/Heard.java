package dev.hv.cli.agent;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** What became of a command. */
final class Heard implements CommandListener {

    final ByteArrayOutputStream output = new ByteArrayOutputStream();
    final ByteArrayOutputStream error = new ByteArrayOutputStream();
    Integer status;
    String failure;
    int ends;

    @Override
    public void output(byte[] bytes, int offset, int length) {
        output.write(bytes, offset, length);
    }

    @Override
    public void error(byte[] bytes, int offset, int length) {
        error.write(bytes, offset, length);
    }

    @Override
    public void exited(int ended) {
        status = ended;
        ends++;
    }

    @Override
    public void failed(String reason) {
        failure = reason;
        ends++;
    }

    String text() {
        return output.toString(StandardCharsets.UTF_8);
    }
}
