package dev.hv.core.hypervisor.partition;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.SectionReader;
import dev.hv.cpu.snapshot.SectionWriter;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import dev.hv.cpu.state.Feature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A partition with those that its guest has made, and theirs: saved together, and made anew when it is restored. What making them touches of the hypervisor, its
 * pages and its processors is put back: a restored machine has all of that already.
 */
public final class PartitionTree implements Saveable {

    private static final int VERSION = 1;
    private static final int OWN_VERSION = 1;

    private final Partitions partitions;
    private final Partition top;
    private final Saveable hardware;

    /**
     * The tree below a partition.
     *
     * @param top made by the root
     * @param hardware what the hypervisor and its processors keep beside partitions: identifiers, counters, registers
     */
    public PartitionTree(Partitions partitions, Partition top, Saveable hardware) {
        this.partitions = partitions;
        this.top = top;
        this.hardware = hardware;
    }

    private static void collect(Partition p, List<Partition> into) {
        for (Partition child : p.children()) {
            into.add(child);
            collect(child, into);
        }
    }

    private List<Partition> descendants() {
        List<Partition> all = new ArrayList<>();
        collect(top, all);
        return all;
    }

    /** Parents come before their children, whose doorbells lead to them; connections lead anywhere and come last. */
    @Override
    public void save(StateWriter out) {
        if (top.root() != null) {
            out.begin("own-processors", OWN_VERSION);
            saveProcessors(top, out);
            out.end();
        }
        top.save(out);
        List<Partition> all = descendants();
        out.begin("descendants", VERSION);
        PartitionLinks.savePorts(top, out);
        out.put("partitions-count", all.size());
        for (Partition p : all) {
            out.item("partition", p.id());
            saveOne(p, out);
        }
        out.endItems();
        PartitionLinks.saveConnections(top, out);
        for (Partition p : all) {
            out.item("connections-of", p.id());
            PartitionLinks.saveConnections(p, out);
        }
        out.end();
    }

    private static void saveOne(Partition p, StateWriter out) {
        out.put("id", p.id());
        out.put("parent", p.parent());
        out.put("nested", p.hypervisor());
        out.put("interrupt-controllers", p.hasInterruptControllers());
        out.put("privileges", p.privileges());
        out.put("hidden-count", p.hidden().size());
        for (Feature f : p.hidden()) {
            out.put("hidden", f.name());
        }
        out.put("space-present", p.space() != null);
        saveProcessors(p, out);
        PartitionLinks.savePorts(p, out);
        p.save(out);
    }

    private static void saveProcessors(Partition p, StateWriter out) {
        out.put("processors-count", p.processors().size());
        for (int index : p.processors().keySet()) {
            out.put("processor", index);
        }
    }

    private static int[] takeProcessors(StateReader in) {
        int[] processors = new int[(int) in.take()];
        for (int i = 0; i < processors.length; i++) {
            processors[i] = (int) in.take();
        }
        return processors;
    }

    @Override
    public void restore(StateReader in) {
        if (!top.children().isEmpty()) {
            throw new StateFormatException("partition " + top.id() + " has partitions already");
        }
        if (top.root() != null) {
            in.begin("own-processors", OWN_VERSION);
            // a root makes its processors itself; the machine that is restored has the first one
            make(top, Arrays.stream(takeProcessors(in)).filter(index -> !top.processors().containsKey(index)).toArray());
            in.end();
        }
        top.restore(in);
        in.begin("descendants", VERSION);
        PartitionLinks.restorePorts(top, in);
        long count = in.take();
        if (count > 0 && partitions.restoresAlone()) {
            throw new StateFormatException("a guest with partitions of its own is restored with its whole machine only");
        }
        for (long n = 0; n < count; n++) {
            restoreOne(in);
        }
        PartitionLinks.restoreConnections(top, partitions, in);
        for (Partition p : descendants()) {
            PartitionLinks.restoreConnections(p, partitions, in);
        }
        in.end();
    }

    private void restoreOne(StateReader in) {
        long id = in.take();
        Partition parent = partitions.get(in.take());
        if (parent == null || partitions.get(id) != null) {
            throw new StateFormatException("partition " + id + " has no parent, or is there already");
        }
        boolean nested = in.takeBoolean();
        boolean interruptControllers = in.takeBoolean();
        long privileges = in.take();
        Set<Feature> hidden = EnumSet.noneOf(Feature.class);
        for (long n = in.take(); n > 0; n--) {
            hidden.add(Feature.valueOf(in.takeText()));
        }
        boolean space = in.takeBoolean();
        int[] processors = takeProcessors(in);
        Partition p = partitions.create(id, parent, nested, hidden);
        if (!interruptControllers) {
            p.giveUpInterruptControllers();
        }
        p.setPrivileges(privileges);
        if (space) {
            make(p, processors);
        }
        PartitionLinks.restorePorts(p, in);
        p.restore(in);
    }

    /** Makes a space, where there is none, and processors on borrowed pages, which hold again afterwards what they held. */
    private void make(Partition p, int[] processors) {
        var kept = new SectionWriter();
        hardware.save(kept);
        var borrowed = new BorrowedPages(partitions.memory(), partitions.pagesOfProcessor(p));
        p.pool().lend(borrowed.pages());
        if (p.space() == null) {
            partitions.createSpace(p);
            p.setState(Partition.State.ACTIVE);
        }
        for (int index : processors) {
            p.pool().lend(borrowed.pages());
            if (!partitions.createProcessor(p, index).ok()) {
                throw new StateFormatException("there is no room for processor " + index + " of partition " + p.id());
            }
            VirtualProcessor vp = p.processors().get(index);
            vp.rest();
            hardware.restore(new SectionReader(kept.toBytes()));
        }
        borrowed.giveBack();
    }
}
