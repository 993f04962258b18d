package dev.hv.cpu.conform;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.tukaani.xz.XZInputStream;

/** Reads vector files, plain or xz-compressed, one vector at a time. */
public final class VectorReader implements Closeable {

    private static final JsonFactory JSON = new JsonFactory();
    /** Memory that unpacking may take, in KiB: twice what the strongest preset of xz asks for. */
    private static final int UNPACKING = 128 << 10;
    /** Longest part of the input that a message repeats. */
    private static final int QUOTED = 40;
    private static final long UNUSUAL_FLAGS = ~0x244FD7L;

    private final String name;
    private final BoundedLines lines;
    private String cpu = "";

    /**
     * Opens a vector file and reads its header.
     *
     * @param name for messages; ends in .xz when compressed
     * @throws VectorFormatException when the header is not that of format hv-vectors-1
     */
    public VectorReader(String name, InputStream in) throws IOException {
        this.name = name;
        lines = new BoundedLines(name.endsWith(".xz") ? new XZInputStream(in, UNPACKING) : in);
        String header = nextLine();
        if (header == null) {
            throw new VectorFormatException(name + ": empty file; the first line must be {\"format\":\"hv-vectors-1\",…}");
        }
        String format = "";
        try (JsonParser p = JSON.createParser(header)) {
            if (p.nextToken() != JsonToken.START_OBJECT) {
                throw bad("not a JSON object");
            }
            while (p.nextToken() == JsonToken.FIELD_NAME) {
                String key = p.currentName();
                p.nextToken();
                if (key.equals("format")) {
                    format = p.getText();
                } else if (key.equals("cpu")) {
                    cpu = p.getText();
                } else {
                    p.skipChildren();
                }
            }
        } catch (JsonProcessingException e) {
            throw bad(notJson(e));
        }
        if (!format.equals("hv-vectors-1")) {
            throw bad("format is " + quote(format) + ", expected \"hv-vectors-1\"");
        }
    }

    /** The processor the vectors were recorded on. */
    public String cpu() {
        return cpu;
    }

    /** Whether the vectors are to run on an Intel model: on any processor but those that the header calls AMD's. */
    public boolean intel() {
        return !cpu.toUpperCase(Locale.ROOT).contains("AMD");
    }

    /** The next vector, or null at the end. */
    public Vector next() throws IOException {
        String text = nextLine();
        if (text == null) {
            return null;
        }
        try (JsonParser p = JSON.createParser(text)) {
            return parse(p);
        } catch (JsonProcessingException e) {
            throw bad(notJson(e));
        } catch (IllegalArgumentException e) {
            throw bad(e.getMessage());
        }
    }

    private static String notJson(JsonProcessingException e) {
        return "not JSON: " + quote(String.valueOf(e.getOriginalMessage()));
    }

    private String nextLine() throws IOException {
        try {
            return lines.next();
        } catch (BoundedLines.LimitException e) {
            throw bad(e.getMessage());
        }
    }

    private VectorFormatException bad(String what) {
        return new VectorFormatException(name + ":" + lines.number() + ": " + what);
    }

