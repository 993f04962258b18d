package dev.hv.core.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hv.core.tlfs.HvPrivilege;
import dev.hv.core.tlfs.HvRegister;
import dev.hv.core.tlfs.HvStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each hypercall of a child: what it does, and every status it can end in. Structures are written as quadwords of the TLFS's layouts. */
class GuestCallsTest {

    private static final long SELF = -1;
    private static final long SELF_PROCESSOR = 0xFFFF_FFFEL;
    private static final int PROCESSORS = 3;

    private final HypercallRig rig = new HypercallRig(PROCESSORS);

    @AfterEach
    void close() {
        rig.close();
    }

    private static long control(int code) {
        return code;
    }

    private static long rep(int code, int count) {
        return HypercallRig.control(code, 0, count, 0);
    }

    private static long variable(int code, int quads) {
        return HypercallRig.control(code, quads, 0, 0);
    }

    private static long done(int count) {
        return (long) count << 32;
    }

    private boolean flushed(int vp) {
        return rig.context(vp).calls.remove("flush");
    }

    // ---- who may call ---------------------------------------------------------------------------------------------------

    @Test
    void theInstructionIsUndefinedUntilTheGuestHasItsHypercallPage() {
        rig.partition.guestInterface().setHypercall(0);
        rig.context(0).gpr[0] = 0x77;
        // the rig's processor is after power-on: the emulator finds no instruction there, and no handler for the exception either
        rig.vmcall();
        assertThat(rig.context(0).gpr[0]).isEqualTo(0x77);
        assertThat(rig.context(0).calls).doesNotContain("advance 3");
    }

    @Test
    void theInstructionIsUndefinedOutsideTheKernel() {
        rig.context(0).privileged = false;
        rig.context(0).gpr[0] = 0x77;
        rig.vmcall();
        assertThat(rig.context(0).gpr[0]).isEqualTo(0x77);
        assertThat(rig.context(0).calls).doesNotContain("advance 3");
    }

    @Test
    void aCallEndsBehindItsInstruction() {
        rig.slow(0xFFFF);
        assertThat(rig.context(0).calls).containsExactly("advance 3");
    }

