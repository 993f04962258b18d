package dev.hv.core.hypercall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.tlfs.HvStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The calling convention (TLFS, "Hypercall interface"): control words, places of input and output, order of checks, repetition. */
class HypercallDispatcherTest {

    private static final int RAX = 0;
    private static final int RCX = 1;
    private static final int RDX = 2;
    private static final int RBX = 3;
    private static final int RSI = 6;
    private static final int RDI = 7;
    private static final int R8 = 8;

    private static final int SUM = 1;          // two quadwords in, their sum out
    private static final int NOTHING = 2;      // no input, no output
    private static final int HEADER = 3;       // a quadword and a variable header
    private static final int DOUBLE = 4;       // header of a quadword; repeats: quadword in, its double out
    private static final int EAT = 5;          // repeats: header, variable header, quadword elements
    private static final int WIDE = 6;         // 112 bytes in
    private static final int SECRET = 7;       // takes a privilege
    private static final int SLOW = 8;         // repeats, each with the work of 100
    private static final int MISSING = 9;
    private static final long SECRET_PRIVILEGE = 4;
    private static final long FAST_OUTPUT = 8;

    private static final long FAST = 1L << 16;
    private static final long IN = FakeCaller.PAGE_1;
    private static final long OUT = FakeCaller.PAGE_1 + 0x800;

    private final FakeCaller caller = new FakeCaller();
    private final List<String> log = new ArrayList<>();
    private int failAt = -1;
    private final HypercallDispatcher<FakeCaller> calls = new HypercallDispatcher<>(List.of(
            HypercallContract.simple(SUM, "Sum", 0, 16, 8, (c, p, i) -> {
                p.put(0, 8, p.u64(0) + p.u64(8));
                return HvStatus.SUCCESS;
            }),
            HypercallContract.simple(NOTHING, "Nothing", 0, 0, 0, (c, p, i) -> HvStatus.SUCCESS),
            HypercallContract.variable(HEADER, "Header", 0, 8, (c, p, i) -> {
                log.add("fixed %x variable %d bytes at %d: %x".formatted(p.u64(0), p.variableSize(), p.variableAt(),
                        p.variableSize() == 0 ? 0 : p.u64(p.variableAt() + p.variableSize() - 8)));
                return HvStatus.SUCCESS;
            }),
            HypercallContract.rep(DOUBLE, "Double", 0, 8, 8, 8, (c, p, i) -> {
                if (i == failAt) {
                    return HvStatus.INVALID_VP_INDEX;
                }
                p.put(p.outputAt(i), 8, 2 * p.u64(p.element(i)));
                return HvStatus.SUCCESS;
            }),
            HypercallContract.variableRep(EAT, "Eat", 0, 8, 8, (c, p, i) -> {
                log.add("%d:%x".formatted(i, p.u64(p.element(i))));
                return HvStatus.SUCCESS;
            }),
            HypercallContract.simple(WIDE, "Wide", 0, 112, 0, (c, p, i) -> {
                for (int at = 0; at < 112; at += 8) {
                    log.add("%x".formatted(p.u64(at)));
                }
                return HvStatus.SUCCESS;
            }),
            HypercallContract.simple(SECRET, "Secret", SECRET_PRIVILEGE, 8, 0, (c, p, i) -> HvStatus.SUCCESS),
            HypercallContract.rep(SLOW, "Slow", 0, 0, 0, 0, (c, p, i) -> {
                p.charge(99);
                return HvStatus.SUCCESS;
            })), FAST_OUTPUT);

    @BeforeEach
    void input() {
        caller.poke(IN, 0x11, 0x22, 0x33, 0x44);
    }

    private static long rep(int code, int count, int start) {
        return code | (long) count << 32 | (long) start << 48;
    }

    private static long variable(int code, int quads) {
        return code | (long) quads << 17;
    }