    private Vector parse(JsonParser p) throws IOException {
        String id = "";
        int mode = 64;
        byte[] bytes = {};
        var in = new VectorState();
        VectorState out = null;
        int trap = -1;
        long error = -1;
        boolean hasCr2 = false;
        long cr2 = 0;
        long undefined = 0;
        if (p.nextToken() != JsonToken.START_OBJECT) {
            throw bad("not a JSON object");
        }
        while (p.nextToken() == JsonToken.FIELD_NAME) {
            String key = p.currentName();
            JsonToken value = p.nextToken();
            switch (key) {
                case "id" -> id = p.getText();
                case "mode" -> mode = p.getIntValue();
                case "bytes" -> bytes = bytes(p.getText());
                case "in" -> state(p, in);
                case "out" -> {
                    out = in.copy();
                    state(p, out);
                }
                case "undefinedFlags" -> undefined = hex(p.getText());
                case "trap" -> {
                    if (value == JsonToken.START_OBJECT) {
                        while (p.nextToken() == JsonToken.FIELD_NAME) {
                            String k = p.currentName();
                            JsonToken v = p.nextToken();
                            long n = v == JsonToken.VALUE_STRING ? hex(p.getText()) : v == JsonToken.VALUE_NULL ? -1 : p.getLongValue();
                            switch (k) {
                                case "vector" -> trap = (int) n;
                                case "error" -> error = n;
                                case "cr2" -> {
                                    hasCr2 = v != JsonToken.VALUE_NULL;
                                    cr2 = n;
                                }
                                default -> {}
                            }
                        }
                    }
                }
                default -> p.skipChildren();
            }
        }
        if (bytes.length == 0 || bytes.length > VectorState.CODE) {
            throw bad("bytes: " + bytes.length + " bytes of instruction; from 1 to " + VectorState.CODE + " are possible");
        }
        if (mode != 64 && mode != 32) {
            throw bad("mode is " + mode + ", expected 64 or 32");
        }
        VectorState.requireAddress("rip", in.rip, bytes.length);
        return new Vector(id, mode, bytes, in, out == null ? in : out, trap, error >= 0, (int) error, hasCr2, cr2, undefined);
    }

    private static final String[] NAMES = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};

    private void state(JsonParser p, VectorState s) throws IOException {
        while (p.nextToken() == JsonToken.FIELD_NAME) {
            String key = p.currentName();
            p.nextToken();
            if (key.equals("mem")) {
                while (p.nextToken() == JsonToken.FIELD_NAME) {
                    long address = hex(p.currentName());
                    p.nextToken();
                    s.put(address, bytes(p.getText()));
                }
                continue;
            }
            if (key.startsWith("ymm")) {
                register(key, 3, s.ymm, p.getText());
                continue;
            }
            if (key.startsWith("st")) {
                register(key, 2, s.st, p.getText());
                continue;
            }
            long v = hex(p.getText());
            switch (key) {
                case "rip" -> s.rip = v;
                case "rflags" -> {
                    if ((v & UNUSUAL_FLAGS) != 0) {
                        throw bad("rflags: 0x" + Long.toHexString(v) + " is nothing that a program at privilege level 3 with IOPL 0 can have");
                    }
                    s.rflags = v;
                }
                case "fsbase" -> s.fsBase = v;
                case "gsbase" -> s.gsBase = v;
                case "mxcsr" -> s.mxcsr = (int) v;
                case "fcw" -> s.fcw = (int) v;
                case "fsw" -> s.fsw = (int) v;
                case "ftw" -> s.ftw = (int) v;
                default -> {
                    int i = Arrays.asList(NAMES).indexOf(key);
                    if (i < 0) {
                        throw bad("unknown state key " + quote(key));
                    }
                    s.gpr[i] = v;
                }
            }
        }
    }

    /** Takes the bytes of a numbered register. */
    private static void register(String key, int prefix, byte[][] registers, String text) {
        int number = Integer.parseInt(key.substring(prefix));
        byte[] bytes = bytes(text);
        if (number < 0 || number >= registers.length || bytes.length != registers[number].length) {
            throw new IllegalArgumentException(quote(key) + " has " + bytes.length + " bytes; registers " + key.substring(0, prefix) + "0 to "
                    + key.substring(0, prefix) + (registers.length - 1) + " have " + registers[0].length);
        }
        System.arraycopy(bytes, 0, registers[number], 0, bytes.length);
    }

    /** Text from the input as a message may show it: short and in one line. */
    private static String quote(String text) {
        String shown = text.length() > QUOTED ? text.substring(0, QUOTED) + "…" : text;
        return '"' + shown.replaceAll("\\p{Cntrl}", "?") + '"';
    }

    static String registerName(int i) {
        return NAMES[i];
    }

    private static byte[] bytes(String s) {
        try {
            return HexFormat.of().parseHex(s);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(quote(s) + " is not a row of hexadecimal bytes", e);
        }
    }

    private static long hex(String s) {
        try {
            return Long.parseUnsignedLong(s.startsWith("0x") ? s.substring(2) : s, 16);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(quote(s) + " is not a hexadecimal number of at most 64 bits", e);
        }
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
