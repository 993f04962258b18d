package dev.hv.cpu.instructions;

import dev.hv.cpu.state.Cpu;
import dev.hv.cpu.state.Flags;

/**
 * Addition, subtraction and logic (SDM vol. 2, the pages of the names). Operands are zero-extended; of the result the low
 * bits count. The carry vector of an addition is (a&b)|((a|b)&~r), of a subtraction (~a&b)|(~(a^b)&r): one bit per position.
 */
public final class Alu {

    private Alu() {}

    private static long carries(long a, long b, long r) {
        return a & b | (a | b) & ~r;
    }

    private static long borrows(long a, long b, long r) {
        return ~a & b | ~(a ^ b) & r;
    }

    /** ADD: OF SF ZF AF PF CF. */
    public static long add8(Cpu c, long a, long b) {
        long r = a + b;
        Flags.set8(c, r, carries(a, b, r));
        return r;
    }

    /** ADC: OF SF ZF AF PF CF. */
    public static long adc8(Cpu c, long a, long b) {
        long r = a + b + Flags.carry(c);
        Flags.set8(c, r, carries(a, b, r));
        return r;
    }

    /** SUB: OF SF ZF AF PF CF. */
    public static long sub8(Cpu c, long a, long b) {
        long r = a - b;
        Flags.set8(c, r, borrows(a, b, r));
        return r;
    }

    /** SBB: OF SF ZF AF PF CF. */
    public static long sbb8(Cpu c, long a, long b) {
        long r = a - b - Flags.carry(c);
        Flags.set8(c, r, borrows(a, b, r));
        return r;
    }

    /** CMP: flags of a - b. */
    public static void cmp8(Cpu c, long a, long b) {
        long r = a - b;
        Flags.set8(c, r, borrows(a, b, r));
    }

    /** AND: OF CF clear, SF ZF PF. */
    public static long and8(Cpu c, long a, long b) {
        long r = a & b;
        Flags.setLogic(c, (byte) r);
        return r;
    }

    /** OR: OF CF clear, SF ZF PF. */
    public static long or8(Cpu c, long a, long b) {
        long r = a | b;
        Flags.setLogic(c, (byte) r);
        return r;
    }

    /** XOR: OF CF clear, SF ZF PF. */
    public static long xor8(Cpu c, long a, long b) {
        long r = a ^ b;
        Flags.setLogic(c, (byte) r);
        return r;
    }

    /** TEST: flags of a &amp; b. */
    public static void test8(Cpu c, long a, long b) {
        Flags.setLogic(c, (byte) (a & b));
    }

    /** NOT: no flags. */
    public static long not8(Cpu c, long a) {
        return ~a;
    }

    /** NEG: flags of 0 - a. */
    public static long neg8(Cpu c, long a) {
        return sub8(c, 0, a);
    }

    /** INC: OF SF ZF AF PF; CF stays. */
    public static long inc8(Cpu c, long a) {
        boolean cf = Flags.cf(c);
        long r = add8(c, a, 1);
        Flags.setCf(c, cf);
        return r;
    }

    /** DEC: OF SF ZF AF PF; CF stays. */
    public static long dec8(Cpu c, long a) {
        boolean cf = Flags.cf(c);
        long r = sub8(c, a, 1);
        Flags.setCf(c, cf);
        return r;
    }

    /** ADD: OF SF ZF AF PF CF. */
    public static long add16(Cpu c, long a, long b) {
        long r = a + b;
        Flags.set16(c, r, carries(a, b, r));
        return r;
    }

    /** ADC: OF SF ZF AF PF CF. */
    public static long adc16(Cpu c, long a, long b) {
        long r = a + b + Flags.carry(c);
        Flags.set16(c, r, carries(a, b, r));
        return r;
    }

    /** SUB: OF SF ZF AF PF CF. */
    public static long sub16(Cpu c, long a, long b) {
        long r = a - b;
        Flags.set16(c, r, borrows(a, b, r));
        return r;
    }

