package dev.hv.cpu.apic;

import java.util.ArrayList;
import java.util.List;

/** Local APICs on one router, with what their processors were told. */
final class ApicFixture {

    final FakeClock clock = new FakeClock();
    final ApicRouter router = new ApicRouter();
    final List<LocalApic> apics = new ArrayList<>();
    final List<String> events = new ArrayList<>();
    final List<Integer> ended = new ArrayList<>();
    int externalVector = 0x20;

    ApicFixture(int count) {
        router.onEndOfInterrupt(ended::add);
        for (int i = 0; i < count; i++) {
            apics.add(apic(i));
            router.add(apics.get(i));
        }
    }

    private LocalApic apic(int id) {
        var told = new ApicEvents() {
            @Override
            public void interruptsChanged() {}

            @Override
            public void nmi() {
                events.add("nmi " + id);
            }

            @Override
            public void init() {
                events.add("init " + id);
            }

            @Override
            public void startup(int vector) {
                events.add("startup " + id + " " + vector);
            }
        };
        return new LocalApic(new ApicConfig(id, id == 0, 40, true, true, true, 1), clock, router, told, () -> externalVector);
    }

    LocalApic get(int i) {
        return apics.get(i);
    }

    /** Software-enables all, spurious vector 0xFF. */
    ApicFixture enabled() {
        apics.forEach(a -> write(a, 0xF0, 0x1FF));
        return this;
    }

    ApicFixture x2apic() {
        apics.forEach(a -> a.setApicBase(a.apicBase() | 1 << 10));
        return this;
    }

    static void write(LocalApic apic, int offset, long value) {
        apic.writeMmio(offset, 4, value & 0xFFFF_FFFFL);
    }

    static long read(LocalApic apic, int offset) {
        return apic.readMmio(offset, 4);
    }

    /** Acknowledges and ends one interrupt; returns its vector, or -1. */
    static int take(LocalApic apic) {
        if (apic.pending() < 0) {
            return -1;
        }
        int vector = apic.acknowledge();
        write(apic, 0xB0, 0);
        return vector;
    }
}
