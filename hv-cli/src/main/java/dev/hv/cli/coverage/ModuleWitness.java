package dev.hv.cli.coverage;

import dev.hv.cli.debug.LinearMemory;
import dev.hv.cli.debug.LinuxModules;
import dev.hv.cli.debug.PhysicalMemory;
import dev.hv.core.machine.Machine;
import dev.hv.core.machine.MemoryRange;
import dev.hv.cpu.execute.CodeCoverage;
import dev.hv.cpu.state.CodeWitness;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.LinearProbe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Notes what a processor executes of modules, by the addresses of their files. A module is found when the first of its code runs, which is its initialisation: that is gone a moment later. Where it is, the guest's own list of
 * modules says, which is looked at again whenever it has changed. The guest cannot tell.
 */
final class ModuleWitness implements CodeWitness {

    /** Where Linux has its modules on x86-64: above its image, which with KASLR may be in the first part of this, too. */
    private static final long FIRST = 0xFFFF_FFFF_A000_0000L;
    private static final long LAST = 0xFFFF_FFFF_FEFF_FFFFL;
    /** From here on there is no image of a kernel. */
    private static final long ALWAYS_MODULES = 0xFFFF_FFFF_C000_0000L;
    private static final int PAGE = 0x1000;
    private static final int REGION_SHIFT = 21;

    private record Place(ModuleImage.Placed at, CodeCoverage noted) {}

    private final ModuleImages images;
    private final CodeWitness otherwise;
    private final PhysicalMemory physical;
    private final Map<ModuleImage, CodeCoverage> noted = new HashMap<>();

    /** Null until the guest's list is found. */
    private LinuxModules modules;
    private long newest;
    /** A module is still being loaded. */
    private boolean pending;
    private final List<Place> places = new ArrayList<>();
    /** Pages whose code is of no module that is wanted. */
    private final Set<Long> strange = new HashSet<>();
    /** By region: how often code of it has been seen before the list was found. */
    private final Map<Long, Integer> early = new HashMap<>();

    /**
     * Of a processor.
     *
     * @param otherwise sees what is of no module; null for nobody
     */
    ModuleWitness(Machine machine, ModuleImages images, CodeWitness otherwise) {
        this.images = images;
        this.otherwise = otherwise;
        physical = new PhysicalMemory() {
            @Override
            public List<MemoryRange> memory() {
                return machine.bus().memory().ranges();
            }

            @Override
            public boolean read(long at, byte[] to) {
                return machine.bus().memory().isRam(at, to.length) && machine.bus().memory().copyOut(at, to, 0, to.length);
            }
        };
    }

    /** What was executed of modules. */
    Map<ModuleImage, CodeCoverage> noted() {
        return noted;
    }

    /** Whether there was code where modules are, and no list of them. */
    boolean vain() {
        return modules == null && early.keySet().stream().anyMatch(region -> region >= ALWAYS_MODULES >>> REGION_SHIFT);
    }

    @Override
    public boolean everyTime() {
        return false;
    }

    @Override
    public void executed(Cpu c, long linear, long at, short[] offsets, short[] rows, int from, int to) {
        Place place = linear >= FIRST && linear <= LAST ? place(c, linear) : null;
        if (place != null) {
            place.noted.executed(c, linear - place.at.slide(), at, offsets, rows, from, to);
        } else if (otherwise != null) {
            otherwise.executed(c, linear, at, offsets, rows, from, to);
        }
    }

    private Place place(Cpu c, long linear) {
        LinearMemory memory = (at, length) -> read(c, at, length);
        if (modules == null && !find(memory, linear)) {
            return null;
        }
        long now = modules.newest(memory);
        if (now != newest) {
            newest = now;
            strange.clear();
            look(memory);
        }
        Place place = known(linear);
        if (place == null && modules != null && (pending || strange.add(linear / PAGE))) {
            look(memory);
            place = known(linear);
        }
        return place;
    }

    private Place known(long linear) {
        for (Place p : places) {
            if (Long.compareUnsigned(linear - p.at.from(), p.at.to() - p.at.from()) < 0) {
                return p;
            }
        }
        return null;
    }

    /** Looks for the list; seldom where the kernel itself may be, which runs long before there is one. */
    private boolean find(LinearMemory memory, long linear) {
        int times = early.merge(linear >>> REGION_SHIFT, 1, Integer::sum);
        if (Integer.bitCount(times) == 1) {
            modules = LinuxModules.find(physical, memory, null);
        }
        return modules != null;
    }

    private void look(LinearMemory memory) {
        List<LinuxModules.Module> all = modules.list(memory);
        places.clear();
        pending = false;
        if (all == null) {
            // the guest has another kernel by now
            modules = null;
            early.clear();
            return;
        }
        for (LinuxModules.Module m : all) {
            ModuleImage image = images.of(m.name());
            if (image == null) {
                continue;
            }
            if (!m.ready()) {
                pending = true;
                continue;
            }
            try {
                CodeCoverage to = noted.computeIfAbsent(image, i -> new CodeCoverage(i.first(), i.last()));
                image.place(modules.names(memory, m)).forEach(p -> places.add(new Place(p, to)));
            } catch (DwarfException e) {
                images.problem(image.file(), e.getMessage());
            }
        }
    }

    private byte[] read(Cpu c, long linear, int length) {
        byte[] all = new byte[length];
        int done = 0;
        while (done < length) {
            long a = linear + done;
            byte[] part = new byte[Math.min(length - done, PAGE - (int) (a & PAGE - 1))];
            long p = LinearProbe.translate(c, a);
            if (p == LinearProbe.NOWHERE || !physical.read(p, part)) {
                break;
            }
            System.arraycopy(part, 0, all, done, part.length);
            done += part.length;
        }
        return done == length ? all : Arrays.copyOf(all, done);
    }
}
