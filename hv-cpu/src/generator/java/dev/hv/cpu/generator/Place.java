package dev.hv.cpu.generator;

import java.util.Arrays;

/** Where an operand of a form is: gives what reads it, and the lines that write it. */
abstract class Place {

    final ClassText text;

    Place(ClassText text) {
        this.text = text;
    }

    /** Declares the fields that it needs, once. */
    void declare() {}

    /**
     * What reads it; lines that must come before are written.
     *
     * @param modify whether it is written afterwards
     */
    abstract Value read(boolean modify);

    /** Writes an expression into it. */
    void write(String value) {
        throw new IllegalStateException(getClass().getSimpleName() + " cannot be written");
    }

    /** Whether it is an MMX register, of which even reading enters MMX state. */
    boolean mmx() {
        return false;
    }

    /** Names of the parts of a source in memory. */
    static Value parts(int index, int bits) {
        String[] names = {"m" + index, "n" + index, "o" + index, "p" + index};
        return Value.of(Arrays.copyOf(names, Math.max(1, bits / 64)));
    }

    private static String offset(int part) {
        return part == 0 ? "" : " + " + 8 * part;
    }

    private static String checkAligned(String method, int bits) {
        return (bits == 256 ? "Ymm." : "Xmm.") + method + "(c, ea);";
    }

    /** A number of the instruction, or one that the opcode implies. */
    static final class Constant extends Place {
        private final Value value;

        Constant(ClassText text, String value) {
            super(text);
            this.value = Value.of(value);
        }

        @Override
        Value read(boolean modify) {
            return value;
        }
    }

    /** An immediate, kept in a field. */
    static final class Immediate extends Place {
        private final String type;
        private final String name;
        private final String value;

        Immediate(ClassText text, int index, String type, String value) {
            super(text);
            this.type = type;
            name = "i" + index;
            this.value = value;
        }

        @Override
        Value read(boolean modify) {
            text.field(type, name, value);
            return Value.of(name);
        }
    }

    /** A general register: the accumulator, or one that the instruction names. */
    static final class General extends Place {
        private final String number;
        private final String register;
        private final String shift;
        private final int bits;

        private General(ClassText text, String number, String register, String shift, int bits) {
            super(text);
            this.number = number;
            this.register = register;
            this.shift = shift;
            this.bits = bits;
        }

        static General accumulator(ClassText text, int bits) {
            return new General(text, null, "Cpu.RAX", "0", bits);
        }

        /**
         * A register that the instruction names.
         *
         * @param number expression of its number
         */
        static General named(ClassText text, int index, String number, int bits) {
            return new General(text, number, "r" + index, "s" + index, bits);
        }

        @Override
        void declare() {
            if (number == null) {
                return;
            }
            if (bits == 8) {
                text.field("int", register, "d.byteRegister(" + number + ")");
                text.field("int", shift, "d.byteShift(" + number + ")");
            } else {
                text.field("int", register, number);
            }
        }

        @Override
        Value read(boolean modify) {
            declare();
            String slot = "c.gpr(" + register + ")";
            return Value.of(Value.mask(bits == 8 && number != null ? slot + " >>> " + shift : slot, bits));
        }

        @Override
        void write(String v) {
            declare();
            String slot = "c.gpr(" + register + ")";
            String value = switch (bits) {
                case 8 -> slot + " & ~(0xFFL << " + shift + ") | (" + v + " & 0xFF) << " + shift;
                case 16 -> slot + " & ~0xFFFFL | " + v + " & 0xFFFF";
                case 32 -> v + " & 0xFFFFFFFFL";
                default -> v;
            };
            text.line("c.gpr(" + register + ", " + value + ");");
        }
    }

    /** A vector register or an MMX register; what writes it depends on the action. */
    static final class Simd extends Place {
        private final String name;
        private final String number;
        private final boolean mmx;
        private final int bits;

        Simd(ClassText text, int index, String number, boolean mmx, int bits) {
            super(text);
            name = "x" + index;
            this.number = number;
            this.mmx = mmx;
            this.bits = bits;
        }

        @Override
        boolean mmx() {
            return mmx;
        }

        @Override
        void declare() {
            text.field("int", name, number);
        }

        @Override
        Value read(boolean modify) {
            declare();
            String low = mmx ? "c.fpSignificand[" + name + "]" : "c.xmm(2 * " + name + ")";
            return switch (bits) {
                case 256 -> Value.of(low, "c.xmm(2 * " + name + " + 1)", "c.ymmHigh(2 * " + name + ")", "c.ymmHigh(2 * " + name + " + 1)");
                case 128 -> Value.of(low, "c.xmm(2 * " + name + " + 1)");
                default -> Value.of(Value.mask(low, bits));
            };
        }
    }