    /** SBB: OF SF ZF AF PF CF. */
    public static long sbb16(Cpu c, long a, long b) {
        long r = a - b - Flags.carry(c);
        Flags.set16(c, r, borrows(a, b, r));
        return r;
    }

    /** CMP: flags of a - b. */
    public static void cmp16(Cpu c, long a, long b) {
        long r = a - b;
        Flags.set16(c, r, borrows(a, b, r));
    }

    /** AND: OF CF clear, SF ZF PF. */
    public static long and16(Cpu c, long a, long b) {
        long r = a & b;
        Flags.setLogic(c, (short) r);
        return r;
    }

    /** OR: OF CF clear, SF ZF PF. */
    public static long or16(Cpu c, long a, long b) {
        long r = a | b;
        Flags.setLogic(c, (short) r);
        return r;
    }

    /** XOR: OF CF clear, SF ZF PF. */
    public static long xor16(Cpu c, long a, long b) {
        long r = a ^ b;
        Flags.setLogic(c, (short) r);
        return r;
    }

    /** TEST: flags of a &amp; b. */
    public static void test16(Cpu c, long a, long b) {
        Flags.setLogic(c, (short) (a & b));
    }

    /** NOT: no flags. */
    public static long not16(Cpu c, long a) {
        return ~a;
    }

    /** NEG: flags of 0 - a. */
    public static long neg16(Cpu c, long a) {
        return sub16(c, 0, a);
    }

    /** INC: OF SF ZF AF PF; CF stays. */
    public static long inc16(Cpu c, long a) {
        boolean cf = Flags.cf(c);
        long r = add16(c, a, 1);
        Flags.setCf(c, cf);
        return r;
    }

    /** DEC: OF SF ZF AF PF; CF stays. */
    public static long dec16(Cpu c, long a) {
        boolean cf = Flags.cf(c);
        long r = sub16(c, a, 1);
        Flags.setCf(c, cf);
        return r;
    }

    /** ADD: OF SF ZF AF PF CF. */
    public static long add32(Cpu c, long a, long b) {
        long r = a + b;
        Flags.set32(c, r, carries(a, b, r));
        return r;
    }

    /** ADC: OF SF ZF AF PF CF. */
    public static long adc32(Cpu c, long a, long b) {
        long r = a + b + Flags.carry(c);
        Flags.set32(c, r, carries(a, b, r));
        return r;
    }

    /** SUB: OF SF ZF AF PF CF. */
    public static long sub32(Cpu c, long a, long b) {
        long r = a - b;
        Flags.set32(c, r, borrows(a, b, r));
        return r;
    }

    /** SBB: OF SF ZF AF PF CF. */
    public static long sbb32(Cpu c, long a, long b) {
        long r = a - b - Flags.carry(c);
        Flags.set32(c, r, borrows(a, b, r));
        return r;
    }

    /** CMP: flags of a - b. */
    public static void cmp32(Cpu c, long a, long b) {
        long r = a - b;
        Flags.set32(c, r, borrows(a, b, r));
    }

    /** AND: OF CF clear, SF ZF PF. */
    public static long and32(Cpu c, long a, long b) {
        long r = a & b;
        Flags.setLogic(c, (int) r);
        return r;
    }

    /** OR: OF CF clear, SF ZF PF. */
    public static long or32(Cpu c, long a, long b) {
        long r = a | b;
        Flags.setLogic(c, (int) r);
        return r;
    }

    /** XOR: OF CF clear, SF ZF PF. */
    public static long xor32(Cpu c, long a, long b) {
        long r = a ^ b;
        Flags.setLogic(c, (int) r);
        return r;
    }

    /** TEST: flags of a &amp; b. */
    public static void test32(Cpu c, long a, long b) {
        Flags.setLogic(c, (int) (a & b));
    }

    /** NOT: no flags. */
    public static long not32(Cpu c, long a) {
        return ~a;
    }

    /** NEG: flags of 0 - a. */
    public static long neg32(Cpu c, long a) {
        return sub32(c, 0, a);
    }

