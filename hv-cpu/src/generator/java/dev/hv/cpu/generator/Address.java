package dev.hv.cpu.generator;

/** The address of a form's memory operand: its fields, and the line that makes {@code ea} of them. */
final class Address {

    private final ClassText text;
    private final Shape shape;
    private boolean formed;

    Address(ClassText text, Shape shape) {
        this.text = text;
        this.shape = shape;
    }

    /** Declares what the address is made of, when the operand is memory. */
    void declare() {
        if (shape.general()) {
            text.instruction();
        } else if (shape.memory()) {
            text.field("int", "base", "d.base");
            text.field("int", "index", "d.index");
            text.field("int", "scale", "d.scale");
            text.field("long", "disp", "d.disp");
            text.field("int", "seg", "d.seg");
            if (shape == Shape.FLAT) {
                text.field("long", "mask", "d.addrSize == 64 ? -1 : 0xFFFFFFFFL");
            }
        }
    }

    /** Expression of the offset in the segment. */
    String offset() {
        return switch (shape) {
            case PLAIN -> "c.gpr(base) + (c.gpr(index) << scale) + disp";
            case FLAT -> "c.gpr(base) + (c.gpr(index) << scale) + disp & mask";
            default -> "Ea.offset(c, d)";
        };
    }

    /** Makes {@code ea}, the linear address, once. */
    void form(int bits, boolean write) {
        if (formed) {
            return;
        }
        formed = true;
        text.line("long ea = " + switch (shape) {
            case PLAIN -> offset();
            case FLAT -> "c.segBase(seg) + (" + offset() + ")";
            default -> general(bits, write);
        } + ";");
    }

    /** Expression of a linear address that the instruction says all about. */
    static String general(int bits, boolean write) {
        return "Ea.of(c, d, " + Math.max(1, bits / 8) + ", " + write + ")";
    }
}
