package dev.hv.cpu.generator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the instruction table (src/main/table/*.tbl) into Java: {@code dev.hv.cpu.decode.Table} (decode tables),
 * {@code dev.hv.cpu.forms.*Ops} (one final class per operand form) and {@code dev.hv.cpu.forms.Forms} (from a decoded
 * instruction to its form). Runs in the build: {@code java Generate.java TABLE-FOLDER OUTPUT-FOLDER}.
 *
 * <h2>Table format</h2>
 * One row per instruction encoding, fields separated by blanks; {@code #} starts a comment.
 * <pre>
 * OPCODE  MNEMONIC  OPERANDS  ACTION  SEMANTICS  [ATTRIBUTE…]
 * </pre>
 * <b>OPCODE</b>: hex bytes ({@code 01}, {@code 0FAF}, {@code 0F38F0}), optionally
 * {@code VEX.} first for an encoding with a VEX prefix with L = 0, {@code VEX.L1.} with L = 1, {@code VEX.LI.} whatever L is,
 * {@code VEX.LX.} with L as the operand size, a mandatory prefix before it ({@code NP.} {@code 66.} {@code F3.} {@code F2.}; without one the row holds for every prefix
 * that no other row claims), {@code +r} (eight opcodes, register in the low bits), {@code +cc} (sixteen opcodes; {@code cc} in
 * the mnemonic and {@code %} in the semantics become the condition), {@code /3} (ModRM.reg), {@code /m} or {@code /r} (memory
 * or register only; also {@code /3m}, {@code /3r}), {@code =C1} (this whole ModRM byte).
 *
 * <p><b>OPERANDS</b>, comma-separated, {@code -} for none. Letter and size: {@code E} r/m, {@code M} memory only, {@code G} reg,
 * {@code Z} register in the opcode, {@code B} register in VEX.vvvv, {@code A} accumulator, {@code CLb}, {@code 1}, immediates {@code Ib} (zero-extended)
 * {@code Ibs} (sign-extended) {@code Iw} {@code Iz} {@code Iv} {@code Ip} (far pointer) {@code Iwb} (word and byte), {@code Jb} {@code Jz}
 * branch targets, {@code Ob} {@code Ov} direct offsets; {@code V} XMM reg, {@code W} XMM r/m, {@code U} XMM register r/m, {@code H} vector register in
 * VEX.vvvv, {@code L} vector register in an immediate byte, {@code P} MMX reg, {@code Q} MMX r/m, {@code N} MMX register r/m; {@code X} something that the semantics itself decodes.
 * Sizes: {@code b w d q dq qq}, {@code v} (16, 32, 64 by operand size), {@code y} (32, 64), {@code x} (128, 256 by VEX.L),
 * {@code h} {@code f} {@code e} (a half, a fourth, an eighth of that).
 *
 * <p><b>ACTION</b>, with {@code f} the semantics method, {@code c} the Cpu; integer operands are zero-extended longs, 128-bit
 * XMM sources two longs (low, high), narrower ones one long, MMX one long, SIMD immediates ints:
 * <ul>
 * <li>{@code rw}: dst = f(c, dst, src…) — {@code w}: dst = f(c, src…), identity when f is {@code -} — {@code r}: f(c, a, b…)
 * <li>{@code rwr}: dst = f(c, dst, src), then src = c.scratch (XCHG, XADD)
 * <li>{@code n}: outcome = f(c, operands…) — {@code x}: outcome = f(c, insn), c.rip at the instruction
 * <li>{@code lea}, {@code jcc}, {@code jmp}, {@code jmpi}, {@code calli}: as named — {@code call}, {@code ret}: as named in 64-bit
 * code, else like {@code x}
 * <li>{@code v}: f(c, index of dst XMM or general register, src…) — {@code vld}: dst XMM = src (XMM, memory, general), its upper part zeroed when
 * src is narrower — {@code vst}: memory dst = src XMM, or f(c, index of src XMM) when f is not {@code -}
 * <li>pure functions of 64-bit halves, for an XMM or MMX dst alike: {@code lane}: each half of dst = f(half of dst, same half of
 * src, immediate…) — {@code map}: each half of dst = f(half of src, immediate…) — {@code shift}: each half of dst = f(half of
 * dst, low half of src or immediate) — {@code fold}: low half of dst = f(low, high half of dst), high half = f(low, high half of
 * src); an MMX dst = f(dst, src). An MMX dst takes the value of src where f is {@code -}.
 * </ul>
 * Rows with {@code avx} have a destination apart from the first source, and set it whole ({@link AvxForm}); their {@code v} is done in every lane of 128
 * bits. {@code ymm}: f(c, index of dst, whether VEX.L is 1, src…) does it all.
 * Rows with {@code mmx} first check for pending x87 faults, and last enter MMX state when an operand is an MMX register.
 *
 * <p><b>SEMANTICS</b>: {@code Class.method} in dev.hv.cpu.instructions. When the attribute {@code nosuffix} is missing, a size (8,
 * 16, 32, 64) is appended to the name: that of the first integer operand of size v, else of size y, else that of the first
 * operand when one is of size b (but not where the first is an XMM or MMX register).
 *
 * <p><b>ATTRIBUTES</b>: {@code lock} (LOCK allowed with a memory destination), {@code i64} (invalid in 64-bit mode), {@code o64}
 * (only there), {@code d64} (operand size 64 by default there), {@code f64} (always 64 there), {@code n64} (near branch: always 64
 * there on Intel processors, while those of AMD heed the 66 prefix), {@code end} (ends the block), {@code stack} (faults on its implicit memory are #SS), {@code prot} (#UD outside protected mode), {@code x87} {@code mmx}
 * {@code sse} {@code avx} (availability by CR0, CR4 and XCR0), {@code align} (memory operands of 128 bits and more must be aligned), {@code ialign} (on Intel's processors
 * alone), {@code feature=NAME}, {@code wide=NAME} (what the 256-bit form needs besides), {@code w0} {@code w1} (VEX.W must be so), {@code narrow} (the results of both lanes
 * make 128 bits), {@code hi2} {@code hi3} {@code hi4} (the upper lane has the immediate shifted to the right by so many),
 * {@code flags=oszapc} (what happens to OF SF ZF AF PF CF, a character each: {@code r} read, {@code w} written, {@code m} both, {@code u} left
 * undefined by the manuals, {@code .} untouched; {@code flags=cc} in {@code +cc} rows: the condition's are read; a row without it may do
 * anything), {@code nosuffix}, {@code rare} (one form class that looks at its operand when it runs), {@code reg} (ModRM always names registers: MOV CR, MOV DR).
 */
public final class Generate {

    private Generate() {}

    /** Runs the generator: table folder, output folder. */
    public static void main(String[] args) throws IOException {
        Path tables = Path.of(args[0]);
        Path output = Path.of(args[1]);
        var rows = new ArrayList<Row>();
        List<Path> files;
        try (var list = Files.list(tables)) {
            files = list.filter(p -> p.toString().endsWith(".tbl")).sorted().toList();
        }
        for (Path file : files) {
            Row.parse(file, rows);
        }
        for (int i = 0; i < rows.size(); i++) {
            rows.get(i).id = i;
        }
        write(output.resolve("dev/hv/cpu/decode/Table.java"), TableWriter.write(rows));
        var forms = new FormWriter();
        for (Path file : files) {
            String family = family(file);
            String text = forms.family(family, rows.stream().filter(r -> r.family.equals(family)).toList());
            write(output.resolve("dev/hv/cpu/forms/" + family + "Ops.java"), text);
        }
        write(output.resolve("dev/hv/cpu/forms/Forms.java"), FactoryWriter.write(rows));
    }

    /** Class name part from a table file's name: sse-int.tbl gives SseInt. */
    static String family(Path file) {
        var name = new StringBuilder();
        for (String part : file.getFileName().toString().replace(".tbl", "").split("-")) {
            name.append(Character.toUpperCase(part.charAt(0))).append(part.substring(1));
        }
        return name.toString();
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.writeString(file, text);
        }
    }
}