    /** INC: OF SF ZF AF PF; CF stays. */
    public static long inc32(Cpu c, long a) {
        boolean cf = Flags.cf(c);
        long r = add32(c, a, 1);
        Flags.setCf(c, cf);
        return r;
    }

    /** DEC: OF SF ZF AF PF; CF stays. */
    public static long dec32(Cpu c, long a) {
        boolean cf = Flags.cf(c);
        long r = sub32(c, a, 1);
        Flags.setCf(c, cf);
        return r;
    }

    /** ADD: OF SF ZF AF PF CF. */
    public static long add64(Cpu c, long a, long b) {
        long r = a + b;
        Flags.set64(c, r, carries(a, b, r));
        return r;
    }

    /** ADC: OF SF ZF AF PF CF. */
    public static long adc64(Cpu c, long a, long b) {
        long r = a + b + Flags.carry(c);
        Flags.set64(c, r, carries(a, b, r));
        return r;
    }

    /** SUB: OF SF ZF AF PF CF. */
    public static long sub64(Cpu c, long a, long b) {
        long r = a - b;
        Flags.set64(c, r, borrows(a, b, r));
        return r;
    }

    /** SBB: OF SF ZF AF PF CF. */
    public static long sbb64(Cpu c, long a, long b) {
        long r = a - b - Flags.carry(c);
        Flags.set64(c, r, borrows(a, b, r));
        return r;
    }

    /** CMP: flags of a - b. */
    public static void cmp64(Cpu c, long a, long b) {
        long r = a - b;
        Flags.set64(c, r, borrows(a, b, r));
    }

    /** AND: OF CF clear, SF ZF PF. */
    public static long and64(Cpu c, long a, long b) {
        long r = a & b;
        Flags.setLogic(c, r);
        return r;
    }

    /** OR: OF CF clear, SF ZF PF. */
    public static long or64(Cpu c, long a, long b) {
        long r = a | b;
        Flags.setLogic(c, r);
        return r;
    }

    /** XOR: OF CF clear, SF ZF PF. */
    public static long xor64(Cpu c, long a, long b) {
        long r = a ^ b;
        Flags.setLogic(c, r);
        return r;
    }

    /** TEST: flags of a &amp; b. */
    public static void test64(Cpu c, long a, long b) {
        Flags.setLogic(c, (a & b));
    }

    /** NOT: no flags. */
    public static long not64(Cpu c, long a) {
        return ~a;
    }

    /** NEG: flags of 0 - a. */
    public static long neg64(Cpu c, long a) {
        return sub64(c, 0, a);
    }

    /** INC: OF SF ZF AF PF; CF stays. */
    public static long inc64(Cpu c, long a) {
        boolean cf = Flags.cf(c);
        long r = add64(c, a, 1);
        Flags.setCf(c, cf);
        return r;
    }

    /** DEC: OF SF ZF AF PF; CF stays. */
    public static long dec64(Cpu c, long a) {
        boolean cf = Flags.cf(c);
        long r = sub64(c, a, 1);
        Flags.setCf(c, cf);
        return r;
    }

    /** ADCX on doublewords: the sum with CF; only CF changes. */
    public static long adcx32(Cpu c, long a, long b) {
        long r = a + b + Flags.carry(c);
        Flags.setCf(c, r >>> 32 != 0);
        return r;
    }

    /** ADCX on quadwords. */
    public static long adcx64(Cpu c, long a, long b) {
        long r = a + b + Flags.carry(c);
        Flags.setCf(c, carries(a, b, r) < 0);
        return r;
    }

    /** ADOX on doublewords: the sum with OF; only OF changes. */
    public static long adox32(Cpu c, long a, long b) {
        long r = a + b + (Flags.of(c) ? 1 : 0);
        Flags.setOf(c, r >>> 32 != 0);
        return r;
    }

    /** ADOX on quadwords. */
    public static long adox64(Cpu c, long a, long b) {
        long r = a + b + (Flags.of(c) ? 1 : 0);
        Flags.setOf(c, carries(a, b, r) < 0);
        return r;
    }
}