    /** Memory at the form's address. */
    static final class Memory extends Place {
        private final Address address;
        private final int index;
        private final int bits;
        private final String aligned;

        /**
         * Memory of so many bits.
         *
         * @param aligned the check of a wide operand's alignment, null for none
         */
        Memory(ClassText text, Address address, int index, int bits, String aligned) {
            super(text);
            this.address = address;
            this.index = index;
            this.bits = bits;
            this.aligned = aligned;
        }

        @Override
        Value read(boolean modify) {
            address.form(bits, modify);
            String low = "m" + index;
            if (bits < 128) {
                text.line("long " + low + " = Mem." + (modify ? "modify" : "read") + bits + "(c, ea);");
                return Value.of(low);
            }
            align();
            Value value = parts(index, bits);
            for (int i = 0; i < value.parts().size(); i++) {
                String call = i == 0 && aligned == null ? "Mem.readHead(c, ea, " + bits / 8 : "Mem.read64(c, ea" + offset(i);
                text.line("long " + value.parts().get(i) + " = " + call + ");");
            }
            return value;
        }

        @Override
        void write(String value) {
            address.form(bits, true);
            text.line("Mem.write" + bits + "(c, ea, " + value + ");");
        }

        /** Writes its parts of 64 bits. */
        void write(Value value) {
            address.form(bits, true);
            align();
            text.line((bits == 256 ? "Ymm.write(c, ea, " : "Mem.write128(c, ea, ") + value.arguments() + ");");
        }

        private void align() {
            if (aligned != null) {
                text.line(checkAligned(aligned, bits));
            }
        }
    }

    /** The address itself, for semantics that access memory in their own way. */
    static final class Pointer extends Place {
        private final Address address;

        Pointer(ClassText text, Address address) {
            super(text);
            this.address = address;
        }

        @Override
        Value read(boolean modify) {
            address.form(8, false);
            return Value.of("ea");
        }
    }

    /** Memory at an offset that is in the instruction (MOV with moffs). */
    static final class Direct extends Place {
        private final int bits;
        private final boolean written;
        private boolean formed;

        /**
         * Memory of so many bits.
         *
         * @param written whether it is the destination
         */
        Direct(ClassText text, int bits, boolean written) {
            super(text);
            this.bits = bits;
            this.written = written;
        }

        private void form() {
            if (!formed) {
                formed = true;
                text.instruction();
                text.line("long ea = " + Address.general(bits, written) + ";");
            }
        }

        @Override
        Value read(boolean modify) {
            form();
            return Value.of("Mem.read" + bits + "(c, ea)");
        }

        @Override
        void write(String value) {
            form();
            text.line("Mem.write" + bits + "(c, ea, " + value + ");");
        }
    }

    /** A register or memory, found out when the form runs. */
    static final class Either extends Place {
        private final Place register;
        private final int index;
        private final int bits;
        private final String aligned;

        /**
         * One of the two.
         *
         * @param register where it is when it is a register
         * @param aligned the check of a wide memory operand's alignment, null for none
         */
        Either(ClassText text, Place register, int index, int bits, String aligned) {
            super(text);
            this.register = register;
            this.index = index;
            this.bits = bits;
            this.aligned = aligned;
        }

        @Override
        void declare() {
            register.declare();
        }

        @Override
        Value read(boolean modify) {
            Value r = register.read(modify);
            Value value = parts(index, r.wide() ? bits : 0);
            for (String part : value.parts()) {
                text.line("long " + part + ";");
            }
            text.line("if (d.isReg) {");
            for (int i = 0; i < value.parts().size(); i++) {
                text.line("    " + value.parts().get(i) + " = " + r.parts().get(i) + ";");
            }
            text.line("} else {");
            text.line("    long ea = " + Address.general(bits, false) + ";");
            if (value.wide() && aligned != null) {
                text.line("    " + checkAligned(aligned, bits));
            }
            for (int i = 0; i < value.parts().size(); i++) {
                boolean head = value.wide() && aligned == null && i == 0;
                text.line("    " + value.parts().get(i) + " = " + (head ? "Mem.readHead(c, ea, " + bits / 8 : "Mem.read" + (value.wide() ? 64 : bits) + "(c, ea" + offset(i)) + ");");
            }
            text.line("}");
            return value;
        }
    }
}
