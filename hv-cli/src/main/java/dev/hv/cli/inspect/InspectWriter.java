package dev.hv.cli.inspect;

import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Supplier;

/** Makes a tree of state that is being saved: sections are branches, named values are values. Reading state this way is what a checkpoint does, so it changes nothing. */
public final class InspectWriter implements StateWriter {

    private static final String UNNAMED = "value";

    /** A section that was begun; {@code at} is where values go, which is an item of it at times. */
    private static final class Open {
        private final InspectNode.Branch section;
        private InspectNode.Branch at;
        private String item = "";

        Open(InspectNode.Branch section) {
            this.section = section;
            at = section;
        }
    }

    private final Deque<Open> open = new ArrayDeque<>();
    private String next = UNNAMED;

    /** A writer that adds to a branch. */
    public InspectWriter(InspectNode.Branch top) {
        open.push(new Open(top));
    }

    @Override
    public void begin(String name, int version) {
        Open o = open.peek();
        if (o.at != o.section && (o.at.names().isEmpty() || name.equals(o.item))) {
            // the item is this section
            open.push(new Open(o.at));
            return;
        }
        var section = new InspectNode.Branch();
        // a name with a blank is a kind and which of it
        int blank = name.indexOf(' ');
        if (blank < 0) {
            open.peek().at.add(name, section);
        } else {
            open.peek().at.branch(name.substring(0, blank)).add(name.substring(blank + 1).replace('/', '_'), section);
        }
        open.push(new Open(section));
    }

    @Override
    public void end() {
        open.pop();
    }

    @Override
    public void name(String name) {
        next = name;
    }

    @Override
    public void item(String name, Object which) {
        Open o = open.peek();
        o.item = name;
        o.at = o.section.branch(name).branch(which.toString());
    }

    @Override
    public void endItems() {
        Open o = open.peek();
        o.at = o.section;
    }

    @Override
    public void tell(String name, Supplier<?> value) {
        Object told = value.get();
        leaf(name, told instanceof Integer n ? Long.valueOf(n) : told);
    }

    private void leaf(String name, Object value) {
        open.peek().at.put(name, value);
        next = UNNAMED;
    }

    @Override
    public void put(long value) {
        leaf(next, value);
    }

    @Override
    public void put(boolean value) {
        leaf(next, value);
    }

    @Override
    public void put(String text) {
        leaf(next, text);
    }

    @Override
    public void put(byte[] bytes, int offset, int length) {
        leaf(next, Arrays.copyOfRange(bytes, offset, offset + length));
    }

    @Override
    public void put(long[] values) {
        var all = new InspectNode.Branch();
        for (int i = 0; i < values.length; i++) {
            all.put(Integer.toString(i), values[i]);
        }
        open.peek().at.add(next, all);
        next = UNNAMED;
    }

    @Override
    public void put(String[] names, long[] values) {
        for (int i = 0; i < values.length; i++) {
            leaf(i < names.length ? names[i] : UNNAMED, values[i]);
        }
    }
}
