package dev.hv.devices.chipset;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.InterruptLine;
import dev.hv.core.machine.PowerControl;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/**
 * ACPI fixed hardware (ACPI specification, 4.8.3): PM1a event and control blocks, the 32-bit power-management timer, GPE block 0 and
 * the reset register. The machine is always in ACPI mode.
 */
public final class AcpiPm implements BytePorts, Saveable {

    /** PM1a event block, 4 bytes: status and enable. */
    public static final int PM1_EVENT = 0x400;
    /** PM1a control block, 2 bytes. */
    public static final int PM1_CONTROL = 0x404;
    /** Power-management timer, 4 bytes. */
    public static final int TIMER = 0x408;
    /** General-purpose event block 0, 4 bytes: 16 status bits, 16 enable bits. */
    public static final int GPE0 = 0x40C;
    /** Reset register, 1 byte. */
    public static final int RESET = 0x433;
    /** What resets the machine when written there. */
    public static final int RESET_VALUE = 1;
    /** System control interrupt: this ISA interrupt, level-triggered, active high. */
    public static final int SCI = 9;
    /** SLP_TYP of S5 and S4. */
    public static final int SLEEP_S5 = 0;
    public static final int SLEEP_S4 = 1;
    /** PM1 control: goes to sleep, as the type in the bits from {@link #SLEEP_TYPE_SHIFT} on says. */
    public static final int SLEEP_ENABLE = 0x2000;
    public static final int SLEEP_TYPE_SHIFT = 10;

    private static final Frequency RATE = new Frequency(3_579_545);
    private static final int TIMER_STATUS = 1;
    private static final int CLOCK_STATUS = 1 << 10;
    private static final int WRITABLE_ENABLE = 0x0721;
    private static final int SCI_ENABLED = 1;

    private final Clock clock;
    private final Clock.Timer alarm;
    private final InterruptLine sci;
    private final PowerControl power;

    /** PM1 status but its timer bit, which is computed. */
    private int status;
    private int enable;
    private int control = SCI_ENABLED;
    private int gpeStatus;
    private int gpeEnable;
    /** The timer bit was cleared in this period of 2^31 ticks. */
    private long clearedPeriod;

    /** Fixed hardware after reset. */
    public AcpiPm(Clock clock, InterruptLine sci, PowerControl power) {
        this.clock = clock;
        this.sci = sci;
        this.power = power;
        this.alarm = clock.timer("acpi-pm", this::update);
    }

    /** Hardware reset. */
    public void reset() {
        status = 0;
        enable = 0;
        control = SCI_ENABLED;
        gpeStatus = 0;
        gpeEnable = 0;
        clearedPeriod = period();
        update();
    }

    private long ticks() {
        return RATE.ticks(clock.nanos());
    }

    /** The timer's status bit is set whenever bit 31 changes. */
    private long period() {
        return ticks() >>> 31;
    }

    private int pm1Status() {
        return status | (period() != clearedPeriod ? TIMER_STATUS : 0);
    }

    /** Raises a general-purpose event, 0 … 15. */
    public void raiseEvent(int event) {
        gpeStatus |= 1 << event;
        update();
    }

    /** The real-time clock asserts its interrupt, which wakes a system that has enabled this event (RTC_STS, 4.8.3.1.1). */
    public void clockAlarm() {
        status |= CLOCK_STATUS;
        update();
    }

    private void drive() {
        sci.set((pm1Status() & enable) != 0 || (gpeStatus & gpeEnable) != 0);
    }

    private void update() {
        drive();
        if ((enable & TIMER_STATUS) != 0 && period() == clearedPeriod) {
            alarm.arm(RATE.nanos(clearedPeriod + 1 << 31));
        } else {
            alarm.cancel();
        }
    }

    @Override
    public int readPort(int port, int size) {
        // The timer in one piece: its bytes must not come from different moments.
        return port == TIMER && size == 4 ? (int) ticks() : BytePorts.super.readPort(port, size);
    }

    @Override
    public int readByte(int port) {
        int shift = (port & 1) << 3;
        return switch (port & ~1) {
            case PM1_EVENT -> pm1Status() >> shift;
            case PM1_EVENT + 2 -> enable >> shift;
            case PM1_CONTROL -> control >> shift;
            case TIMER, TIMER + 2 -> (int) (ticks() >>> ((port & 3) << 3));
            case GPE0 -> gpeStatus >> shift;
            case GPE0 + 2 -> gpeEnable >> shift;
            default -> 0;
        };
    }

    @Override
    public void writeByte(int port, int value) {
        int shift = (port & 1) << 3;
        int mask = 0xFF << shift;
        int bits = value << shift;
        switch (port & ~1) {
            case PM1_EVENT -> {
                status &= ~bits;
                if ((bits & TIMER_STATUS) != 0) {
                    clearedPeriod = period();
                }
            }
            case PM1_EVENT + 2 -> enable = (enable & ~mask | bits) & WRITABLE_ENABLE;
            case PM1_CONTROL -> writeControl(control & ~mask | bits);
            case GPE0 -> gpeStatus &= ~bits;
            case GPE0 + 2 -> gpeEnable = gpeEnable & ~mask | bits;
            case RESET & ~1 -> {
                if (port == RESET && value == RESET_VALUE) {
                    power.reset();
                }
            }
            default -> { }
        }
        update();
    }

    private void writeControl(int value) {
        control = value & 0x1C02 | SCI_ENABLED;
        if ((value & SLEEP_ENABLE) != 0) {
            int type = value >> SLEEP_TYPE_SHIFT & 7;
            // There is nobody to wake us: hibernated is off.
            if (type == SLEEP_S5 || type == SLEEP_S4) {
                power.powerOff();
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.begin("acpi-pm", 2);
        out.put("status", status);
        out.put("enable", enable);
        out.put("control", control);
        out.put("gpe-status", gpeStatus);
        out.put("gpe-enable", gpeEnable);
        out.put("cleared-period", clearedPeriod);
        alarm.save(out);
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("acpi-pm", 2);
        status = (int) in.take();
        enable = (int) in.take();
        control = (int) in.take();
        gpeStatus = (int) in.take();
        gpeEnable = (int) in.take();
        clearedPeriod = in.take();
        alarm.restore(in);
        in.end();
        drive();
    }
}
