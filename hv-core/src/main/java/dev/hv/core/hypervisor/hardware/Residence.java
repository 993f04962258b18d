package dev.hv.core.hypervisor.hardware;

import dev.hv.cpu.execute.RunResult;
import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Virtualization;

/**
 * A logical processor as the contexts of one vendor share it: one of them is resident, its registers are in the processor.
 *
 * @param <U> the hardware's virtualisation unit
 * @param <C> the contexts
 */
public final class Residence<U extends Virtualization, C extends HardwareContext> {

    /** Vector of the interrupt by which the hypervisor gets a processor back from a guest. */
    private static final int TURN_VECTOR = 0xF0;
    private static final int SPURIOUS_VECTOR_REGISTER = 0xF0;
    private static final int APIC_ENABLED = 0x1FF;

    public final PhysicalProcessor processor;
    public final Cpu cpu;
    public final U unit;
    /** The context whose registers are in the processor; null for none. */
    public C resident;
    /** The context that was running before {@link #stepAside}; null for none. */
    private C aside;

    /** One where nobody is resident; its APIC is switched on. */
    public Residence(PhysicalProcessor processor, U unit) {
        this.processor = processor;
        this.unit = unit;
        cpu = processor.processor().cpu();
        processor.processor().apic().writeMmio(SPURIOUS_VECTOR_REGISTER, 4, APIC_ENABLED);
    }

    /**
     * Brings the logical processor out of its guest, whose state is then in the hardware's structures: the hypervisor's interrupt makes it
     * exit, after an interrupt shadow if need be. Nothing when it is outside.
     */
    public void takeOut() {
        if (!unit.inGuest()) {
            return;
        }
        processor.pauseAll();
        processor.kick();
        while (unit.inGuest()) {
            processor.processor().apic().accept(TURN_VECTOR, false);
            if (processor.processor().run(1) == RunResult.SHUTDOWN) {
                throw new IllegalStateException("the host's state was refused");
            }
        }
    }

    /** Brings the logical processor out of its guest between two instructions, of which neither guest nor hypervisor hears; {@link #goBack} follows. */
    public void stepAside() {
        if (unit.inGuest()) {
            aside = resident;
            unit.stepAside();
        }
    }

    /** The guest goes on, with what was made of its registers meanwhile. */
    public void goBack() {
        if (aside != null) {
            C guest = aside;
            aside = null;
            guest.comeBack();
            unit.goBack();
        }
    }

    /** Before translations of the logical processor are dropped: it must not be using them. */
    public void pause() {
        if (unit.inGuest()) {
            processor.pauseAll();
        }
    }
}
