package dev.hv.devices.chipset;

import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateFormatException;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/** Copies the state of one component to another through memory. */
public final class RecordedState {

    private RecordedState() {}

    /** Saves {@code from}, restores {@code to}, and checks that all was read. */
    public static void copy(Saveable from, Saveable to) {
        Queue<Object> items = new ArrayDeque<>();
        from.save(new Writer(items));
        to.restore(new Reader(items));
        if (!items.isEmpty()) {
            throw new StateFormatException(items.size() + " values were not read");
        }
    }

    private record Writer(Queue<Object> items) implements StateWriter {

        @Override
        public void begin(String name, int version) {
            items.add(name);
            items.add((long) version);
        }

        @Override
        public void end() {
            items.add("end");
        }

        @Override
        public void put(long value) {
            items.add(value);
        }

        @Override
        public void put(byte[] bytes, int offset, int length) {
            items.add(Arrays.copyOfRange(bytes, offset, offset + length));
        }
    }

    private record Reader(Queue<Object> items) implements StateReader {

        @Override
        public int begin(String name) {
            expect(name);
            return (int) take();
        }

        @Override
        public void end() {
            expect("end");
        }

        private void expect(String name) {
            var item = items.remove();
            if (!name.equals(item)) {
                throw new StateFormatException(item + " where " + name + " was expected");
            }
        }

        @Override
        public long take() {
            return (Long) items.remove();
        }

        @Override
        public byte[] takeBytes() {
            return (byte[]) items.remove();
        }
    }
}
