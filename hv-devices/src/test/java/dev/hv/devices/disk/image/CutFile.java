package dev.hv.devices.disk.image;

import dev.hv.devices.disk.DiskException;
import dev.hv.devices.disk.ImageFile;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Image files in memory that write down what is done to them, so that what a loss of power leaves can be made: everything flushed, and any part of what came later. */
final class CutFile implements ImageFile {

    /** A change of the file: bytes at a place, a hole ({@code bytes} null), or another length ({@code offset} -1). */
    private record Step(long offset, byte[] bytes, long length, boolean flush) {}

    private final String name;
    private final boolean readOnly;
    private final byte[] start;
    private final List<Step> steps = new ArrayList<>();
    private byte[] bytes;
    private int size;

    CutFile(String name, byte[] start, boolean readOnly) {
        this.name = name;
        this.start = start;
        this.readOnly = readOnly;
        bytes = start.clone();
        size = start.length;
    }

    byte[] contents() {
        return Arrays.copyOf(bytes, size);
    }

    int steps() {
        return steps.size();
    }

    /** The last flush among the first steps; -1 for none. */
    int lastFlush(int cut) {
        for (int i = cut - 1; i >= 0; i--) {
            if (steps.get(i).flush) {
                return i;
            }
        }
        return -1;
    }

    /** What is left when power fails after so many steps: of those that were not flushed, any, in any order; {@code random} null: all, as after a kill. */
    byte[] cut(int after, Random random) {
        var left = new CutFile(name, start, false);
        int flushed = lastFlush(after);
        List<Step> done = new ArrayList<>(steps.subList(0, flushed + 1));
        for (Step s : steps.subList(flushed + 1, after)) {
            if (random == null || random.nextBoolean()) {
                done.add(s);
            }
        }
        done.forEach(left::again);
        return left.contents();
    }

    private void again(Step s) {
        if (s.flush) {
            return;
        }
        if (s.offset < 0) {
            setSize((int) s.length);
        } else if (s.bytes == null) {
            hole(s.offset, s.length);
        } else {
            put(s.offset, s.bytes);
        }
    }

    private void setSize(int to) {
        if (to > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(to, bytes.length * 2));
        } else if (to < size) {
            Arrays.fill(bytes, to, size, (byte) 0);
        }
        size = to;
    }

    private void put(long offset, byte[] b) {
        setSize(Math.max(size, (int) offset + b.length));
        System.arraycopy(b, 0, bytes, (int) offset, b.length);
    }

    private void hole(long offset, long length) {
        Arrays.fill(bytes, (int) Math.min(offset, size), (int) Math.min(offset + length, size), (byte) 0);
    }

    private void step(Step s) {
        steps.add(s);
        again(s);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long modified() {
        return 1_700_000_000;
    }

    @Override
    public void read(long offset, byte[] to, int at, int length) throws IOException {
        if (offset < 0 || offset + length > size) {
            throw new EOFException("the file ends before byte " + (offset + length));
        }
        System.arraycopy(bytes, (int) offset, to, at, length);
    }

    @Override
    public void write(long offset, byte[] from, int at, int length) throws IOException {
        if (readOnly || offset + length > 1 << 30) {
            throw new IOException(readOnly ? "written, though read only" : "No space left on device");
        }
        step(new Step(offset, Arrays.copyOfRange(from, at, at + length), length, false));
    }

    @Override
    public void flush() {
        steps.add(new Step(0, null, 0, true));
    }

    @Override
    public void resize(long to) throws IOException {
        if (readOnly || to > 1 << 30) {
            throw new IOException(readOnly ? "written, though read only" : "No space left on device");
        }
        step(new Step(-1, null, to, false));
    }

    @Override
    public boolean punch(long offset, long length) {
        step(new Step(offset, null, length, false));
        return true;
    }

    @Override
    public long nextData(long offset) {
        return Math.min(offset, size);
    }

    @Override
    public void close() {
        // others may look at it
    }

    /** Files by name, of which one is opened once at a time. */
    static final class Folder implements Store {
        final Map<String, byte[]> files = new HashMap<>();
        final Map<String, CutFile> last = new HashMap<>();

        @Override
        public ImageFile open(String name, boolean readOnly) throws DiskException {
            if (!files.containsKey(name) && !last.containsKey(name)) {
                throw new DiskException("disk " + name + ": no such file");
            }
            return remember(name, new CutFile(name, contents(name), readOnly));
        }

        byte[] contents(String name) {
            return last.containsKey(name) ? last.get(name).contents() : files.get(name);
        }

        void put(String name, byte[] bytes) {
            last.remove(name);
            files.put(name, bytes);
        }

        private CutFile remember(String name, CutFile file) {
            last.put(name, file);
            return file;
        }

        @Override
        public ImageFile create(String name) {
            return remember(name, new CutFile(name, new byte[0], false));
        }

        @Override
        public String real(String name) {
            return name;
        }

        @Override
        public String relative(String file, String name) {
            return name.startsWith("./") ? name.substring(2) : name;
        }

        @Override
        public String relation(String from, String to) {
            return to;
        }
    }
}
