package dev.hv.cpu.translate;

import static dev.hv.cpu.translate.Assembler.S0;
import static dev.hv.cpu.translate.Assembler.S1;

import dev.hv.cpu.state.StateLayout;

/**
 * Where the guest's arithmetic flags are while a block is translated: in the host's flags, in the state, in both, or nowhere but in a
 * {@link Recipe}. Instructions on flags stay as they are; what the translator itself does in between (address checks) destroys the host's
 * flags, so before that they are saved, unless nobody will ask for them.
 */
final class FlagKeeper {

    /** Places. */
    enum Place {
        MEMORY,
        HOST,
        BOTH,
        RECIPE
    }

    private final GuestRegisters registers;
    private Assembler a;
    private Place place = Place.MEMORY;
    private Recipe recipe;
    /** The host's AF is not the guest's, which is clear: processors differ in what logic and shifts leave there. */
    private boolean clearAdjust;

    FlagKeeper(GuestRegisters registers) {
        this.registers = registers;
    }

    /** The flags at the start of a block, whose code goes to {@code hot}. */
    void begin(Assembler hot) {
        a = hot;
        place = Place.MEMORY;
        recipe = null;
        clearAdjust = false;
    }

    Place place() {
        return place;
    }

    Recipe recipe() {
        return recipe;
    }

    boolean clearAdjust() {
        return clearAdjust;
    }

    /** Goes on elsewhere, as it was at an earlier point. */
    void resume(Assembler to, Place place, Recipe recipe, boolean clearAdjust) {
        a = to;
        this.place = place;
        this.recipe = recipe;
        this.clearAdjust = clearAdjust;
    }

    /** Nobody asks for them any more. */
    void drop() {
        place = Place.MEMORY;
        recipe = null;
    }

    /** The host's flags are about to be destroyed. */
    void clobber() {
        if (place == Place.HOST) {
            if (recipe != null) {
                place = Place.RECIPE;
            } else {
                save();
                place = Place.MEMORY;
            }
        } else if (place == Place.BOTH) {
            place = Place.MEMORY;
        }
    }

    /** As {@link #clobber}, and making them again will take no scratch register. */
    void clobberForUse() {
        if (recipe != null && recipe.scratch()) {
            toMemory();
        } else {
            clobber();
        }
    }

    /** They must be in memory, for somebody who looks there; the host's are lost. */
    void toMemory() {
        save();
        place = Place.MEMORY;
        recipe = null;
    }

    /** They must be in memory too. */
    void save() {
        if (place == Place.RECIPE) {
            make();
        }
        if (place == Place.HOST) {
            a.move(64, S1, Assembler.RAX);
            a.u8(0x9F); // LAHF
            a.set(Assembler.OVERFLOW, Assembler.RAX);
            if (clearAdjust) {
                a.bytes(0x80, 0xE4, 0xEF);
            }
            a.store(16, StateLayout.FLAGS, Assembler.RAX);
            a.move(64, Assembler.RAX, S1);
            place = clearAdjust ? Place.MEMORY : Place.BOTH;
        }
    }

    /** They must be in the host's flags. */
    void need() {
        if (place == Place.RECIPE) {
            make();
        } else if (place == Place.MEMORY) {
            restore(a);
            place = Place.BOTH;
        }
    }

    /** CF alone must be in the host's flags. */
    void needCarry() {
        if (place == Place.MEMORY) {
            // BT: CF lies in bit 0 of AH
            a.state(32, 0, 1, 0xBA, 4, StateLayout.FLAGS);
            a.u8(8);
        } else {
            need();
        }
    }

    /** Loads the host's flags from memory. */
    static void restore(Assembler a) {
        a.move(64, S1, Assembler.RAX);
        a.state(32, 0, 1, 0xB7, Assembler.RAX, StateLayout.FLAGS);
        // OF is 0 or 1 in AL: adding 7F overflows from 1
        a.bytes(0x04, 0x7F, 0x9E);
        a.move(64, Assembler.RAX, S1);
    }

    /** An instruction has just set the host's flags: all of them, or AF and others. */
    void set(Recipe how) {
        set(how, false);
    }

    /** An instruction has just set the host's flags but for AF, which is clear for the guest. */
    void setButAdjust(Recipe how) {
        set(how, true);
    }

