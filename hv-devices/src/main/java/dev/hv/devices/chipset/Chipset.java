package dev.hv.devices.chipset;

import dev.hv.core.machine.Clock;
import dev.hv.core.machine.InterruptAcknowledge;
import dev.hv.core.machine.InterruptLine;
import dev.hv.core.machine.InterruptMessageSink;
import dev.hv.core.machine.IoApic;
import dev.hv.core.machine.IoBus;
import dev.hv.core.machine.PowerControl;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The devices every machine and every partition of PC kind has, wired to each other and claimed on one bus. ISA interrupts go to the
 * 8259 pair and to the I/O APIC, IRQ 0 to its pin 2; the 8259's output goes to the processors' LINT0 and to pin 0.
 */
public final class Chipset implements Saveable {

    /** First port and interrupt of the serial port. */
    public static final int COM1 = 0x3F8;
    public static final int COM1_IRQ = 4;
    /** First port and interrupt of the second serial port. */
    public static final int COM2 = 0x2F8;
    public static final int COM2_IRQ = 3;
    private static final int RTC_IRQ = 8;
    private static final int TIMER_PIN = 2;
    private static final int EXTERNAL_PIN = 0;
    private static final int ISA_IRQS = 16;
    private static final long KIB = 1 << 10;
    private static final long UNIT = 64 * KIB;
    private static final long MIB = 1 << 20;

    private final ChipsetConfig config;
    private final IoApic ioApic;
    private final PciPins pciPins;
    private final PicPair pic;
    private final Pit8254 pit;
    private final RealTimeClock rtc;
    private final AcpiPm acpi;
    private final Uart16550 uart;
    private final Uart16550 uart2;
    /** Who listens at the second serial port's other end. */
    private SerialOutput secondSerial = value -> { };
    private final ResetControl resetControl;
    private final Keyboard8042 keyboard;
    private final PciHost pci;
    private final CoprocessorError coprocessor;
    /** Null without test devices. */
    private final TestDevices testDevices;
    private final List<Saveable> parts = new ArrayList<>();

    /**
     * Builds the devices in their state after firmware, and claims their ports and addresses.
     *
     * @param messages where the I/O APIC sends interrupts; the owner feeds EOI broadcasts to {@link #ioApic}
     * @param intr the 8259's output: LINT0 of the processors, whose acknowledge cycle is {@link #interruptAcknowledge}
     */
    public Chipset(ChipsetConfig config, IoBus bus, Clock clock, PowerControl power, InterruptMessageSink messages, InterruptLine intr,
            SerialOutput serial) {
        this.config = config;
        ioApic = new IoApic(messages);
        ioApic.beFaulty(clock);
        pciPins = new PciPins(ioApic);
        var external = ioApic.pin(EXTERNAL_PIN);
        pic = new PicPair(high -> {
            intr.set(high);
            external.set(high);
        });
        // Masked before the first line rises: nothing is requested while the machine is put together.
        initialisePics();
        pit = new Pit8254(clock, line(0));
        acpi = new AcpiPm(clock, line(AcpiPm.SCI), power);
        InterruptLine clockLine = line(RTC_IRQ);
        rtc = new RealTimeClock(clock, high -> {
            clockLine.set(high);
            if (high) {
                acpi.clockAlarm();
            }
        });
        uart = new Uart16550(COM1, line(COM1_IRQ), serial);
        uart2 = new Uart16550(COM2, line(COM2_IRQ), value -> secondSerial.transmit(value));
        resetControl = new ResetControl(power);
        keyboard = new Keyboard8042(power);
        pci = new PciHost(resetControl);
        coprocessor = new CoprocessorError(line(CoprocessorError.IRQ));
        parts.addAll(List.of(ioApic, pic, pit, rtc, acpi, uart, uart2, resetControl, keyboard, pci, pciPins, coprocessor));
        claim(bus);
        testDevices = config.testDevices() ? new TestDevices(bus, power, this::line, config.processors()) : null;
        if (testDevices != null) {
            parts.add(testDevices);
        }
        firmware();
    }

    private void claim(IoBus bus) {
        bus.claimMmio(IoApic.DEFAULT_BASE, 0x1000, ioApic);
        bus.claimPorts(PicPair.MASTER, 2, pic);
        bus.claimPorts(PicPair.SLAVE, 2, pic);
        bus.claimPorts(PicPair.ELCR, 2, pic);
        bus.claimPorts(Pit8254.BASE, 4, pit);
        bus.claimPorts(Pit8254.CONTROL_B, 1, pit);
        bus.claimPorts(RealTimeClock.INDEX, 2, rtc);
        bus.claimPorts(AcpiPm.PM1_EVENT, 16, acpi);
        bus.claimPorts(AcpiPm.RESET, 1, acpi);
        bus.claimPorts(COM1, 8, uart);
        bus.claimPorts(COM2, 8, uart2);
        bus.claimPorts(ResetControl.CONTROL_A, 1, resetControl);
        bus.claimPorts(Keyboard8042.DATA, 1, keyboard);
        bus.claimPorts(Keyboard8042.COMMAND, 1, keyboard);
        bus.claimPorts(PciHost.ADDRESS, 8, pci);
        bus.claimPorts(CoprocessorError.PORT, 1, coprocessor);
        bus.claimMmio(PciHost.ECAM, PciHost.ECAM_LENGTH, new PciEcam(pci));
        new IsaStubs().claim(bus);
    }

