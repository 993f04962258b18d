package dev.hv.cpu.apic;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Carries interrupt messages between the local APICs of one machine or partition: interprocessor interrupts, messages of I/O
 * APICs and devices (MSI), and EOI broadcasts the other way.
 */
public final class ApicRouter implements ApicBus {

    private final List<LocalApic> apics = new ArrayList<>();
    private final List<IntConsumer> endListeners = new ArrayList<>();

    /** Adds a local APIC. */
    public void add(LocalApic apic) {
        apics.add(apic);
    }

    /** Adds an I/O APIC's ear for EOI broadcasts; it gets the vector. */
    public void onEndOfInterrupt(IntConsumer listener) {
        endListeners.add(listener);
    }

    /** Takes a local APIC off the bus. */
    public void remove(LocalApic apic) {
        apics.remove(apic);
    }

    /**
     * Delivers a message of an I/O APIC or of a device.
     *
     * @param destination 8-bit destination field (0xFF is everybody)
     * @param deliveryMode one of {@link DeliveryMode}'s
     * @return whether any local APIC was addressed
     */
    public boolean deliver(int destination, boolean logical, int deliveryMode, int vector, boolean level) {
        return send(destination == 0xFF ? -1 : destination, logical, deliveryMode, vector, level);
    }

    /**
     * Delivers a message that an IOMMU has remapped for local APICs in x2APIC mode.
     *
     * @param destination 32-bit destination field (all ones are everybody)
     * @param deliveryMode one of {@link DeliveryMode}'s
     * @return whether any local APIC was addressed
     */
    public boolean deliverWide(int destination, boolean logical, int deliveryMode, int vector, boolean level) {
        return send(destination, logical, deliveryMode, vector, level);
    }

    @Override
    public void command(LocalApic from, int shorthand, int destination, boolean logical, int deliveryMode, int vector) {
        switch (shorthand) {
            case 1 -> from.deliver(deliveryMode, vector, false);
            case 2, 3 -> {
                for (int i = 0; i < apics.size(); i++) {
                    if (shorthand == 2 || apics.get(i) != from) {
                        apics.get(i).deliver(deliveryMode, vector, false);
                    }
                }
            }
            default -> send(destination, logical, deliveryMode, vector, false);
        }
    }

    private boolean send(int destination, boolean logical, int deliveryMode, int vector, boolean level) {
        if (deliveryMode == DeliveryMode.LOWEST_PRIORITY) {
            LocalApic lowest = null;
            for (int i = 0; i < apics.size(); i++) {
                var apic = apics.get(i);
                if (apic.matches(destination, logical) && apic.softwareEnabled() && (lowest == null || apic.ppr() < lowest.ppr())) {
                    lowest = apic;
                }
            }
            if (lowest != null) {
                lowest.accept(vector, level);
            }
            return lowest != null;
        }
        boolean any = false;
        for (int i = 0; i < apics.size(); i++) {
            var apic = apics.get(i);
            if (apic.matches(destination, logical)) {
                apic.deliver(deliveryMode, vector, level);
                any = true;
            }
        }
        return any;
    }

    @Override
    public void ring(int id) {
        for (int i = 0; i < apics.size(); i++) {
            if (apics.get(i).id() == id) {
                apics.get(i).doorbell();
            }
        }
    }

    @Override
    public void endOfInterrupt(int vector) {
        for (int i = 0; i < endListeners.size(); i++) {
            endListeners.get(i).accept(vector);
        }
    }
}
