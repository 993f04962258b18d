package dev.hv.cpu.generator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns the instruction table into the list of encodings that the oracle (src/oracle) includes, so that what is tried on silicon is what the
 * processor claims to execute: {@code java OracleForms.java TABLE-FOLDER FEATURE-SOURCE OUTPUT-FILE}.
 */
public final class OracleForms {

    /** A feature with its CPUID word and bit, as {@code dev.hv.cpu.state.Feature} declares it. */
    private static final Pattern FEATURE = Pattern.compile("\\b([A-Z][A-Z0-9_]*)\\(([LE][0-9A-F](?:_[0-9])?_E[ABCD]X), (\\d+)");
    /** By the flags' order in the table: OF SF ZF AF PF CF. */
    private static final int[] FLAG_BITS = {0x800, 0x80, 0x40, 0x10, 4, 1};
    /** What decimal adjustment leaves undefined; the table says nothing of it. */
    private static final Map<String, Integer> UNDEFINED = Map.of("DAA", 0x800, "DAS", 0x800, "AAA", 0x8C4, "AAS", 0x8C4, "AAM", 0x811, "AAD", 0x811);

    private OracleForms() {}

    /** Runs the tool: table folder, source of the features, output file. */
    public static void main(String[] args) throws IOException {
        var rows = new ArrayList<Row>();
        try (var list = Files.list(Path.of(args[0]))) {
            for (Path file : list.filter(p -> p.toString().endsWith(".tbl")).sorted().toList()) {
                Row.parse(file, rows);
            }
        }
        Path output = Path.of(args[2]);
        Files.createDirectories(output.toAbsolutePath().getParent());
        Files.writeString(output, text(rows, features(Files.readString(Path.of(args[1])))));
    }

    private static Map<String, String> features(String source) {
        var found = new TreeMap<String, String>();
        Matcher m = FEATURE.matcher(source);
        while (m.find()) {
            String word = m.group(2);
            int underscore = word.indexOf('_');
            String sub = word.length() - underscore > 4 ? word.substring(underscore + 1, underscore + 2) : "0";
            String leaf = (word.charAt(0) == 'E' ? "0x8000000" : "0x") + word.charAt(1);
            found.put(m.group(1), "{\"" + m.group(1) + "\", " + leaf + ", " + sub + ", " + "ABCD".indexOf(word.charAt(word.length() - 2)) + ", " + m.group(3) + "}");
        }
        return found;
    }

    private static String text(List<Row> rows, Map<String, String> features) {
        var names = List.copyOf(features.keySet());
        var out = new StringBuilder("// Generated from the instruction table. Do not edit.\nstatic const struct feature features[] = {\n");
        features.values().forEach(f -> out.append("    ").append(f).append(",\n"));
        out.append("};\n\nstatic const struct form forms[] = {\n");
        for (Row r : rows) {
            int lengths = r.length < 0 ? 3 : 1 << r.length;
            int wides = r.has("w0") ? 1 : r.has("w1") ? 2 : 3;
            out.append(String.format(Locale.ROOT, "    {\"%s\", \"%s\", \"%s\", %d, 0x%02X, %d, %d, %d, %d, 0x%02X, %b, %d, %d, %b, %d, %s, 0x%X, %d, %d},%n", r.mnemonic,
                    group(r), String.join(",", r.operands.stream().map(Operand::text).toList()), r.map, r.opcode, r.span, r.prefix, r.digit,
                    r.memoryOnly ? 1 : r.registerOnly ? 2 : 0, Math.max(r.wholeModrm, 0), r.usesModrm(), lengths, wides, r.byLength, TableWriter.immediate(r),
                    attributes(r), undefined(r), feature(names, r.feature), feature(names, r.wide)));
        }
        return out.append("};\n").toString();
    }

    private static int feature(List<String> names, String name) {
        if (name != null && !names.contains(name)) {
            throw new IllegalArgumentException("feature " + name + " is not declared");
        }
        return name == null ? -1 : names.indexOf(name);
    }

    private static String attributes(Row r) {
        var set = new ArrayList<String>();
        for (String a : List.of("lock", "i64", "o64", "d64", "f64", "n64", "stack", "x87", "mmx", "sse", "avx", "align", "reg")) {
            if (r.has(a)) {
                set.add("IS_" + a.toUpperCase(Locale.ROOT));
            }
        }
        return set.isEmpty() ? "0" : String.join(" | ", set);
    }

    private static int undefined(Row r) {
        int bits = UNDEFINED.getOrDefault(r.mnemonic, 0);
        for (int i = 0; i < FLAG_BITS.length && r.flags.length() == FLAG_BITS.length; i++) {
            bits |= r.flags.charAt(i) == 'u' ? FLAG_BITS[i] : 0;
        }
        return bits;
    }

    /** The group of vectors that a row belongs to. */
    private static String group(Row r) {
        String m = r.mnemonic;
        if (m.contains("GATHER")) {
            return "gather";
        }
        if (m.matches("V?R(CP|SQRT)[PS]S")) {
            return "approx";
        }
        if (m.matches("V?PCMP[EI]STR[IM]")) {
            return "pcmpstr";
        }
        if (m.matches("XCHG|XADD|CMPXCHG.*")) {
            return "xchg";
        }
        if (m.startsWith("GF2P8") || m.startsWith("VGF2P8")) {
            return "gfni";
        }
        if (m.matches("VCVTP[HS]2P[HS]") && r.has("w0")) {
            return "f16c";
        }
        if (m.matches("V?CVT.*(SI2|2SI|PI2|2PI).*|V?(LD|ST)MXCSR")) {
            return "ssecvt";
        }
        if (m.startsWith("F") && (r.has("x87") || m.equals("FWAIT"))) {
            return m.matches("F2XM1|FYL2XP?1?|FPTAN|FPATAN|FSIN|FCOS|FSINCOS") ? "x87trans" : m.matches("FN.*|FWAIT|FLDCW|FLDENV|FRSTOR") ? "x87ctl"
                    : r.memoryOnly ? "x87mem" : "x87reg";
        }
        if (r.has("mmx")) {
            return "mmx";
        }
        return switch (r.family) {
            case "AvxFp", "AvxMov" -> "avxfp";
            case "AvxInt", "Avx" -> "avxint";
            case "Bmi" -> "bit";
            case "SseFp", "SseMov" -> "ssefp";
            case "SseInt", "Sse4", "Sse4a" -> "sseint";
            case "Legacy" -> "legacy32";
            case "Flag" -> "flag";
            case "Far", "System", "Svm", "Vmx", "FpControl" -> m.matches("BOUND|INTO") ? "legacy32" : m.matches("PUSHF|POPF") || m.equals("PUSH") ? "stack" : "system";
            default -> r.family.toLowerCase(Locale.ROOT);
        };
    }
}