    @ParameterizedTest
    @CsvSource({"0x44, 0", "0x46, 0", "0x50, 1", "0x51, 1", "0x5C, 0", "0x5D, 0", "0x99, 0", "0x8001, 0", "0x8003, 1"})
    void withoutItsPrivilegeACallIsDenied(String code, int count) {
        try (var poor = new HypercallRig(1, HvPrivilege.HYPERCALL_MSRS)) {
            assertThat(poor.slow(rep(Integer.decode(code), count)) & 0xFFFF).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @CsvSource({"0x40, 0", "0x41, 0", "0x42, 0", "0x43, 0", "0x45, 0", "0x48, 1", "0x49, 1", "0x4B, 1", "0x4C, 1", "0x4D, 0", "0x4E, 0", "0x4F, 0", "0x56, 0",
        "0x58, 0", "0x5B, 0", "0x94, 0", "0x95, 0", "0x96, 0", "0xC0, 0", "0xC1, 0"})
    void callsOfAParentAreDeniedToAChild(String code, int count) {
        assertThat(rig.slow(rep(Integer.decode(code), count)) & 0xFFFF).isEqualTo(6);
    }

    // ---- 0002, 0003, 0013, 0014 -----------------------------------------------------------------------------------------

    @Test
    void flushReachesTheProcessorsOfItsMask() {
        rig.input(0x1000, 0, 0b101);
        assertThat(rig.slow(control(0x02))).isZero();
        assertThat(flushed(0)).isTrue();
        assertThat(flushed(1)).isFalse();
        assertThat(flushed(2)).isTrue();
    }

    @Test
    void flushReachesEverybodyWhenTheFlagSaysSo() {
        rig.input(0, 1, 0);
        assertThat(rig.slow(control(0x02))).isZero();
        assertThat(flushed(0) && flushed(1) && flushed(2)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 16, 1L << 63})
    void flushRefusesFlagsThatDoNotExist(long flags) {
        rig.input(0, flags, 7, 0, 0);
        assertThat(rig.slow(control(0x02))).isEqualTo(5);
        assertThat(rig.slow(rep(0x03, 1))).isEqualTo(5);
        assertThat(rig.slow(control(0x13))).isEqualTo(5);
        assertThat(rig.slow(rep(0x14, 1))).isEqualTo(5);
        assertThat(rig.context(1).calls).isEmpty();
    }

    @Test
    void flushOfAListGoesPageByPage() {
        rig.input(0, 0, 0b010, 0x7000_0000_1002L, 0x5000);
        assertThat(rig.slow(rep(0x03, 2))).isEqualTo(done(2));
        assertThat(rig.context(1).calls).containsExactly("flush 0x700000001000", "flush 0x700000002000", "flush 0x700000003000", "flush 0x5000");
        assertThat(rig.context(2).calls).isEmpty();
    }

    @Test
    void flushOfManyPagesDropsEverything() {
        rig.input(0, 0, 0b010, 0x1000 | 0xFFF);
        assertThat(rig.slow(rep(0x03, 1))).isEqualTo(done(1));
        assertThat(rig.context(1).calls).containsExactly("flush");
    }

    @Test
    void flushTakesASparseSet() {
        rig.input(0, 0, 0, 0b1, 0b110);
        assertThat(rig.slow(variable(0x13, 1))).isZero();
        assertThat(flushed(0)).isFalse();
        assertThat(flushed(1) && flushed(2)).isTrue();
    }

    @Test
    void aSetWithoutBankZeroHasNoneOfOurProcessors() {
        rig.input(0, 0, 0, 0b10, -1);
        assertThat(rig.slow(variable(0x13, 1))).isZero();
        assertThat(flushed(0) || flushed(1) || flushed(2)).isFalse();
    }

    @Test
    void flushTakesASetOfEverybody() {
        rig.input(0, 0, 1, 0);
        assertThat(rig.slow(control(0x13))).isZero();
        assertThat(flushed(0) && flushed(1) && flushed(2)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0", "0, 3, 1", "0, 0, 1", "2, 0, 0", "-1, 0, 0"})
    void aSetMustHaveAFormatAndTheBanksOfItsMask(long format, long mask, int banks) {
        rig.input(0, 0, format, mask, 7, 0);
        assertThat(rig.slow(variable(0x13, banks))).isEqualTo(5);
        assertThat(rig.slow(HypercallRig.control(0x14, banks, 1, 0))).isEqualTo(5);
        rig.input(0x40, format, mask, 7);
        assertThat(rig.slow(variable(0x15, banks))).isEqualTo(5);
    }

    @Test
    void flushOfAListTakesASetAndElementsBehindIt() {
        rig.input(0, 0, 0, 1, 0b100, 0x9000);
        assertThat(rig.slow(HypercallRig.control(0x14, 1, 1, 0))).isEqualTo(done(1));
        assertThat(rig.context(2).calls).containsExactly("flush 0x9000");
    }

    // ---- 0008, 000B, 0015 -----------------------------------------------------------------------------------------------

    @Test
    void aProcessorMaySayThatItSpins() {
        assertThat(rig.call(0x08 | HypercallRig.FAST, 1000, 0)).isZero();
        assertThat(rig.counts()).containsEntry("HvCallNotifyLongSpinWait", 1L);
    }

    private int pending(int vp) {
        return rig.vp(vp).apic().pending();
    }

    private void enableApics() {
        for (int i = 0; i < PROCESSORS; i++) {
            rig.vp(i).apic().writeMmio(0xF0, 4, 0x1FF);
        }
    }

    @Test
    void interprocessorInterruptsReachTheProcessorsOfTheMask() {
        enableApics();
        assertThat(rig.call(0x0B | HypercallRig.FAST, 0x41, 0b110)).isZero();
        assertThat(pending(0)).isNegative();
        assertThat(pending(1)).isEqualTo(0x41);
        assertThat(pending(2)).isEqualTo(0x41);
    }

    @Test
    void interprocessorInterruptsTakeASparseSet() {
        enableApics();
        rig.input(0x42, 0, 1, 0b100);
        assertThat(rig.slow(variable(0x15, 1))).isZero();
        assertThat(pending(1)).isNegative();
        assertThat(pending(2)).isEqualTo(0x42);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 15, 0x100, 0xFFFF_FFFFL})
    void interprocessorInterruptsHaveVectorsThatCanBe(long vector) {
        enableApics();
        assertThat(rig.call(0x0B | HypercallRig.FAST, vector, 7)).isEqualTo(5);
        rig.input(vector, 1, 0);
        assertThat(rig.slow(control(0x15))).isEqualTo(5);
        assertThat(pending(1)).isNegative();
    }

    @Test
    void interprocessorInterruptsStayInTheirTrustLevel() {
        assertThat(rig.call(0x0B | HypercallRig.FAST, 0x41 | 1L << 32, 7)).isEqualTo(5);
        rig.input(0x41 | 1L << 32, 1, 0);
        assertThat(rig.slow(control(0x15))).isEqualTo(5);
    }

    // ---- 0044, 0046, 0050, 0051 -----------------------------------------------------------------------------------------

    @Test
    void aPartitionThatMayKnowsItselfAndItsProperties() {
        try (var knowing = new HypercallRig(1, HvPrivilege.CHILD_LIMIT)) {
            assertThat(knowing.slow(0x46)).isZero();
            assertThat(knowing.peek(HypercallRig.OUTPUT)).isEqualTo(knowing.child.id);
            knowing.input(SELF, 0x0001_0000);
            assertThat(knowing.slow(0x44)).isZero();
            assertThat(knowing.peek(HypercallRig.OUTPUT)).isEqualTo(HvPrivilege.CHILD_LIMIT);
            knowing.input(SELF, 0x7777);
            assertThat(knowing.slow(0x44)).isEqualTo(9);
            knowing.input(1, 0x0001_0000);
            assertThat(knowing.slow(0x44)).as("the root").isEqualTo(0xD);
            assertThat(knowing.call(0x46 | HypercallRig.FAST, 0, 0)).isZero();
            assertThat(knowing.context(0).gpr[HypercallRig.RDX]).as("without input, output begins in the first register").isEqualTo(knowing.child.id);
        }
    }

    @Test
    void registersAreReadAndWritten() {
        rig.input(SELF, 1, HvRegister.RBX, 0, 0xABCD_EF01L, 0, HvRegister.XMM0, 0, 0x11, 0x22);
        assertThat(rig.slow(rep(0x51, 2))).isEqualTo(done(2));
        rig.input(rig.child.id, 1, HvRegister.RBX | (long) HvRegister.XMM0 << 32);
        assertThat(rig.slow(rep(0x50, 2))).isEqualTo(done(2));
        assertThat(rig.peek(HypercallRig.OUTPUT)).isEqualTo(0xABCD_EF01L);
        assertThat(rig.peek(HypercallRig.OUTPUT + 8)).isZero();
        assertThat(rig.peek(HypercallRig.OUTPUT + 16)).isEqualTo(0x11);
        assertThat(rig.peek(HypercallRig.OUTPUT + 24)).isEqualTo(0x22);
    }

    @Test
    void registersOfTheCallerHaveAnIndexOfTheirOwn() {
        rig.vp(0).registers().gpr(3, 0x99);
        rig.input(SELF, SELF_PROCESSOR, HvRegister.RBX);
        assertThat(rig.slow(rep(0x50, 1))).isEqualTo(done(1));
        assertThat(rig.peek(HypercallRig.OUTPUT)).isEqualTo(0x99);
    }

    @Test
    void registersAreRefusedByPartitionProcessorLevelNameAndValue() {
        rig.input(1, 0, HvRegister.RBX);
        assertThat(rig.slow(rep(0x50, 1))).as("another partition").isEqualTo(0xD);
        assertThat(rig.slow(rep(0x51, 1))).isEqualTo(0xD);
        rig.input(SELF, PROCESSORS, HvRegister.RBX);
        assertThat(rig.slow(rep(0x50, 1))).as("no such processor").isEqualTo(0xE);
        assertThat(rig.slow(rep(0x51, 1))).isEqualTo(0xE);
        rig.input(SELF, 1L << 32, HvRegister.RBX);
        assertThat(rig.slow(rep(0x50, 1))).as("virtual trust level 1").isEqualTo(5);
        rig.input(SELF, 1L << 40, HvRegister.RBX);
        assertThat(rig.slow(rep(0x50, 1))).as("reserved").isEqualTo(5);
        assertThat(rig.slow(rep(0x51, 1))).as("reserved").isEqualTo(5);
        for (long[] element : new long[][] {{HvRegister.RBX | 1L << 32, 0}, {HvRegister.RBX, 1}}) {
            rig.input(SELF, 0, element[0], element[1], 5, 0);
            assertThat(rig.slow(rep(0x51, 1))).as("reserved in an element").isEqualTo(5);
        }
        rig.input(SELF, 0, HvRegister.RBX | 0x12345L << 32);
        assertThat(rig.slow(rep(0x50, 2))).as("no such register").isEqualTo(done(1) | 5);
        rig.input(SELF, 0, HvRegister.EXPLICIT_SUSPEND, 0, 1, 0);
        assertThat(rig.slow(rep(0x51, 1))).as("only a parent suspends").isEqualTo(5);
        rig.input(SELF, 0, HvRegister.RFLAGS, 0, -1, 0);
        assertThat(rig.slow(rep(0x51, 1))).isEqualTo(0x50);
    }

    // ---- 005C, 005D -----------------------------------------------------------------------------------------------------

    @Test
    void aMessageReachesThePortOfItsConnection() {
        var got = new StringBuilder();
        rig.rig.winHv.createMessagePort(rig.child.id, 7, (vp, type, payload, length) -> {
            got.append("vp %d type %d: %d bytes, %x…%x".formatted(vp, type, length, payload[0], payload[length - 1]));
            return HvStatus.SUCCESS;
        });
        long[] message = new long[32];
        message[0] = 7;
        message[1] = 5 | 240L << 32;
        message[2] = 0x11;
        message[31] = 0x66L << 56;
        rig.input(message);
        assertThat(rig.slow(control(0x5C))).isZero();
        assertThat(got).hasToString("vp 0 type 5: 240 bytes, 11…66");
    }

    @Test
    void aMessageIsRefusedBySizeTypeAndConnection() {
        rig.rig.winHv.createMessagePort(rig.child.id, 7, (vp, type, payload, length) -> HvStatus.INSUFFICIENT_BUFFERS);
        rig.rig.winHv.createEventPort(rig.child.id, 8, () -> HvStatus.SUCCESS);
        rig.input(7, 1 | 241L << 32);
        assertThat(rig.slow(control(0x5C))).isEqualTo(5);
        rig.input(7, 1 | 0xFFFF_FFFFL << 32);
        assertThat(rig.slow(control(0x5C))).isEqualTo(5);
        rig.input(7 | 1L << 32, 1);
        assertThat(rig.slow(control(0x5C))).as("reserved").isEqualTo(5);
        rig.input(7, 0);
        assertThat(rig.slow(control(0x5C))).as("no type").isEqualTo(5);
        rig.input(7, 0x8000_0010L);
        assertThat(rig.slow(control(0x5C))).as("a type of the hypervisor's").isEqualTo(5);
        rig.input(6, 1);
        assertThat(rig.slow(control(0x5C))).isEqualTo(0x12);
        rig.input(8, 1);
        assertThat(rig.slow(control(0x5C))).as("an event's connection").isEqualTo(0x12);
        rig.input(7, 1);
        assertThat(rig.slow(control(0x5C))).as("what the port answers").isEqualTo(0x13);
        assertThat(rig.call(0x5C | HypercallRig.FAST, 7, 1)).as("256 bytes do not fit into registers").isEqualTo(3);
    }

    @Test
    void aSignalReachesThePortOfItsConnection() {
        var got = new StringBuilder();
        for (int connection : new int[] {0x10005, 0x10006}) {
            rig.rig.winHv.createEventPort(rig.child.id, connection, () -> {
                got.append("%x ".formatted(connection));
                return HvStatus.SUCCESS;
            });
        }
        assertThat(rig.call(0x5D | HypercallRig.FAST, 0x10006, 0)).isZero();
        assertThat(rig.call(0x5D | HypercallRig.FAST, 0x10005, 0)).isZero();
        assertThat(got).hasToString("10006 10005 ");
    }

    @Test
    void aSignalIsRefusedByConnectionAndFlag() {
        rig.rig.winHv.createMessagePort(rig.child.id, 7, (vp, type, payload, length) -> HvStatus.SUCCESS);
        rig.rig.winHv.createEventPort(rig.child.id, 8, () -> HvStatus.SUCCESS);
        assertThat(rig.call(0x5D | HypercallRig.FAST, 6, 0)).isEqualTo(0x12);
        assertThat(rig.call(0x5D | HypercallRig.FAST, 7, 0)).as("a message's connection").isEqualTo(0x12);
        assertThat(rig.call(0x5D | HypercallRig.FAST, 8, 0)).isZero();
        assertThat(rig.call(0x5D | HypercallRig.FAST, 8 | 1L << 32, 0)).as("the port has one flag").isEqualTo(5);
        assertThat(rig.call(0x5D | HypercallRig.FAST, 8 | 2048L << 32, 0)).isEqualTo(5);
        assertThat(rig.call(0x5D | HypercallRig.FAST, 8 | 1L << 48, 0)).as("reserved").isEqualTo(5);
        rig.rig.winHv.deletePort(rig.child.id, 8);
        assertThat(rig.call(0x5D | HypercallRig.FAST, 8, 0)).isEqualTo(0x12);
    }

    // ---- 007E -----------------------------------------------------------------------------------------------------------

    /** Partition, device, source, address and data, reserved, vector and flags, mask or format. */
    private void retarget(long source, int vector, int flags, long... targets) {
        long[] in = new long[6 + targets.length];
        in[0] = SELF;
        in[1] = 0x1122;
        in[2] = source;
        in[3] = 0xFEE0_0000L | 0x4041L << 32;
        in[5] = vector | (long) flags << 32;
        System.arraycopy(targets, 0, in, 6, targets.length);
        rig.input(in);
    }

    @Test
    void aDevicesInterruptIsRetargetedByThePartitionsHandler() {
        retarget(1, 0x51, 0, 0b10);
        assertThat(rig.slow(control(0x7E))).isZero();
        retarget(1, 0x52, 3, 0, 1, 0b110);
        assertThat(rig.slow(variable(0x7E, 2))).isZero();
        assertThat(rig.child.log).containsExactly("retarget 1122: fee00000/4041 to 51 one of 2", "retarget 1122: fee00000/4041 to 52 all of 6");
    }

    @Test
    void retargetingIsRefusedBySourceVectorFlagsAndSet() {
        retarget(0, 0x51, 0, 1);
        assertThat(rig.slow(control(0x7E))).as("not a message-signalled interrupt").isEqualTo(5);
        retarget(1 | 1L << 32, 0x51, 0, 1);
        assertThat(rig.slow(control(0x7E))).as("reserved behind the source").isEqualTo(5);
        retarget(1, 0x51, 0, 1);
        rig.quads(HypercallRig.INPUT + 32, 1);
        assertThat(rig.slow(control(0x7E))).as("reserved behind the message").isEqualTo(5);
        retarget(1, 0xF, 0, 1);
        assertThat(rig.slow(control(0x7E))).isEqualTo(5);
        retarget(1, 0x100, 0, 1);
        assertThat(rig.slow(control(0x7E))).isEqualTo(5);
        retarget(1, 0x51, 4, 1);
        assertThat(rig.slow(control(0x7E))).isEqualTo(5);
        retarget(1, 0x51, 2, 0);
        assertThat(rig.slow(control(0x7E))).as("a set without its mask").isEqualTo(5);
        retarget(1, 0x51, 2, 0, 3, 1);
        assertThat(rig.slow(variable(0x7E, 2))).as("two banks in the mask, one here").isEqualTo(5);
        retarget(1, 0x51, 0, 1);
        rig.quads(HypercallRig.INPUT, 1);
        assertThat(rig.slow(control(0x7E))).isEqualTo(0xD);
        assertThat(rig.child.log).isEmpty();
    }

    // ---- 0099, 009A -----------------------------------------------------------------------------------------------------

    private static long[] context(long rip) {
        long[] c = new long[30];
        c[0] = SELF;
        c[1] = 1;
        c[2] = rip;
        c[3] = 0x7000;
        c[4] = 2;
        for (int s = 0; s < 8; s++) {
            c[6 + 2 * s] = 0xFFFF_FFFFL | (s == 0 ? 0xC09BL : 0xC093L) << 48 | 8L << 32;
        }
        c[26] = 0x31;
        return c;
    }

    @Test
    void aProcessorStartsWithTheRegistersItIsGiven() {
        rig.rig.winHv.startVp(rig.child.id, 1);
        rig.input(context(0x1234));
        assertThat(rig.slow(control(0x99))).isZero();
        assertThat(rig.vp(1).scheduling().waitsForStartup()).isFalse();
        assertThat(rig.vp(1).registers().rip).isEqualTo(0x1234);
        assertThat(rig.vp(1).registers().gpr(4)).isEqualTo(0x7000);
        assertThat(rig.slow(control(0x99))).as("it runs already").isEqualTo(0x15);
    }

    @Test
    void aProcessorIsNotStartedWithRegistersThatCannotBe() {
        long[] c = context(0x1234);
        c[4] = -1;
        rig.input(c);
        assertThat(rig.slow(control(0x99))).isEqualTo(0x50);
        assertThat(rig.vp(1).scheduling().waitsForStartup()).isTrue();
        assertThat(rig.vp(1).registers().rip).as("nothing of the context stays").isEqualTo(0xFFF0);
        c = context(0);
        c[1] = PROCESSORS;
        rig.input(c);
        assertThat(rig.slow(control(0x99))).isEqualTo(0xE);
        c[1] = 1 | 2L << 32;
        rig.input(c);
        assertThat(rig.slow(control(0x99))).as("virtual trust level 2").isEqualTo(5);
        c[0] = 77;
        rig.input(c);
        assertThat(rig.slow(control(0x99))).isEqualTo(0xD);
    }

    @Test
    void processorsAreFoundByTheirApicIds() {
        rig.input(SELF, 0, 2 | 1L << 32);
        assertThat(rig.slow(rep(0x9A, 2))).isEqualTo(done(2));
        assertThat(rig.peek(HypercallRig.OUTPUT)).isEqualTo(2 | 1L << 32);
        rig.input(SELF, 0, 1 | 99L << 32);
        assertThat(rig.slow(rep(0x9A, 2))).isEqualTo(done(1) | 5);
        rig.input(77, 0, 1);
        assertThat(rig.slow(rep(0x9A, 1))).isEqualTo(0xD);
        rig.input(SELF, 1, 1);
        assertThat(rig.slow(rep(0x9A, 1))).isEqualTo(5);
    }

    // ---- 0106, 0107 -----------------------------------------------------------------------------------------------------

    @Test
    void deviceRegistersAreReadAndWritten() {
        rig.input(0xFEC0_0010L, 4);
        assertThat(rig.slow(control(0x106))).isZero();
        assertThat(rig.peek(HypercallRig.OUTPUT)).isEqualTo(0x5566_7788L);
        assertThat(rig.peek(HypercallRig.OUTPUT + 56)).isZero();
        rig.input(0xFEC0_0020L, 2, 0xABCD);
        assertThat(rig.slow(control(0x107))).isZero();
        assertThat(rig.child.log).containsExactly("read fec00010/4", "write fec00020/2=abcd");
    }

    @ParameterizedTest
    @CsvSource({"0xFEC00000, 3", "0xFEC00000, 0", "0xFEC00000, 16", "0xFEC00002, 4", "0x5000, 4", "0x7FFFFFFFFFFFFFF8, 8", "0x3FF000, 4"})
    void deviceRegistersHaveASizeAndNoMemory(String address, int size) {
        rig.input(Long.decode(address), size, 1);
        assertThat(rig.slow(control(0x106))).isEqualTo(5);
        assertThat(rig.slow(control(0x107))).isEqualTo(5);
        assertThat(rig.child.log).isEmpty();
    }
}
