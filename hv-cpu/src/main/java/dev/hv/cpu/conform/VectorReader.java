package dev.hv.cpu.conform;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.tukaani.xz.XZInputStream;

/** Reads vector files, plain or xz-compressed, one vector at a time. */
public final class VectorReader implements Closeable {

    private static final JsonFactory JSON = new JsonFactory();

    private final String name;
    private final BufferedReader lines;
    private int line;
    private String cpu = "";

    /**
     * Opens a vector file and reads its header.
     *
     * @param name for messages; ends in .xz when compressed
     * @throws VectorFormatException when the header is not that of format hv-vectors-1
     */
    public VectorReader(String name, InputStream in) throws IOException {
        this.name = name;
        InputStream plain = name.endsWith(".xz") ? new XZInputStream(in) : in;
        lines = new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8), 1 << 16);
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
            throw bad("not JSON: " + e.getOriginalMessage());
        }
        if (!format.equals("hv-vectors-1")) {
            throw bad("format is \"" + format + "\", expected \"hv-vectors-1\"");
        }
    }

    /** The processor the vectors were recorded on. */
    public String cpu() {
        return cpu;
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
            throw bad("not JSON: " + e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            throw bad(e.getMessage());
        }
    }

    private String nextLine() throws IOException {
        String s;
        do {
            s = lines.readLine();
            line++;
        } while (s != null && s.isBlank());
        return s;
    }

    private VectorFormatException bad(String what) {
        return new VectorFormatException(name + ":" + line + ": " + what);
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
                case "bytes" -> bytes = HexFormat.of().parseHex(p.getText());
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
        if (bytes.length == 0) {
            throw bad("no instruction bytes");
        }
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
                    s.memory.put(address, HexFormat.of().parseHex(p.getText()));
                }
                continue;
            }
            if (key.startsWith("ymm")) {
                System.arraycopy(HexFormat.of().parseHex(p.getText()), 0, s.ymm[Integer.parseInt(key.substring(3))], 0, 32);
                continue;
            }
            if (key.startsWith("st")) {
                System.arraycopy(HexFormat.of().parseHex(p.getText()), 0, s.st[Integer.parseInt(key.substring(2))], 0, 10);
                continue;
            }
            long v = hex(p.getText());
            switch (key) {
                case "rip" -> s.rip = v;
                case "rflags" -> s.rflags = v;
                case "fsbase" -> s.fsBase = v;
                case "gsbase" -> s.gsBase = v;
                case "mxcsr" -> s.mxcsr = (int) v;
                case "fcw" -> s.fcw = (int) v;
                case "fsw" -> s.fsw = (int) v;
                case "ftw" -> s.ftw = (int) v;
                default -> {
                    int i = Arrays.asList(NAMES).indexOf(key);
                    if (i < 0) {
                        throw bad("unknown state key " + key);
                    }
                    s.gpr[i] = v;
                }
            }
        }
    }

    static String registerName(int i) {
        return NAMES[i];
    }

    private static long hex(String s) {
        return Long.parseUnsignedLong(s.startsWith("0x") ? s.substring(2) : s, 16);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
