package dev.hv.cpu.generator;

import java.util.LinkedHashMap;
import java.util.Map;

/** A form class in the making: the fields that its constructor takes from the instruction, and the lines of its exec. */
final class ClassText {

    private record Field(String type, String value) {}

    private final Map<String, Field> fields = new LinkedHashMap<>();
    private final StringBuilder body = new StringBuilder();

    /** Declares a field, once. */
    void field(String type, String name, String value) {
        fields.putIfAbsent(name, new Field(type, value));
    }

    /** Declares {@code d}: a copy of the instruction, for what is found out when the form runs. */
    void instruction() {
        field("Insn", "d", "d.copy()");
    }

    void line(String s) {
        body.append("            ").append(s).append('\n');
    }

    /**
     * The class.
     *
     * @param segment what {@code segment()} gives; null when it is inherited
     */
    String text(String name, String comment, String segment) {
        var out = new StringBuilder();
        out.append("\n    /** ").append(comment).append(". */\n");
        out.append("    static final class ").append(name).append(" extends Op {\n");
        fields.forEach((n, f) -> out.append("        private final ").append(f.type).append(' ').append(n).append(";\n"));
        out.append("\n        ").append(name).append("(Insn d) {\n");
        fields.forEach((n, f) -> out.append("            this.").append(n).append(" = ").append(f.value).append(";\n"));
        out.append("        }\n\n        @Override\n        public int exec(Cpu c) {\n").append(body).append("        }\n");
        if (segment != null) {
            out.append("\n        @Override\n        public int segment() {\n            return ").append(segment).append(";\n        }\n");
        }
        return out.append("    }\n").toString();
    }
}