    /** Calls in 64-bit code; gives RAX. */
    private long call(long control, long input, long output) {
        caller.gpr[RCX] = control;
        caller.gpr[RDX] = input;
        caller.gpr[R8] = output;
        caller.gpr[RAX] = -1;
        assertThat(calls.dispatch(caller)).isEqualTo(HypercallDispatcher.Outcome.ANSWERED);
        return caller.gpr[RAX];
    }

    private long call(long control) {
        return call(control, IN, OUT);
    }

    @Test
    void inputAndOutputAreInMemory() {
        assertThat(call(SUM)).isZero();
        assertThat(caller.peek(OUT)).isEqualTo(0x33);
    }

    @Test
    void anUnknownCodeComesBeforeEverythingElse() {
        assertThat(call(MISSING)).isEqualTo(2);
        assertThat(call(MISSING | 1L << 63 | FAST, 1, 1)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {27, 28, 29, 30, 31, 44, 45, 46, 47, 60, 61, 62, 63})
    void reservedBitsMustBeZero(int bit) {
        assertThat(call(SUM | 1L << bit)).isEqualTo(3);
        assertThat(call(rep(DOUBLE, 1, 0) | 1L << bit)).isEqualTo(3);
    }

    @Test
    void aCallThatDoesNotRepeatHasNoCountAndNoStart() {
        assertThat(call(rep(SUM, 1, 0))).isEqualTo(3);
        assertThat(call(rep(SUM, 0, 1))).isEqualTo(3);
        assertThat(call(rep(NOTHING, 1, 0))).isEqualTo(3);
    }

    @Test
    void aCallThatRepeatsHasACountAboveItsStart() {
        assertThat(call(rep(DOUBLE, 0, 0))).isEqualTo(3);
        assertThat(call(rep(DOUBLE, 2, 2))).isEqualTo(3);
        assertThat(call(rep(DOUBLE, 2, 3))).isEqualTo(3);
    }

    @Test
    void aVariableHeaderNeedsACallThatHasOne() {
        assertThat(call(variable(SUM, 1))).isEqualTo(3);
        assertThat(call(variable(DOUBLE, 1) | 1L << 32)).isEqualTo(3);
        assertThat(call(variable(HEADER, 2))).isZero();
        assertThat(call(HEADER)).isZero();
        assertThat(log).containsExactly("fixed 11 variable 16 bytes at 8: 33", "fixed 11 variable 0 bytes at 8: 0");
    }

    @Test
    void theVariableHeaderLiesBeforeTheElements() {
        assertThat(call(variable(EAT, 2) | 1L << 32)).isEqualTo(1L << 32);
        assertThat(log).containsExactly("0:44");
    }

    @Test
    void inputAndOutputMayNotCrossAPage() {
        assertThat(call(SUM, FakeCaller.PAGE_1 + 0xFF8, OUT)).isEqualTo(4);
        assertThat(call(SUM, FakeCaller.PAGE_1 + 0xFF0, OUT)).isZero();
        assertThat(call(rep(DOUBLE, 2, 0), IN, FakeCaller.PAGE_1 + 0xFF8)).isEqualTo(4);
        assertThat(call(rep(DOUBLE, 512, 0))).as("header and elements are larger than a page").isEqualTo(4);
        assertThat(call(variable(HEADER, 512))).isEqualTo(4);
    }

    @Test
    void inputAndOutputAreAligned() {
        assertThat(call(SUM, IN + 4, OUT)).isEqualTo(4);
        assertThat(call(SUM, IN, OUT + 1)).isEqualTo(4);
        assertThat(call(SUM, FakeCaller.PAGE_1 + 0xFFC, OUT)).isEqualTo(4);
        assertThat(caller.peek(OUT)).isZero();
    }

    @Test
    void addressesOfNothingAreNotLookedAt() {
        assertThat(call(NOTHING, 1, -1)).isZero();
        assertThat(call(HEADER, IN, 1)).isZero();
    }

    @Test
    void inputAndOutputLieWithinTheSpace() {
        for (long beyond : new long[] {FakeCaller.SPACE_END, -8L << 12, Long.MIN_VALUE}) {
            assertThat(call(SUM, beyond, OUT)).isEqualTo(4);
            assertThat(call(SUM, IN, beyond)).isEqualTo(4);
        }
        assertThat(call(SUM, FakeCaller.SPACE_END - 16, OUT)).as("within, but there is no memory").isEqualTo(5);
    }

    @Test
    void placesWithoutMemoryAreRefusedBeforeAnythingHappens() {
        assertThat(call(SUM, 0x5000, OUT)).isEqualTo(5);
        assertThat(call(rep(DOUBLE, 1, 0), IN, FakeCaller.READ_ONLY)).as("output cannot be written").isEqualTo(5);
        assertThat(call(SUM, FakeCaller.READ_ONLY, OUT)).as("input only has to be readable").isZero();
    }

    @Test
    void privilegeIsCheckedAfterTheShape() {
        caller.privileges = 0;
        assertThat(call(SECRET)).isEqualTo(6);
        assertThat(call(SECRET, IN + 1, OUT)).isEqualTo(4);
        assertThat(call(rep(SECRET, 1, 0))).isEqualTo(3);
        caller.privileges = SECRET_PRIVILEGE;
        assertThat(call(SECRET)).isZero();
    }

    @Test
    void fastInputIsInRegisters() {
        for (int i = 0; i < 12; i++) {
            caller.xmm[i] = 0x100 + i;
        }
        assertThat(call(WIDE | FAST, 0xA, 0xB)).isZero();
        assertThat(log).containsExactly("a", "b", "100", "101", "102", "103", "104", "105", "106", "107", "108", "109", "10a", "10b");
    }

    @Test
    void fastInputHasALimit() {
        assertThat(call(variable(HEADER, 13) | FAST, 1, 2)).as("112 bytes").isZero();
        assertThat(call(variable(HEADER, 14) | FAST, 1, 2)).as("120 bytes").isEqualTo(3);
    }

    @Test
    void fastOutputFollowsTheRegistersOfInput() {
        assertThat(call(SUM | FAST, 0x40, 0x02)).isZero();
        assertThat(caller.xmm[0]).isEqualTo(0x42);
        assertThat(caller.gpr[RDX]).as("input stays").isEqualTo(0x40);
        assertThat(call(rep(DOUBLE, 2, 0) | FAST, 0, 0x21)).as("24 bytes take 32 of the registers").isEqualTo(2L << 32);
        assertThat(caller.xmm[2]).isEqualTo(0x42);
        assertThat(caller.xmm[3]).as("double of the low half of XMM0").isEqualTo(0x84);
    }

    @Test
    void fastOutputNeedsRoomAndPrivilege() {
        assertThat(call(rep(DOUBLE, 5, 0) | FAST, 0, 0)).as("48 bytes in, 40 out").isEqualTo(5L << 32);
        assertThat(call(rep(DOUBLE, 7, 0) | FAST, 0, 0)).as("64 bytes in, 56 out").isEqualTo(3);
        caller.privileges = 0;
        assertThat(call(SUM | FAST, 1, 2)).isEqualTo(3);
        assertThat(call(SUM)).as("output in memory").isZero();
    }

    @Test
    void repetitionsBeginAtTheStartIndex() {
        assertThat(call(rep(DOUBLE, 3, 1))).as("the count of completed ones includes those before").isEqualTo(3L << 32);
        assertThat(caller.peek(OUT)).as("not repeated").isZero();
        assertThat(caller.peek(OUT + 8)).isEqualTo(0x66);
        assertThat(caller.peek(OUT + 16)).isEqualTo(0x88);
    }

    @Test
    void aRepetitionThatFailsEndsTheCall() {
        failAt = 2;
        assertThat(call(rep(DOUBLE, 3, 1))).isEqualTo(2L << 32 | 0xE);
        assertThat(caller.peek(OUT + 8)).as("output of those that succeeded is there").isEqualTo(0x66);
        assertThat(caller.peek(OUT + 16)).isZero();
        failAt = 0;
        assertThat(call(rep(DOUBLE, 3, 0))).isEqualTo(0xE);
    }

    @Test
    void aLongCallIsInterruptedAndGoesOn() {
        caller.gpr[RCX] = rep(SLOW, 10, 0);
        caller.gpr[RAX] = 0x77;
        assertThat(calls.dispatch(caller)).as("512 units of work are done after six of 100").isEqualTo(HypercallDispatcher.Outcome.INTERRUPTED);
        assertThat(caller.gpr[RCX]).isEqualTo(rep(SLOW, 10, 6));
        assertThat(caller.gpr[RAX]).as("no result yet").isEqualTo(0x77);
        assertThat(calls.dispatch(caller)).isEqualTo(HypercallDispatcher.Outcome.ANSWERED);
        assertThat(caller.gpr[RAX]).isEqualTo(10L << 32);
        assertThat(calls.counts()).as("counted once").containsEntry("Slow", 1L);
    }

    @Test
    void aLongCallOf32BitCodeIsInterruptedAndGoesOn() {
        caller.wide = false;
        caller.gpr[RDX] = rep(SLOW, 10, 0) >>> 32;
        caller.gpr[RAX] = SLOW;
        assertThat(calls.dispatch(caller)).isEqualTo(HypercallDispatcher.Outcome.INTERRUPTED);
        assertThat(caller.gpr[RDX]).isEqualTo(6 << 16 | 10);
        assertThat(caller.gpr[RAX]).isEqualTo(SLOW);
        assertThat(calls.dispatch(caller)).isEqualTo(HypercallDispatcher.Outcome.ANSWERED);
        assertThat(caller.gpr[RAX]).isZero();
        assertThat(caller.gpr[RDX]).isEqualTo(10);
    }

    /** Control in EDX:EAX, input address in EBX:ECX, output address in EDI:ESI, result in EDX:EAX; upper halves mean nothing. */
    @ParameterizedTest
    @CsvSource({"0, 0", "0xDEADBEEF00000000, 0xFFFFFFFF00000000"})
    void code32BitsWideUsesPairsOfRegisters(String garbage, String moreGarbage) {
        caller.wide = false;
        long high = Long.parseUnsignedLong(garbage.replace("0x", ""), 16);
        caller.gpr[RDX] = high | 3;
        caller.gpr[RAX] = high | DOUBLE;
        caller.gpr[RBX] = Long.parseUnsignedLong(moreGarbage.replace("0x", ""), 16);
        caller.gpr[RCX] = high | IN;
        caller.gpr[RDI] = 0;
        caller.gpr[RSI] = high | OUT;
        assertThat(calls.dispatch(caller)).isEqualTo(HypercallDispatcher.Outcome.ANSWERED);
        assertThat(caller.gpr[RAX]).isZero();
        assertThat(caller.gpr[RDX]).isEqualTo(3);
        assertThat(caller.peek(OUT + 16)).isEqualTo(0x88);
    }

    @Test
    void fastCallsOf32BitCodeUsePairsToo() {
        caller.wide = false;
        caller.gpr[RDX] = 0;
        caller.gpr[RAX] = SUM | FAST;
        caller.gpr[RBX] = 0x1;
        caller.gpr[RCX] = 0x8000_0000L;
        caller.gpr[RDI] = 0x2;
        caller.gpr[RSI] = 0x8000_0001L;
        assertThat(calls.dispatch(caller)).isEqualTo(HypercallDispatcher.Outcome.ANSWERED);
        assertThat(caller.gpr[RAX]).isZero();
        assertThat(caller.xmm[0]).isEqualTo(0x4_0000_0001L);
    }

    @Test
    void callsAreCountedByName() {
        call(SUM);
        call(SUM, IN + 1, OUT);
        call(NOTHING);
        call(MISSING);
        assertThat(calls.counts()).containsOnlyKeys("Nothing", "Sum").containsEntry("Sum", 2L);
    }
}
