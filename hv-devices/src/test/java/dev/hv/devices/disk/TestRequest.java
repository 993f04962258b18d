package dev.hv.devices.disk;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A request that notes what becomes of it. */
final class TestRequest implements DiskRequest {

    final String name;
    final List<String> steps = new CopyOnWriteArrayList<>();
    private final int bytes;
    private final Runnable work;
    private final Consumer<TestRequest> ended;

    TestRequest(String name, int bytes, Runnable work, Consumer<TestRequest> ended) {
        this.name = name;
        this.bytes = bytes;
        this.work = work;
        this.ended = ended;
    }

    @Override
    public int bytes() {
        return bytes;
    }

    @Override
    public boolean begin() {
        steps.add("begin");
        return true;
    }

    @Override
    public void carryOut() {
        steps.add("carry out");
        work.run();
    }

    @Override
    public void finish() {
        steps.add("finish");
        ended.accept(this);
    }
}
