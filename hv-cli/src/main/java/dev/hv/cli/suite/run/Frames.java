package dev.hv.cli.suite.run;

import dev.hv.cli.suite.CaseResult;
import dev.hv.cli.suite.PlannedCase;
import dev.hv.cli.suite.Status;
import dev.hv.cli.suite.StepResult;
import dev.hv.cli.suite.SubtestResult;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Messages between a run of suites and its workers, over pipes: a length in four bytes, a kind in one, and what the kind has. Both ends are the same build of hv. */
final class Frames {

    /** What a message is. */
    enum Kind {
        /** To a worker, first: suite files, folders of setups and artefacts. */
        PLAN,
        /** To a worker: number of a case in the plan, repetition, seed, whether a digest is wanted. */
        RUN,
        /** To a worker: what runs ends soon, and the worker. */
        STOP,
        /** From a worker: it knows the plan; or why it does not. */
        READY,
        /** From a worker: the number of the step that begins, or {@link CaseRunner#SETTING_UP}. */
        STEP,
        /** From a worker: what became of the case. */
        RESULT,
        /** From a worker: it is to be killed. */
        KILL
    }

    /** Longest message: results have bounded outputs and a bounded number of steps with such. */
    private static final int LONGEST = 1 << 28;

    private Frames() {}

    /** A message to be written. */
    static final class Out {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream data = new DataOutputStream(bytes);

        Out(Kind kind) {
            bytes.write(kind.ordinal());
        }

        Out number(long n) throws IOException {
            data.writeLong(n);
            return this;
        }

        Out text(String text) throws IOException {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            data.writeInt(utf8.length);
            data.write(utf8);
            return this;
        }

        /** Sends it, whole and at once. */
        void to(OutputStream out) throws IOException {
            byte[] all = bytes.toByteArray();
            var frame = new ByteArrayOutputStream(all.length + Integer.BYTES);
            new DataOutputStream(frame).writeInt(all.length);
            frame.writeBytes(all);
            synchronized (out) {
                out.write(frame.toByteArray());
                out.flush();
            }
        }
    }

    /** A message that came. */
    static final class In {
        private final Kind kind;
        private final DataInputStream data;

        private In(byte[] bytes) throws IOException {
            if (bytes.length == 0 || bytes[0] < 0 || bytes[0] >= Kind.values().length) {
                throw new IOException("no message that this program knows");
            }
            kind = Kind.values()[bytes[0]];
            data = new DataInputStream(new ByteArrayInputStream(bytes, 1, bytes.length - 1));
        }

        Kind kind() {
            return kind;
        }

        long number() throws IOException {
            return data.readLong();
        }

        String text() throws IOException {
            int length = data.readInt();
            if (length < 0 || length > data.available()) {
                throw new IOException("a text of " + length + " bytes in a message of fewer");
            }
            return new String(data.readNBytes(length), StandardCharsets.UTF_8);
        }
    }

    /**
     * The next message.
     *
     * @return null when the other end is gone
     */
    static In read(InputStream in) throws IOException {
        var data = new DataInputStream(in);
        int length;
        try {
            length = data.readInt();
        } catch (EOFException e) {
            return null;
        }
        if (length < 1 || length > LONGEST) {
            throw new IOException("a message of " + length + " bytes");
        }
        byte[] bytes = data.readNBytes(length);
        return bytes.length < length ? null : new In(bytes);
    }

    /** What became of a case. */
    static Out result(CaseResult r) throws IOException {
        Out out = new Out(Kind.RESULT).number(r.status().ordinal()).text(r.reason()).number(r.guestNanos()).number(r.hostNanos()).text(r.console())
                .text(r.artefacts() == null ? "" : r.artefacts().toString()).text(r.replay()).text(r.digest()).number(r.steps().size());
        for (StepResult s : r.steps()) {
            out.number(s.status().ordinal()).text(s.reason()).number(s.guestNanos()).number(s.hostNanos()).text(s.output());
        }
        out.number(r.subtests().size());
        for (SubtestResult s : r.subtests()) {
            out.text(s.name()).number(s.status().ordinal()).text(s.reason()).number(s.nanos()).text(s.diagnostics());
        }
        return out;
    }

    /** The reverse of {@link #result(CaseResult)}: steps are those of the plan, in order. */
    static CaseResult result(In in, PlannedCase planned, int repetition, long seed) throws IOException {
        Status status = status(in);
        String reason = in.text();
        long guest = in.number();
        long host = in.number();
        String console = in.text();
        String artefacts = in.text();
        String replay = in.text();
        String digest = in.text();
        List<StepResult> steps = new ArrayList<>();
        for (long n = in.number(); n > 0; n--) {
            steps.add(new StepResult(planned.spec().steps().get(steps.size()), status(in), in.text(), in.number(), in.number(), in.text()));
        }
        List<SubtestResult> subtests = new ArrayList<>();
        for (long n = in.number(); n > 0; n--) {
            subtests.add(new SubtestResult(in.text(), status(in), in.text(), in.number(), in.text()));
        }
        return new CaseResult(planned, repetition, seed, status, reason, guest, host, List.copyOf(steps), List.copyOf(subtests), console, artefacts.isEmpty() ? null : Path.of(artefacts), replay, digest);
    }

    private static Status status(In in) throws IOException {
        return Status.values()[Math.toIntExact(in.number())];
    }
}
