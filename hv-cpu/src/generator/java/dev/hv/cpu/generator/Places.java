package dev.hv.cpu.generator;

import java.util.ArrayList;
import java.util.List;

/** The places of a form's operands, in the order of its row. */
final class Places {

    private final List<Place> all = new ArrayList<>();
    private final ClassText text;
    private final Address address;
    private final Row row;
    private final int size;
    private final Shape shape;

    Places(ClassText text, Address address, Row row, int size, Shape shape) {
        this.text = text;
        this.address = address;
        this.row = row;
        this.size = size;
        this.shape = shape;
        for (Operand o : row.operands) {
            all.add(place(o, all.size()));
        }
    }

    Place get(int index) {
        return all.get(index);
    }

    /** What reads the operands from {@code from} on. */
    List<String> readFrom(int from) {
        return all.stream().skip(from).map(p -> p.read(false).arguments()).toList();
    }

    /** Whether one of them is an MMX register. */
    boolean mmx() {
        return all.stream().anyMatch(Place::mmx);
    }

    private Place place(Operand o, int index) {
        int bits = o.bits(size);
        return switch (o.kind()) {
            case '1' -> new Place.Constant(text, "1L");
            case 'C' -> new Place.Constant(text, "c.gpr(Cpu.RCX) & 0xFF");
            case 'A' -> Place.General.accumulator(text, bits);
            case 'I' -> row.operands.stream().anyMatch(Operand::simd) ? new Place.Immediate(text, index, "int", "(int) d.imm")
                    : new Place.Immediate(text, index, "long", immediate(o));
            case 'O' -> new Place.Direct(text, bits, index == 0);
            case 'M', 'E', 'W', 'Q' -> registerOrMemory(o, index, bits);
            default -> register(o, index, bits);
        };
    }

    private Place registerOrMemory(Operand o, int index, int bits) {
        if (shape == Shape.EITHER) {
            return new Place.Either(text, register(o, index, bits), index, bits, row.alignment());
        }
        if (!shape.memory()) {
            return register(o, index, bits);
        }
        return o.sized() ? new Place.Memory(text, address, index, bits, row.alignment()) : new Place.Pointer(text, address);
    }

    private Place register(Operand o, int index, int bits) {
        return o.simd() ? new Place.Simd(text, index, o.registerNumber(), o.mmx(), bits) : Place.General.named(text, index, o.registerNumber(), bits);
    }

    private String immediate(Operand o) {
        Operand first = row.operands.getFirst();
        int bits = first.integer() ? first.bits(size) : 64;
        return o.operandSized() ? Value.mask("d.imm", bits) : "d.imm";
    }
}
