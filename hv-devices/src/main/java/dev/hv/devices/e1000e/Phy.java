package dev.hv.devices.e1000e;

import dev.hv.core.machine.Clock;
import dev.hv.cpu.snapshot.Saveable;
import dev.hv.cpu.snapshot.StateReader;
import dev.hv.cpu.snapshot.StateWriter;

/** The transceiver behind MDIC (datasheet, chapter 9; IEEE 802.3, clause 22): page 0 of its registers, gigabit alone, and auto-negotiation that takes its time. Other pages read as zero. */
final class Phy implements Saveable {

    private static final int REGISTERS = 32;
    private static final int CONTROL = 0;
    private static final int STATUS = 1;
    private static final int ADVERTISEMENT = 4;
    private static final int PARTNER = 5;
    private static final int GIGABIT_CONTROL = 9;
    private static final int GIGABIT_STATUS = 10;
    private static final int SPECIFIC_STATUS = 17;
    private static final int ERRORS = 21;
    private static final int PAGE = 22;
    /** Registers from here on are those of a page, except where the page is chosen and those of the vendor. */
    private static final int FIRST_PAGED = 16;
    private static final int RESET = 1 << 15;
    private static final int LOOPBACK = 1 << 14;
    private static final int NEGOTIATE = 1 << 12;
    private static final int POWER_DOWN = 1 << 11;
    private static final int RESTART = 1 << 9;
    private static final int FULL_DUPLEX_GIGABIT = 1 << 8 | 1 << 6;
    /** 10 and 100 Mb/s in both ways, extended status, able to negotiate, extended registers. */
    private static final int ABILITIES = 0x7949;
    private static final int NEGOTIATED = 1 << 5;
    private static final int LINK = 1 << 2;
    private static final int PARTNER_ABILITIES = 0xCDE1;
    private static final int PARTNER_GIGABIT = 0x3C00;
    /** Resolved: 1000 Mb/s, full duplex, link. */
    private static final int RESOLVED = 2 << 14 | 1 << 13 | 1 << 11 | 1 << 10;
    /** How long negotiation takes, in ns of the machine. */
    static final long NEGOTIATION = 10_000_000;

    private static final int MDI_READ = 1 << 27;
    private static final int MDI_WRITE = 1 << 26;
    private static final int MDI_READY = 1 << 28;
    private static final int MDI_INTERRUPT = 1 << 29;
    private static final int MDI_ERROR = 1 << 30;

    private final Clock clock;
    private final Clock.Timer negotiation;
    private final Runnable changed;
    private final int[] registers = new int[REGISTERS];
    private boolean cable = true;
    private int access;

    /** @param changed told when the link may have changed */
    Phy(Clock clock, String name, Runnable changed) {
        this.clock = clock;
        this.changed = changed;
        negotiation = clock.timer("negotiation of " + name, changed);
        powerOn();
    }

    void powerOn() {
        negotiation.cancel();
        access = 0;
        java.util.Arrays.fill(registers, 0);
        initialize();
    }

    private void initialize() {
        registers[CONTROL] = NEGOTIATE | FULL_DUPLEX_GIGABIT;
        registers[2] = 0x0141;
        registers[3] = 0x0CB1;
        registers[ADVERTISEMENT] = 0x0DE1;
        registers[GIGABIT_CONTROL] = 0x0E00;
        registers[15] = 0x3000;
        registers[16] = 0x0068;
        registers[20] = 0x0D60;
    }

    /** Hardware reset by the controller: registers are as after power-on, and it negotiates. */
    void reset() {
        initialize();
        negotiate();
    }

    private void negotiate() {
        negotiation.arm(clock.nanos() + NEGOTIATION);
        changed.run();
    }

    /** Plugs the cable in or out. */
    void cable(boolean in) {
        if (cable != in) {
            cable = in;
            negotiation.cancel();
            if (in) {
                negotiate();
            } else {
                changed.run();
            }
        }
    }

    /** Whether it is connected to its partner. */
    boolean link() {
        return loopback() || cable && (registers[CONTROL] & POWER_DOWN) == 0 && !negotiation.armed();
    }

    boolean loopback() {
        return (registers[CONTROL] & LOOPBACK) != 0;
    }

    int access() {
        return access;
    }

    /** A write of MDIC: done at once. */
    void access(int value) {
        int register = value >>> 16 & REGISTERS - 1;
        access = value & ~(MDI_READY | MDI_ERROR) | MDI_READY;
        if ((value >>> 21 & 0x1F) != 1) {
            access |= MDI_ERROR;
        } else if ((value & MDI_READ) != 0) {
            access = access & ~0xFFFF | read(register);
        } else if ((value & MDI_WRITE) != 0) {
            write(register, value & 0xFFFF);
        }
        access &= ~MDI_INTERRUPT;
    }

    private boolean elsewhere(int register) {
        return registers[PAGE] != 0 && register >= FIRST_PAGED && register != PAGE && register < 29;
    }

    private int read(int register) {
        if (elsewhere(register)) {
            return 0;
        }
        boolean link = link();
        return switch (register) {
            case STATUS -> ABILITIES | (link ? LINK | NEGOTIATED : 0);
            case PARTNER -> link ? PARTNER_ABILITIES : 0;
            case GIGABIT_STATUS -> link ? PARTNER_GIGABIT : 0;
            case SPECIFIC_STATUS -> link ? RESOLVED : 0;
            case ERRORS -> 0;
            default -> registers[register];
        };
    }

    private void write(int register, int value) {
        if (elsewhere(register)) {
            return;
        }
        switch (register) {
            case CONTROL -> control(value);
            case STATUS, 2, 3, PARTNER, GIGABIT_STATUS, 15, SPECIFIC_STATUS, ERRORS -> { }
            default -> registers[register] = value;
        }
    }

    private void control(int value) {
        registers[CONTROL] = value & ~(RESET | RESTART);
        if ((value & (RESET | RESTART)) != 0 && (value & NEGOTIATE) != 0) {
            negotiate();
        } else {
            changed.run();
        }
    }

    @Override
    public void save(StateWriter out) {
        for (int i = 0; i < REGISTERS; i++) {
            out.item("phy-register", i);
            out.put("value", registers[i]);
        }
        out.endItems();
        out.put("cable", cable);
        out.put("mdi-access", access);
        out.name("negotiation");
        negotiation.save(out);
    }

    @Override
    public void restore(StateReader in) {
        for (int i = 0; i < REGISTERS; i++) {
            registers[i] = (int) in.take();
        }
        cable = in.takeBoolean();
        access = (int) in.take();
        negotiation.restore(in);
    }
}