    /** What firmware writes before an operating system starts. */
    private void firmware() {
        // The system control interrupt is a level.
        pic.writeByte(PicPair.ELCR + (AcpiPm.SCI >> 3), 1 << (AcpiPm.SCI & 7));
        long extended = Math.min(Math.max(config.lowMemory() - MIB, 0) / KIB, 0xFFFF);
        long above16 = Math.min(Math.max(config.lowMemory() - 16 * MIB, 0) / UNIT, 0xFFFF);
        long high = config.highMemory() / UNIT;
        word(0x15, config.baseMemory());
        word(0x17, extended);
        word(0x30, extended);
        word(0x34, above16);
        word(0x5B, high);
        rtc.setMemory(0x5D, (int) (high >> 16) & 0xFF);
    }

    /** Real mode's vectors, all levels masked: who wants the timer's interrupt unmasks it. */
    private void initialisePics() {
        initialisePic(PicPair.MASTER, 0x08, 0x04);
        initialisePic(PicPair.SLAVE, 0x70, 0x02);
    }

    private void initialisePic(int port, int vectorBase, int cascade) {
        pic.writeByte(port, 0x11);
        pic.writeByte(port + 1, vectorBase);
        pic.writeByte(port + 1, cascade);
        pic.writeByte(port + 1, 0x01);
        pic.writeByte(port + 1, 0xFF);
    }

    private void word(int address, long value) {
        rtc.setMemory(address, (int) value & 0xFF);
        rtc.setMemory(address + 1, (int) (value >> 8) & 0xFF);
    }

    /**
     * An interrupt line by its global number: 0 … 15 are the ISA interrupts (2 is free), 16 … 23 the I/O APIC's other pins.
     * Devices that share a number need a gate of their own: the last level set counts.
     */
    public InterruptLine line(int number) {
        var pin = ioApic.pin(number == 0 ? TIMER_PIN : number);
        if (number >= ISA_IRQS || number == TIMER_PIN) {
            return pin;
        }
        var isa = pic.line(number);
        return high -> {
            isa.set(high);
            pin.set(high);
        };
    }

    /** The interrupt pin of one more function of PCI, by the global number that it leads to; functions share those. */
    public InterruptLine pciLine(int number) {
        return pciPins.line(number);
    }

    /** Hardware reset of all devices, and what firmware does after it. */
    public void reset() {
        if (testDevices != null) {
            // the lines that they hold fall before there is somebody to hear it
            testDevices.reset();
        }
        ioApic.reset();
        pic.reset();
        initialisePics();
        pit.reset();
        rtc.reset();
        acpi.reset();
        uart.powerOn();
        uart2.forgetInput();
        uart2.powerOn();
        resetControl.reset();
        keyboard.reset();
        pci.reset();
        coprocessor.reset();
        firmware();
    }

    /** The 8259 pair's acknowledge cycle. */
    public InterruptAcknowledge interruptAcknowledge() {
        return pic;
    }

    /** The battery-backed clock. */
    public RealTimeClock rtc() {
        return rtc;
    }

    /** The I/O APIC, which wants to hear EOI broadcasts. */
    public IoApic ioApic() {
        return ioApic;
    }

    /** The serial port. */
    public Uart16550 uart() {
        return uart;
    }

    /** Sets where the second serial port sends to; to nobody until then. */
    public void secondSerial(SerialOutput listener) {
        secondSerial = listener;
    }

    /** The second serial port: what the host sends to a guest's programs comes in here. */
    public Uart16550 secondUart() {
        return uart2;
    }

    /** PCI bus 0, for more functions. */
    public PciHost pci() {
        return pci;
    }

    /** Where processors report x87 errors while CR0.NE is clear. */
    public CoprocessorError coprocessorError() {
        return coprocessor;
    }

    /** The ACPI registers. */
    public AcpiPm acpi() {
        return acpi;
    }

    @Override
    public void save(StateWriter out) {
        out.begin("chipset", 3);
        for (var part : parts) {
            part.save(out);
        }
        out.end();
    }

    @Override
    public void restore(StateReader in) {
        in.begin("chipset", 3);
        for (var part : parts) {
            part.restore(in);
        }
        in.end();
    }
}
