package dev.hv.cpu.svm;

import dev.hv.cpu.apic.FakeApic;
import dev.hv.cpu.state.Cpu;
import java.util.List;

/** An interrupt controller that notes which doorbells are rung. */
final class RingingApic extends FakeApic {

    private final List<Integer> rings;

    RingingApic(Cpu c, List<Integer> rings) {
        super(c);
        this.rings = rings;
    }

    @Override
    public void ring(int id) {
        rings.add(id);
    }
}
