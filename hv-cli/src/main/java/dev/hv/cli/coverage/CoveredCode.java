package dev.hv.cli.coverage;

import dev.hv.core.machine.Machine;
import dev.hv.cpu.execute.CodeCoverage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/**
 * Code of a guest's kernel that has line tables: its image, its modules, or both.
 *
 * @param kernel null without an image
 */
public record CoveredCode(CoveredImage kernel, ModuleImages modules) {

    /** What the processors of a machine note. */
    public final class Notes {

        private final List<CodeCoverage> kernels = new ArrayList<>();
        private final List<ModuleWitness> witnesses = new ArrayList<>();

        private Notes(Machine machine) {
            machine.processors().forEach(c -> {
                CodeCoverage noted = kernel == null ? null : kernel.coverage();
                if (noted != null) {
                    kernels.add(noted);
                    c.witness = noted;
                }
                if (!modules.isEmpty()) {
                    var witness = new ModuleWitness(machine, modules, noted);
                    witnesses.add(witness);
                    c.witness = witness;
                }
            });
        }

        /**
         * Addresses of what was executed, as they are in the files, in rising order; also of files of which nothing was. The machine does not run.
         *
         * @param syscallEntry gives IA32_LSTAR of the guest
         * @throws DwarfException when it has another kernel
         */
        public Map<Path, long[]> executed(LongSupplier syscallEntry) throws DwarfException {
            Map<Path, long[]> all = new TreeMap<>();
            if (kernel != null) {
                long slide = kernel.slide(syscallEntry.getAsLong());
                all.put(kernel.file(), LongStream.of(CodeCoverage.addresses(kernels)).map(a -> a - slide).sorted().toArray());
            }
            for (ModuleImage m : modules.used()) {
                all.put(m.file(), CodeCoverage.addresses(witnesses.stream().map(w -> w.noted().get(m)).filter(n -> n != null).toList()));
            }
            return all;
        }

        /** What was wrong with modules; empty when nothing was. */
        public List<String> problems() {
            List<String> all = new ArrayList<>(modules.problems());
            if (witnesses.stream().anyMatch(ModuleWitness::vain)) {
                all.add(modules.first() + ": the guest's kernel does not say which modules it has: that takes kallsyms and BTF, as Linux has them since 6.0 with CONFIG_KALLSYMS_ALL and CONFIG_DEBUG_INFO_BTF");
            }
            return all;
        }
    }

    /** Has every processor note what it executes of it; before the machine runs. */
    public Notes attach(Machine machine) {
        return new Notes(machine);
    }
}