    /** An instruction has just set some of the host's flags, and not AF. */
    void setSome() {
        set(null, clearAdjust && place == Place.HOST);
    }

    private void set(Recipe how, boolean adjust) {
        place = Place.HOST;
        recipe = how;
        clearAdjust = adjust;
    }

    /** Registers are about to be written, after which the flags are still asked for. */
    void writes(int guests) {
        if (recipe != null && (recipe.guests() & guests) != 0) {
            if (place == Place.RECIPE) {
                save();
            }
            recipe = null;
        }
    }

    private void make() {
        Recipe r = recipe;
        int size = r.size();
        switch (r.kind()) {
            case COMPARE -> operate(0x39, Assembler.CMP);
            case TEST -> test();
            case ADD -> {
                registers.load(a, S0, r.a());
                operate(S0, 0x2B, Assembler.SUB);
                operate(S0, 0x03, Assembler.ADD);
            }
            case SUBTRACT -> {
                registers.load(a, S0, r.a());
                operate(S0, 0x03, Assembler.ADD);
                operate(S0, 0x2B, Assembler.SUB);
            }
            default -> {
                registers.load(a, S0, r.a());
                a.rr(size, 0xF7, 3, S0);
                a.rr(size, 0xF7, 3, S0);
            }
        }
        place = Place.HOST;
    }

    /** CMP of both operands, either of which may lie in the state. */
    private void operate(int opcode, int extension) {
        Recipe r = recipe;
        int first = registers.host(r.a());
        if (r.b() == Recipe.IMMEDIATE) {
            immediate(extension, r.a());
            return;
        }
        int second = registers.host(r.b());
        int narrow = r.size() == 8 ? 1 : 0;
        if (second < 0 && first < 0) {
            // MOV leaves flags alone, and these are to be made anyway
            registers.load(a, S1, r.b());
            second = S1;
        }
        if (first >= 0 && second >= 0) {
            a.registers(r.size(), 0, 0, opcode - narrow, second, first, narrow != 0);
        } else if (first >= 0) {
            a.state(r.size(), opcode + 2 - narrow, first, Assembler.field(r.b()));
        } else {
            a.state(r.size(), opcode - narrow, second, Assembler.field(r.a()));
        }
    }

    private void immediate(int extension, int guest) {
        Recipe r = recipe;
        int h = registers.host(guest);
        boolean small = r.size() != 8 && (byte) r.immediate() == r.immediate();
        int opcode = r.size() == 8 ? 0x80 : small ? 0x83 : 0x81;
        if (h >= 0) {
            a.registers(r.size(), 0, 0, opcode, extension, h, r.size() == 8);
        } else {
            a.state(r.size(), opcode, extension, Assembler.field(guest));
        }
        a.immediate(r.size() == 8 || small ? 1 : Math.min(4, r.size() / 8), r.immediate());
    }

    private void test() {
        Recipe r = recipe;
        int first = registers.host(r.a());
        int narrow = r.size() == 8 ? 1 : 0;
        if (r.b() == Recipe.IMMEDIATE) {
            int opcode = 0xF7 - narrow;
            if (first >= 0) {
                a.registers(r.size(), 0, 0, opcode, 0, first, narrow != 0);
            } else {
                a.state(r.size(), opcode, 0, Assembler.field(r.a()));
            }
            a.immediate(Math.min(4, r.size() / 8), r.immediate());
            return;
        }
        int second = registers.host(r.b());
        if (second < 0) {
            registers.load(a, S1, r.b());
            second = S1;
        }
        if (first >= 0) {
            a.registers(r.size(), 0, 0, 0x85 - narrow, second, first, narrow != 0);
        } else {
            a.state(r.size(), 0x85 - narrow, second, Assembler.field(r.a()));
        }
    }

    /** ADD or SUB of the second operand to a scratch register. */
    private void operate(int scratch, int opcode, int extension) {
        Recipe r = recipe;
        if (r.b() == Recipe.IMMEDIATE) {
            a.alu(r.size(), extension, scratch, r.immediate());
            return;
        }
        int second = registers.host(r.b());
        if (second >= 0) {
            a.rr(r.size(), opcode, scratch, second);
        } else {
            a.state(r.size(), opcode, scratch, Assembler.field(r.b()));
        }
    }
}
